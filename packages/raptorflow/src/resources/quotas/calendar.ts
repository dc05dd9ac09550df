import { Zone } from '../../schedule/index.ts';

/** Periods that a clock ends. Second, minute and hour are counted from 1970 in UTC; day, week (from Monday) and month are those of a time zone. */
export type ClockedPeriod = 'second' | 'minute' | 'hour' | 'day' | 'week' | 'month';

/** One period: it holds `start` and not `end`, both epoch milliseconds. */
export interface PeriodSpan {
  /** Rises by one from each period to the next. */
  readonly index: number;
  readonly start: number;
  readonly end: number;
}

const secondMs = 1_000;
const dayMs = 86_400_000;
const daysOfAWeek = 7;
const monthsOfAYear = 12;
/** 1970-01-01 was a Thursday: three days after a Monday. */
const daysSinceMonday = 3;

const lengths: Readonly<Record<'second' | 'minute' | 'hour', number>> = {
  second: secondMs,
  minute: 60 * secondMs,
  hour: 3_600 * secondMs,
};
const longest: Readonly<Record<'day' | 'week' | 'month', number>> = {
  day: 2 * dayMs,
  week: 8 * dayMs,
  month: 32 * dayMs,
};

/** Answers in which period a moment lies. */
export interface Periods {
  /** The length of each period where they are all alike and counted from 1970, else 0. */
  readonly lengthMs: number;
  /** No period is longer. */
  readonly lengthMsMax: number;
  /** Of a moment in epoch milliseconds. */
  at(now: number): PeriodSpan;
}

/** The periods of quotas. */
export class PeriodClock implements Periods {
  readonly lengthMs: number;
  readonly lengthMsMax: number;
  readonly #calendar: Calendar | null;
  #last: PeriodSpan = { index: 0, start: 0, end: 0 };

  /** Throws `invalid_input` for a time zone that the machine does not know. */
  constructor(period: ClockedPeriod, timeZone: string) {
    if (period === 'second' || period === 'minute' || period === 'hour') {
      this.lengthMs = lengths[period];
      this.lengthMsMax = this.lengthMs;
      this.#calendar = null;
    } else {
      this.lengthMs = 0;
      this.lengthMsMax = longest[period];
      this.#calendar = new Calendar(period, timeZone);
    }
  }

  at(now: number): PeriodSpan {
    const last = this.#last;
    // Almost every question is about the same period as the one before.
    if (now >= last.start && now < last.end) return last;
    this.#last = this.#calendar ? this.#calendar.spanAt(now) : fixedSpan(now, this.lengthMs);
    return this.#last;
  }
}

function fixedSpan(now: number, lengthMs: number): PeriodSpan {
  const index = Math.floor(now / lengthMs);
  return { index, start: index * lengthMs, end: (index + 1) * lengthMs };
}

/**
 * Days, weeks and months on the walls of one time zone. A period begins when midnight of its first day is on the wall for the first time; where
 * clocks skip midnight, at the moment in which they do.
 */
class Calendar {
  readonly #zone: Zone;
  readonly #period: 'day' | 'week' | 'month';

  constructor(period: 'day' | 'week' | 'month', timeZone: string) {
    this.#period = period;
    this.#zone = new Zone(timeZone);
  }

  spanAt(now: number): PeriodSpan {
    // The wall may show the day before once more when clocks are set back over midnight, so beginnings decide and not what is on the wall.
    let index = this.#indexOfDay(Math.floor(this.#zone.wallAt(now) / dayMs)) + 1;
    while (this.#beginningOf(index) > now) index -= 1;
    // A day that a zone left out begins when the next one does; the later one is it.
    let next = index + 1;
    while (this.#beginningOf(next) <= now) next += 1;
    return { index: next - 1, start: this.#beginningOf(next - 1), end: this.#beginningOf(next) };
  }

  #indexOfDay(day: number): number {
    if (this.#period === 'day') return day;
    if (this.#period === 'week') return Math.floor((day + daysSinceMonday) / daysOfAWeek);
    const date = new Date(day * dayMs);
    return date.getUTCFullYear() * monthsOfAYear + date.getUTCMonth();
  }

  #beginningOf(index: number): number {
    if (this.#period === 'day') return this.#zone.epochOf(index * dayMs);
    if (this.#period === 'week') return this.#zone.epochOf((index * daysOfAWeek - daysSinceMonday) * dayMs);
    return this.#zone.epochOf(Date.UTC(Math.floor(index / monthsOfAYear), index % monthsOfAYear, 1));
  }
}
