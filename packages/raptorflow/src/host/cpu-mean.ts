/** Shorter than this, the ticks that the kernel counts in are too coarse for a value to be told. */
const cpuMeanMs = 5_000;
/** At the shortest period so many samples make the time full. */
const samplesMax = 101;

/** The processors' mean over the last five seconds: each sample weighs as much as the time that it is about. */
export class CpuMean {
  readonly #percents = new Float64Array(samplesMax);
  readonly #elapsed = new Float64Array(samplesMax);
  #next = 0;
  #oldest = 0;
  #sum = 0;
  #weight = 0;

  /** Takes a sample in and answers the mean. */
  add(percent: number, elapsedMs: number): number {
    this.#percents[this.#next] = percent;
    this.#elapsed[this.#next] = elapsedMs;
    this.#sum += percent * elapsedMs;
    this.#weight += elapsedMs;
    this.#next = (this.#next + 1) % samplesMax;
    // Samples leave as long as those after them fill the time, and before their place is needed.
    while (this.#next === this.#oldest || this.#weight - (this.#elapsed[this.#oldest] ?? 0) >= cpuMeanMs)
      this.#drop();
    return this.#weight > 0 ? Math.max(0, this.#sum / this.#weight) : percent;
  }

  #drop(): void {
    const elapsedMs = this.#elapsed[this.#oldest] ?? 0;
    this.#sum -= (this.#percents[this.#oldest] ?? 0) * elapsedMs;
    this.#weight -= elapsedMs;
    this.#oldest = (this.#oldest + 1) % samplesMax;
  }
}
