/** A day of a calendar. Months count from 1. */
export interface CalendarDay {
  readonly year: number;
  readonly month: number;
  readonly day: number;
}

const dayMs = 86_400_000;
const minuteMs = 60_000;

/** Days and times of day as they are on the walls of one time zone. Throws `RangeError` for a zone that the machine does not know. */
export class WallClock {
  readonly #format: Intl.DateTimeFormat;

  constructor(timeZone: string) {
    this.#format = new Intl.DateTimeFormat('en-US', {
      timeZone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
  }

  /** The day on the wall at a moment, and so many days before it. */
  dayAt(at: number, daysBefore: number): CalendarDay {
    const wall = new Date(Math.floor(this.#wallMs(at) / dayMs) * dayMs - daysBefore * dayMs);
    return { year: wall.getUTCFullYear(), month: wall.getUTCMonth() + 1, day: wall.getUTCDate() };
  }

  /**
   * When it is that time of that day, epoch milliseconds. A time that comes twice, when clocks are set back, is the first of both; one that
   * does not come, when they are set forward, is as much later as they were set.
   */
  epochOf({ year, month, day }: CalendarDay, minutes: number): number {
    const wall = Date.UTC(year, month - 1, day) + minutes * minuteMs;
    const before = this.#offsetMs(wall - dayMs);
    const after = this.#offsetMs(wall + dayMs);
    const fits = [wall - before, wall - after].filter((at) => at + this.#offsetMs(at) === wall);
    return fits.length > 0 ? Math.min(...fits) : wall - before;
  }

  #offsetMs(at: number): number {
    const whole = Math.floor(at / 1_000) * 1_000;
    return this.#wallMs(whole) - whole;
  }

  #wallMs(at: number): number {
    const parts: Record<string, number> = {};
    for (const { type, value } of this.#format.formatToParts(at)) parts[type] = Number(value);
    const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts;
    return Date.UTC(year, month - 1, day, hour, minute, second);
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
