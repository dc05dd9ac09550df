import { RaptorFlowError } from '../kernel/index.ts';

/** A moment at which the clocks of a zone are set. */
export interface ClockChange {
  /** Epoch milliseconds, a whole second: the first moment with the new offset. */
  readonly at: number;
  /** Milliseconds by which the wall is ahead of UTC, before and after. */
  readonly before: number;
  readonly after: number;
}

const dayMs = 86_400_000;
/** Changes are looked up and remembered for so many days together. */
const chunkMs = 16 * dayMs;
const chunksMax = 256;

/**
 * How far the walls of one time zone are ahead of UTC, and when that changes. Two changes within one day that undo each other are not seen; no
 * zone has had them. Throws `invalid_input` for a zone that the machine does not know.
 */
export class Zone {
  readonly name: string;
  readonly #format: Intl.DateTimeFormat;
  readonly #chunks = new Map<number, readonly ClockChange[]>();

  constructor(name: string) {
    this.name = name;
    try {
      this.#format = new Intl.DateTimeFormat('en-US', {
        timeZone: name,
        hourCycle: 'h23',
        year: 'numeric',
        month: 'numeric',
        day: 'numeric',
        hour: 'numeric',
        minute: 'numeric',
        second: 'numeric',
      });
    } catch (cause) {
      throw new RaptorFlowError(
        'invalid_input',
        `"${name.slice(0, 60)}" is not a time zone that this machine knows; write the name of an IANA time zone such as "Europe/Berlin" or "UTC".`,
        { cause },
      );
    }
  }

  offsetAt(at: number): number {
    const whole = Math.floor(at / 1_000) * 1_000;
    const [month = 1, day = 1, year = 1970, hour = 0, minute = 0, second = 0] = (
      this.#format.format(whole).match(/\d+/gu) ?? []
    ).map(Number);
    return Date.UTC(year, month - 1, day, hour, minute, second) - whole;
  }

  /** What is on the wall, as a moment of UTC. */
  wallAt(at: number): number {
    return at + this.offsetAt(at);
  }

  /**
   * When that is on the wall, epoch milliseconds. What comes twice, when clocks are set back, is the first of both; what does not come, when they
   * are set forward, is as much later as they were set.
   */
  epochOf(wall: number): number {
    const before = this.offsetAt(wall - dayMs);
    const after = this.offsetAt(wall + dayMs);
    const fits = [wall - before, wall - after].filter((at) => this.wallAt(at) === wall);
    return fits.length > 0 ? Math.min(...fits) : wall - before;
  }

  /** The first change later than `after` and not later than `until`. */
  nextChange(after: number, until: number): ClockChange | undefined {
    for (let chunk = Math.floor(after / chunkMs); chunk * chunkMs <= until; chunk += 1) {
      const found = this.#changesIn(chunk).find(({ at }) => at > after);
      if (found) return found.at <= until ? found : undefined;
    }
    return undefined;
  }

  /** The last change not later than `at`, of the day before it. */
  latestChange(at: number): ClockChange | undefined {
    let latest: ClockChange | undefined;
    for (const from of [at - dayMs, at]) {
      for (const change of this.#changesIn(Math.floor(from / chunkMs))) {
        if (change.at <= at && change.at > at - dayMs) latest = change;
      }
    }
    return latest;
  }

  /** Those later than the chunk's beginning and not later than its end. */
  #changesIn(chunk: number): readonly ClockChange[] {
    const known = this.#chunks.get(chunk);
    if (known) return known;
    const changes: ClockChange[] = [];
    const start = chunk * chunkMs;
    let before = this.offsetAt(start);
    for (let day = start; day < start + chunkMs; day += dayMs) {
      const after = this.offsetAt(day + dayMs);
      if (after !== before) changes.push({ at: this.#momentOf(day, day + dayMs, before), before, after });
      before = after;
    }
    if (this.#chunks.size >= chunksMax) this.#chunks.clear();
    this.#chunks.set(chunk, changes);
    return changes;
  }

  /** The first whole second of (`from`, `to`] that no longer has the offset. */
  #momentOf(from: number, to: number, before: number): number {
    let low = from / 1_000;
    let high = to / 1_000;
    while (high - low > 1) {
      const middle = Math.floor((low + high) / 2);
      if (this.offsetAt(middle * 1_000) === before) low = middle;
      else high = middle;
    }
    return high * 1_000;
  }
}

/** Whether the machine knows a time zone. */
export function isTimeZone(name: string): boolean {
  try {
    return new Zone(name).name === name;
  } catch {
    return false;
  }
}
