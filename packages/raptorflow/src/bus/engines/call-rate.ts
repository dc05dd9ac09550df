/** The rate is taken over this many seconds. */
const windowSeconds = 10;

/** Counts calls by the second and tells their rate over the last few seconds. */
export class CallRate {
  readonly #monotonic: () => number;
  readonly #counts: number[] = Array.from({ length: windowSeconds }, () => 0);
  #second = 0;

  constructor(monotonic: () => number) {
    this.#monotonic = monotonic;
  }

  count(): void {
    this.#move();
    const slot = this.#second % windowSeconds;
    this.#counts[slot] = (this.#counts[slot] ?? 0) + 1;
  }

  perSecond(): number {
    this.#move();
    return this.#counts.reduce((sum, count) => sum + count, 0) / windowSeconds;
  }

  // Seconds that have passed without a call are emptied.
  #move(): void {
    const now = Math.floor(this.#monotonic() / 1_000);
    const passed = Math.min(now - this.#second, windowSeconds);
    for (let step = 1; step <= passed; step += 1) this.#counts[(this.#second + step) % windowSeconds] = 0;
    if (now > this.#second) this.#second = now;
  }
}

/** Minutes over which an hourly rate is taken. */
const windowMinutes = 10;
const minuteMs = 60_000;

/** Counts calls by the minute and tells what an hour of them comes to. */
export class HourlyRate {
  readonly #monotonic: () => number;
  readonly #since: number;
  readonly #counts = new Map<number, number>();

  constructor(monotonic: () => number) {
    this.#monotonic = monotonic;
    this.#since = monotonic();
  }

  count(): void {
    const minute = Math.floor(this.#monotonic() / minuteMs);
    const before = this.#counts.get(minute);
    this.#counts.set(minute, (before ?? 0) + 1);
    if (before !== undefined) return;
    for (const known of this.#counts.keys()) if (known <= minute - windowMinutes) this.#counts.delete(known);
  }

  /** Over the last ten minutes, or over the time since the start where that is less, but at least over one minute. */
  perHour(): number {
    const now = this.#monotonic();
    const first = Math.floor(now / minuteMs) - windowMinutes + 1;
    let sum = 0;
    for (const [minute, count] of this.#counts) if (minute >= first) sum += count;
    const covered = Math.max(minuteMs, now - Math.max(this.#since, first * minuteMs));
    return Math.round((sum * 3_600_000) / covered);
  }
}
