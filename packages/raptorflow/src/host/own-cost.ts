/** How long the cost is added up before it is judged. */
export const costWindowMs = 10_000;
/** When the monitor costs less than this share of its limit, twice as much is well below it. */
const easyShare = 0.25;

/** What should be done about the cost of a window. */
export type CostVerdict = 'too-dear' | 'easy' | 'fair';

/** Adds up the processor time that the monitor takes, and judges it once a window. */
export class OwnCost {
  readonly #percentMax: number;
  #windowBeganAt = 0;
  #windowMs = 0;
  #totalMs = 0;
  #percent = 0;

  constructor(percentMax: number) {
    this.#percentMax = percentMax;
  }

  /** Percent of one core over the last whole window; before the first has ended, 0. */
  get percent(): number {
    return this.#percent;
  }

  /** Milliseconds of processor time since the start. */
  get totalMs(): number {
    return this.#totalMs;
  }

  begin(now: number): void {
    this.#windowBeganAt = now;
    this.#windowMs = 0;
  }

  /** Adds milliseconds of processor time. Answers a verdict when a window ends with it. */
  add(ms: number, now: number): CostVerdict | undefined {
    this.#totalMs += ms;
    this.#windowMs += ms;
    const elapsed = now - this.#windowBeganAt;
    if (elapsed < costWindowMs) return undefined;
    this.#percent = (100 * this.#windowMs) / elapsed;
    this.begin(now);
    if (this.#percent > this.#percentMax) return 'too-dear';
    return this.#percent < this.#percentMax * easyShare ? 'easy' : 'fair';
  }
}
