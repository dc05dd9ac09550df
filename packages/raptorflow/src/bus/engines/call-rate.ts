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
