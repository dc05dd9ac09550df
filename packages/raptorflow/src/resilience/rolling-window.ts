const buckets = 10;

/**
 * Sums over the last so many milliseconds, kept in ten parts: what was added is forgotten between nine and ten tenths of the window later.
 * Adding costs a few steps and allocates nothing.
 */
export class RollingWindow {
  readonly #bucketMs: number;
  readonly #columns: number;
  readonly #cells: Float64Array;
  #bucket = -1;
  #base = 0;
  #until: number = Number.NEGATIVE_INFINITY;

  constructor(windowMs: number, columns: number) {
    this.#bucketMs = windowMs / buckets;
    this.#columns = columns;
    this.#cells = new Float64Array(buckets * columns);
  }

  /** Adds to one of the sums; `now` is the clock's monotonic time. */
  add(now: number, column: number, amount: number): void {
    if (now >= this.#until) this.#turnTo(now);
    this.#cells[this.#base + column] = (this.#cells[this.#base + column] ?? 0) + amount;
  }

  /** One of the sums. */
  sum(now: number, column: number): number {
    if (now >= this.#until) this.#turnTo(now);
    let sum = 0;
    for (let at = column; at < this.#cells.length; at += this.#columns) sum += this.#cells[at] ?? 0;
    return sum;
  }

  clear(): void {
    this.#cells.fill(0);
  }

  #turnTo(now: number): void {
    const bucket = Math.floor(now / this.#bucketMs);
    const steps = Math.min(buckets, bucket - this.#bucket);
    for (let step = 0; step < steps; step += 1) {
      const start = ((bucket - step) % buckets) * this.#columns;
      this.#cells.fill(0, start, start + this.#columns);
    }
    this.#bucket = bucket;
    this.#base = (bucket % buckets) * this.#columns;
    this.#until = (bucket + 1) * this.#bucketMs;
  }
}
