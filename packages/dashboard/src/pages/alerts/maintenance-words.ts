/** Windows of maintenance in words. */
import { spanText } from '../../format/span.ts';
import type { Schedule, Weekday } from './maintenance-times.ts';

/** The days of the week from Monday, with their names. */
export const dayNames: Readonly<Record<Weekday, string>> = {
  mon: 'Monday',
  tue: 'Tuesday',
  wed: 'Wednesday',
  thu: 'Thursday',
  fri: 'Friday',
  sat: 'Saturday',
  sun: 'Sunday',
};

/** A day of the week from its name. */
function isWeekday(name: string): name is Weekday {
  return name in dayNames;
}

/** The days of the week, Monday first. */
export const weekFromMonday: readonly Weekday[] = Object.keys(dayNames).filter(isWeekday);

/** "Every Saturday and Sunday at 23:00 for 3 h, Europe/Berlin". */
export function scheduleWords(schedule: Schedule): string {
  if (schedule.kind === 'once') {
    const lasts = spanText((Date.parse(schedule.to) - Date.parse(schedule.from)) / 1_000);
    return `Once, on ${momentWords(Date.parse(schedule.from))} for ${lasts}`;
  }
  const { start, duration_minutes: minutes, time_zone: timeZone } = schedule;
  return `${dayWords(schedule)} at ${start} for ${spanText(minutes * 60)}, ${timeZone}`;
}

/** "31 Jan 2026 at 22:05 CET", in the reader's zone. */
export function momentWords(at: number): string {
  const moment = new Date(at);
  const day = moment.toLocaleDateString('en-GB', { day: 'numeric', month: 'short', year: 'numeric' });
  const time = moment.toLocaleTimeString('en-GB', {
    hour: '2-digit',
    minute: '2-digit',
    timeZoneName: 'short',
  });
  return `${day} at ${time}`;
}

function dayWords(schedule: Exclude<Schedule, { kind: 'once' }>): string {
  if (schedule.kind === 'weekly') return weekWords(schedule.days);
  if (schedule.day === 'last') return 'Last day of every month';
  const rarely = schedule.day > 28 ? ' that has one' : '';
  return `Day ${schedule.day} of every month${rarely}`;
}

function weekWords(days: readonly Weekday[]): string {
  const ordered = weekFromMonday.filter((day) => days.includes(day));
  if (ordered.length === weekFromMonday.length) return 'Every day';
  if (ordered.join() === 'mon,tue,wed,thu,fri') return 'Monday to Friday';
  const names = ordered.map((day) => dayNames[day]);
  const last = names.pop() ?? 'week on no day';
  return `Every ${names.length === 0 ? last : `${names.join(', ')} and ${last}`}`;
}
