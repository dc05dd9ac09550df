/** How long the cost is added up before it is judged. */
export const costWindowMs = 10_000;
/** When the monitor costs less than this share of its limit, twice as much is well below it. */
const easyShare = 0.25;

/** What should be done about the cost of a window. */
export type CostVerdict = 'too-dear' | 'easy' | 'fair';

/**
 * Adds up the processor time that the monitor takes, and judges it once a window. A tick is too short for the kernel's count of processor time, which
 * is brought up to date when a thread is interrupted; so ticks are timed by the clock. What others took from the processor meanwhile is
 * in that, and a window therefore counts for no more than all that its thread has worked.
 */
export class OwnCost {
  readonly #percentMax: number;
  readonly #threadCpuMs: () => number;
  #threadMs = 0;
  #windowBeganAt = 0;
  #windowMs = 0;
  #totalMs = 0;
  #percent = 0;

  constructor(percentMax: number, threadCpuMs: () => number) {
    this.#percentMax = percentMax;
    this.#threadCpuMs = threadCpuMs;
  }

  /** Percent of one core over the last whole window; before the first has ended, 0. */
  get percent(): number {
    return this.#percent;
  }

  /** Milliseconds since the start, of whole windows. */
  get totalMs(): number {
    return this.#totalMs;
  }

  begin(now: number): void {
    this.#windowBeganAt = now;
    this.#windowMs = 0;
    this.#threadMs = this.#threadCpuMs();
  }

  /** Adds the milliseconds that a tick took. Answers a verdict when a window ends with it. */
  add(ms: number, now: number): CostVerdict | undefined {
    this.#windowMs += ms;
    const elapsed = now - this.#windowBeganAt;
    if (elapsed < costWindowMs) return undefined;
    const spent = Math.min(this.#windowMs, this.#threadCpuMs() - this.#threadMs);
    this.#totalMs += spent;
    this.#percent = (100 * spent) / elapsed;
    this.begin(now);
    if (this.#percent > this.#percentMax) return 'too-dear';
    return this.#percent < this.#percentMax * easyShare ? 'easy' : 'fair';
  }
}
