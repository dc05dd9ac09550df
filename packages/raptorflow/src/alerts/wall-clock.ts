import { Zone } from '../schedule/index.ts';

/** A day of a calendar. Months count from 1. */
export interface CalendarDay {
  readonly year: number;
  readonly month: number;
  readonly day: number;
}

const dayMs = 86_400_000;
const minuteMs = 60_000;

/** Days and times of day as they are on the walls of one time zone. Throws `invalid_input` for a zone that the machine does not know. */
export class WallClock {
  readonly #zone: Zone;

  constructor(timeZone: string) {
    this.#zone = new Zone(timeZone);
  }

  /** The day on the wall at a moment, and so many days before it. */
  dayAt(at: number, daysBefore: number): CalendarDay {
    const wall = new Date(Math.floor(this.#zone.wallAt(at) / dayMs) * dayMs - daysBefore * dayMs);
    return { year: wall.getUTCFullYear(), month: wall.getUTCMonth() + 1, day: wall.getUTCDate() };
  }

  /** When it is that time of that day; see `Zone.epochOf` for times that come twice or not at all. */
  epochOf({ year, month, day }: CalendarDay, minutes: number): number {
    return this.#zone.epochOf(Date.UTC(year, month - 1, day) + minutes * minuteMs);
  }
}

/** 0 is Sunday. */
export function weekdayOf({ year, month, day }: CalendarDay): number {
  return new Date(Date.UTC(year, month - 1, day)).getUTCDay();
}

/** Whether it is the last day of its month. */
export function isLastOfMonth({ year, month, day }: CalendarDay): boolean {
  return new Date(Date.UTC(year, month, 0)).getUTCDate() === day;
}
