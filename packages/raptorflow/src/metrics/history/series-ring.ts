import type { SeriesKind, Tags } from './sampled.ts';
import type { Percentile } from '../sketch.ts';
import { endOf, exactPercentile } from './accumulator.ts';
import { bucketAbove, bucketBelow, bucketOf, bucketRelativeError, estimateOf, rangeEnd } from './buckets.ts';
import type { LiveSeries, WindowSummary } from './live.ts';
import type { Point, SparseSketch } from './point.ts';

/** Counts of one window's buckets; a histogram's range has 2,048 of them. Only ever used within one call, and left empty. */
const scratch = new Float64Array(2_048);

/** What histograms keep of each step besides their sum. */
interface Distributions {
  readonly counts: Float64Array;
  readonly mins: Float64Array;
  readonly maxs: Float64Array;
  readonly sketches: (SparseSketch | null)[];
}

/** The last steps of one series, in a ring with one slot a step. A slot that is NaN had no sample. */
export class SeriesRing implements LiveSeries {
  readonly tags: Tags;
  readonly kind: SeriesKind;
  readonly #lowest: number;
  readonly #stepMs: number;
  readonly #slots: number;
  readonly #values: Float64Array;
  readonly #distributions: Distributions | undefined;
  /** The number of the newest step since 1970. */
  #newest = -1;
  #answered:
    | {
        readonly p: number;
        readonly from: number;
        readonly to: number;
        readonly newest: number;
        readonly answer: Percentile | null;
      }
    | undefined;

  constructor(of: { tags: Tags; kind: SeriesKind; lowest: number }, stepMs: number, slots: number) {
    this.tags = of.tags;
    this.kind = of.kind;
    this.#lowest = of.lowest;
    this.#stepMs = stepMs;
    this.#slots = slots;
    this.#values = new Float64Array(slots).fill(Number.NaN);
    this.#distributions =
      of.kind === 'histogram'
        ? {
            counts: new Float64Array(slots),
            mins: new Float64Array(slots),
            maxs: new Float64Array(slots),
            sketches: Array.from({ length: slots }, () => null),
          }
        : undefined;
  }

  /** The moment of the newest sample. */
  get newestAt(): number {
    return this.#newest * this.#stepMs;
  }

  /** Notes a sample; only newer ones than before are taken. */
  put({ at, count, sum, min, max, last, sketch }: Point): void {
    const step = Math.floor(at / this.#stepMs);
    if (step <= this.#newest) return;
    const skipped = Math.min(step - this.#newest - 1, this.#slots);
    for (let back = 1; back <= skipped; back += 1) this.#values[(step - back) % this.#slots] = Number.NaN;
    const slot = step % this.#slots;
    this.#newest = step;
    const distributions = this.#distributions;
    this.#values[slot] = distributions ? sum : last;
    if (!distributions) return;
    distributions.counts[slot] = count;
    distributions.mins[slot] = min;
    distributions.maxs[slot] = max;
    distributions.sketches[slot] = count > 0 ? sketch : null;
  }

  window(from: number, to: number): WindowSummary | null {
    const begin = Math.max(Math.floor(from / this.#stepMs) + 1, this.#newest - this.#slots + 1, 0);
    const end = Math.min(Math.floor(to / this.#stepMs), this.#newest);
    if (begin > end) return null;
    return this.#distributions
      ? this.#histogramWindow(this.#distributions, begin, end)
      : this.#numberWindow(begin, end);
  }

  percentile(p: number, from: number, to: number): Percentile | null {
    if (this.kind === 'counter') return null;
    const known = this.#answered;
    if (known && known.p === p && known.from === from && known.to === to && known.newest === this.#newest)
      return known.answer;
    const begin = Math.max(Math.floor(from / this.#stepMs) + 1, this.#newest - this.#slots + 1, 0);
    const end = Math.min(Math.floor(to / this.#stepMs), this.#newest);
    const answer = this.#distributions
      ? this.#histogramPercentile(this.#distributions, p, begin, end)
      : this.#gaugePercentile(p, begin, end);
    this.#answered = { p, from, to, newest: this.#newest, answer };
    return answer;
  }

  #numberWindow(begin: number, end: number): WindowSummary | null {
    const values = this.#values;
    const slots = this.#slots;
    let [count, sum, first, last] = [0, 0, 0, 0];
    let [min, max] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    let slot = begin % slots;
    for (let step = begin; step <= end; step += 1) {
      const value = values[slot] ?? Number.NaN;
      slot += 1;
      if (slot === slots) slot = 0;
      if (Number.isNaN(value)) continue;
      if (count === 0) first = value;
      count += 1;
      sum += value;
      if (value < min) min = value;
      if (value > max) max = value;
      last = value;
    }
    return count === 0 ? null : { count, sum, min, max, first, last };
  }

  #histogramWindow({ counts, mins, maxs }: Distributions, begin: number, end: number): WindowSummary | null {
    let [count, sum, first, last] = [0, 0, 0, 0];
    let [min, max] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    for (let step = begin; step <= end; step += 1) {
      const slot = step % this.#slots;
      const total = this.#values[slot] ?? Number.NaN;
      const recorded = counts[slot] ?? 0;
      if (Number.isNaN(total) || recorded === 0) continue;
      last = total / recorded;
      if (count === 0) first = last;
      count += recorded;
      sum += total;
      min = Math.min(min, mins[slot] ?? min);
      max = Math.max(max, maxs[slot] ?? max);
    }
    return count === 0 ? null : { count, sum, min, max, first, last };
  }

  #gaugePercentile(p: number, begin: number, end: number): Percentile | null {
    const values: number[] = [];
    for (let step = begin; step <= end; step += 1) {
      const value = this.#values[step % this.#slots] ?? Number.NaN;
      if (!Number.isNaN(value)) values.push(value);
    }
    return values.length === 0 ? null : exactPercentile(values, p);
  }

  #histogramPercentile(
    distributions: Distributions,
    p: number,
    begin: number,
    end: number,
  ): Percentile | null {
    const summary = begin > end ? null : this.#histogramWindow(distributions, begin, end);
    if (!summary) return null;
    if (p <= 0) return endOf(summary.min, bucketAbove(summary.min));
    if (p >= 100) return endOf(summary.max, bucketBelow(summary.max));
    const origin = bucketOf(this.#lowest);
    let [zeros, below] = [0, 0];
    let [low, high] = [scratch.length, -1];
    for (let step = begin; step <= end; step += 1) {
      const slot = step % this.#slots;
      const sketch = Number.isNaN(this.#values[slot]) ? null : distributions.sketches[slot];
      if (!sketch) continue;
      zeros += sketch.zeros;
      below += sketch.below;
      for (let index = 0; index < sketch.keys.length; index += 1) {
        const place = (sketch.keys[index] ?? 0) - origin;
        scratch[place] = (scratch[place] ?? 0) + (sketch.counts[index] ?? 0);
        if (place < low) low = place;
        if (place > high) high = place;
      }
    }
    let rank = Math.max(1, Math.ceil((p / 100) * summary.count));
    let answer: Percentile | null = null;
    if (rank <= zeros) answer = { value: 0, relativeError: 0, clipped: false };
    else if (rank <= zeros + below) answer = clipped(Math.min(this.#lowest, summary.max));
    rank -= zeros + below;
    for (let place = low; place <= high; place += 1) {
      rank -= scratch[place] ?? 0;
      scratch[place] = 0;
      if (rank > 0 || answer) continue;
      const value = Math.min(Math.max(estimateOf(place + origin), summary.min), summary.max);
      answer = { value, relativeError: bucketRelativeError, clipped: false };
    }
    return answer ?? clipped(Math.max(rangeEnd(this.#lowest), summary.min));
  }
}

function clipped(value: number): Percentile {
  return { value, relativeError: Number.POSITIVE_INFINITY, clipped: true };
}
