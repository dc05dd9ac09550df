export { createSchedule, scheduleDraftSchema, type Schedule, type ScheduleDraft } from './schedule.ts';
export {
  createScheduleTimer,
  type Occurrence,
  type ScheduleTimer,
  type ScheduleTimerDeps,
  type ScheduleTimerOptions,
} from './timer.ts';
export { isTimeZone, Zone, type ClockChange } from './zone.ts';
