/** When a window of maintenance holds, as the server sees it. */
import type { WireMaintenance } from '@raptorflow/contract';

import { type CalendarDay, dayAt, isLastOfMonth, momentOf, weekdayOf } from '../../format/wall-clock.ts';

/** When there is maintenance. */
export type Schedule = WireMaintenance['schedule'];

/** A day of the week. */
export type Weekday = Extract<Schedule, { kind: 'weekly' }>['days'][number];

/** The days of the week, as `Date.getUTCDay` counts them. */
const weekdays: readonly Weekday[] = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];

/** Where a window is: it holds until a moment, is to come at one, or was over at one. Times are epoch milliseconds. */
export interface WindowState {
  readonly state: 'holds' | 'to come' | 'over';
  readonly at: number;
}

const minuteMs = 60_000;
const dayMinutes = 1_440;
/** The longest way to a day of the month is from the end of January to that of March. */
const daysAheadMax = 62;

/** Where a window of this schedule is at a moment; null for one that never comes. */
export function windowState(schedule: Schedule, now: number): WindowState | null {
  if (schedule.kind === 'once') {
    const [from, to] = [Date.parse(schedule.from), Date.parse(schedule.to)];
    if (now < from) return { state: 'to come', at: from };
    return now < to ? { state: 'holds', at: to } : { state: 'over', at: to };
  }
  const { start, duration_minutes: minutes, time_zone: timeZone } = schedule;
  const startMinutes = minutesOfDay(start);
  const isDay = dayTest(schedule);
  // One more day than it lasts, because it may begin late on a day.
  const daysBack = Math.ceil(minutes / dayMinutes) + 1;
  // From the newest beginning to older ones: that which began last ends last.
  for (let before = 0; before <= daysBack; before += 1) {
    const day = dayAt(timeZone, now, before);
    if (!isDay(day)) continue;
    const from = momentOf(timeZone, day, startMinutes);
    if (from <= now && now < from + minutes * minuteMs) {
      return { state: 'holds', at: from + minutes * minuteMs };
    }
  }
  for (let after = 0; after <= daysAheadMax; after += 1) {
    const day = dayAt(timeZone, now, -after);
    const from = isDay(day) ? momentOf(timeZone, day, startMinutes) : now;
    if (from > now) return { state: 'to come', at: from };
  }
  return null;
}

/** Minutes since midnight of "22:30". */
function minutesOfDay(time: string): number {
  return Number(time.slice(0, 2)) * 60 + Number(time.slice(3, 5));
}

function dayTest(schedule: Exclude<Schedule, { kind: 'once' }>): (day: CalendarDay) => boolean {
  if (schedule.kind === 'weekly') {
    return (day) => schedule.days.some((one) => one === weekdays[weekdayOf(day)]);
  }
  return schedule.day === 'last' ? isLastOfMonth : ({ day }) => day === schedule.day;
}
