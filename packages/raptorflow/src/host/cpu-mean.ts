/** Shorter than this, the ticks that the kernel counts in are too coarse for a value to be told. */
export const cpuMeanMs = 5_000;
/** At the shortest period so many samples make the time full. */
const samplesMax = 101;

/** The processors' mean over the last five seconds: each sample weighs as much as the time that it is about. */
export class CpuMean {
  readonly #percents = new Float64Array(samplesMax);
  readonly #elapsed = new Float64Array(samplesMax);
  #next = 0;
  #count = 0;

  /** Takes a sample in and answers the mean. */
  add(percent: number, elapsedMs: number): number {
    this.#percents[this.#next] = percent;
    this.#elapsed[this.#next] = elapsedMs;
    this.#next = (this.#next + 1) % samplesMax;
    this.#count = Math.min(samplesMax, this.#count + 1);
    let [sum, weight] = [0, 0];
    for (let back = 1; back <= this.#count && weight < cpuMeanMs; back += 1) {
      const at = (this.#next - back + samplesMax) % samplesMax;
      const ms = this.#elapsed[at] ?? 0;
      sum += (this.#percents[at] ?? 0) * ms;
      weight += ms;
    }
    return weight === 0 ? percent : sum / weight;
  }
}
