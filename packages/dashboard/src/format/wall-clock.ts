/** Days and times of day as they are on the walls of a time zone, whatever the reader's own is. */

/** A day of a calendar. Months count from 1. */
export interface CalendarDay {
  readonly year: number;
  readonly month: number;
  readonly day: number;
}

const dayMs = 86_400_000;
const minuteMs = 60_000;

/** Whether the browser knows a zone of that name. */
export function isTimeZone(name: string): boolean {
  if (name === '') return false;
  try {
    formatOf(name);
    return true;
  } catch {
    return false;
  }
}

/** The zone of whoever looks at the page. */
export function ownTimeZone(): string {
  return new Intl.DateTimeFormat().resolvedOptions().timeZone;
}

/** The zones to choose from, UTC first. */
export function timeZones(): string[] {
  return [...new Set(['UTC', ...Intl.supportedValuesOf('timeZone')])];
}

/** The day on the wall at a moment, and so many days before or, below zero, after it. */
export function dayAt(timeZone: string, at: number, daysBefore = 0): CalendarDay {
  const wall = new Date(Math.floor(wallMs(timeZone, at) / dayMs) * dayMs - daysBefore * dayMs);
  return { year: wall.getUTCFullYear(), month: wall.getUTCMonth() + 1, day: wall.getUTCDate() };
}

/**
 * When it is that time of that day, in epoch milliseconds, as the server sees it: a time that comes twice is the first of both; one
 * that does not come, because clocks are set forward, is as much later as they were set.
 */
export function momentOf(timeZone: string, { year, month, day }: CalendarDay, minutes: number): number {
  const wall = Date.UTC(year, month - 1, day) + minutes * minuteMs;
  const before = wall - offsetMs(timeZone, wall - dayMs);
  const after = wall - offsetMs(timeZone, wall + dayMs);
  const fitting = [before, after].filter((at) => at + offsetMs(timeZone, at) === wall);
  return fitting.length > 0 ? Math.min(...fitting) : before;
}

/** "2026-01-31T22:05", as fields for a moment hold it; with seconds where there are some. */
export function wallText(timeZone: string, at: number): string {
  return new Date(wallMs(timeZone, at)).toISOString().slice(0, 19).replace(/:00$/u, '');
}

/** The moment of a text like "2026-01-31T22:05"; null when it is none. */
export function momentIn(timeZone: string, text: string): number | null {
  const found = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d)(?::(\d\d))?$/u.exec(text);
  if (found === null) return null;
  const [year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0] = found
    .slice(1)
    .map((part) => Number(part ?? 0));
  return momentOf(timeZone, { year, month, day }, hour * 60 + minute + second / 60);
}

/** 0 is Sunday. */
export function weekdayOf({ year, month, day }: CalendarDay): number {
  return new Date(Date.UTC(year, month - 1, day)).getUTCDay();
}

/** Whether it is the last day of its month. */
export function isLastOfMonth({ year, month, day }: CalendarDay): boolean {
  return new Date(Date.UTC(year, month, 0)).getUTCDate() === day;
}

function offsetMs(timeZone: string, at: number): number {
  const whole = Math.floor(at / 1_000) * 1_000;
  return wallMs(timeZone, whole) - whole;
}

function wallMs(timeZone: string, at: number): number {
  const parts: Record<string, number> = {};
  for (const { type, value } of formatOf(timeZone).formatToParts(at)) parts[type] = Number(value);
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts;
  return Date.UTC(year, month - 1, day, hour, minute, second);
}

// Formats are dear to make and asked for again and again.
const formats = new Map<string, Intl.DateTimeFormat>();

function formatOf(timeZone: string): Intl.DateTimeFormat {
  const known = formats.get(timeZone);
  if (known !== undefined) return known;
  const made = new Intl.DateTimeFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
  formats.set(timeZone, made);
  return made;
}
