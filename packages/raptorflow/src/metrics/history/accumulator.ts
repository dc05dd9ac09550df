import {
  bucketAbove,
  bucketBelow,
  bucketRelativeError,
  estimateOf,
  isBounded,
  keyOf,
  rangeEnd,
} from './buckets.ts';
import { BucketCounts } from './bucket-counts.ts';
import type { Point, SparseSketch } from './point.ts';
import type { Percentile } from '../sketch.ts';

/** More samples than this are kept as a sketch. */
const samplesMax = 256;

/**
 * Sums up points of one series: counts and sums are added, distributions merged. Samples are kept as they are as long as they are few, so that
 * their percentiles are exact.
 */
export class Accumulator {
  count = 0;
  sum = 0;
  min: number = Number.POSITIVE_INFINITY;
  max: number = Number.NEGATIVE_INFINITY;
  last = 0;
  /** When the newest point was; NaN before the first. */
  lastAt: number = Number.NaN;
  #samples: number[] = [];
  #zeros = 0;
  #below = 0;
  #above = 0;
  #buckets: BucketCounts | undefined;
  /** Buckets of before, empty, whose room is used again. */
  #spare: BucketCounts | undefined;
  readonly #isFast: boolean;

  /** `isFast` takes some KB for speed, where much is added before it is asked; otherwise it stays small. */
  constructor(isFast = false) {
    this.#isFast = isFast;
  }

  get isEmpty(): boolean {
    return Number.isNaN(this.lastAt);
  }

  /** Adds a point. `keepsDistribution` is false where nobody will ask for percentiles. */
  add(point: Point, keepsDistribution: boolean): void {
    if (point.count > 0) {
      this.count += point.count;
      this.sum += point.sum;
      if (point.min < this.min) this.min = point.min;
      if (point.max > this.max) this.max = point.max;
    }
    if (this.isEmpty || point.at >= this.lastAt) {
      this.last = point.last;
      this.lastAt = point.at;
    }
    if (!keepsDistribution) return;
    if (point.sketch) this.#merge(point.sketch);
    else this.#sample(point.last);
  }

  /** What was added, as one point that ends at `at`. Sums of fractions are rounded to 15 digits, which takes rounding errors away. */
  point(at: number, withSketch: boolean): Point {
    const isEmpty = this.count === 0;
    return {
      at,
      count: this.count,
      sum: roundedSum(this.sum),
      min: isEmpty ? 0 : this.min,
      max: isEmpty ? 0 : this.max,
      last: this.last,
      sketch: withSketch ? this.#sketch() : null,
    };
  }

  clear(): void {
    this.count = 0;
    this.sum = 0;
    this.min = Number.POSITIVE_INFINITY;
    this.max = Number.NEGATIVE_INFINITY;
    this.lastAt = Number.NaN;
    this.#samples = [];
    this.#zeros = 0;
    this.#below = 0;
    this.#above = 0;
    this.#spare = this.#isFast ? (this.#buckets ?? this.#spare) : undefined;
    this.#spare?.clear();
    this.#buckets = undefined;
  }

  /** The nearest-rank percentile; null when there is nothing. `lowest` is where a histogram's range begins, 0 for gauges. */
  percentile(p: number, lowest: number): Percentile | null {
    if (this.count === 0) return null;
    if (!this.#buckets && this.#samples.length > 0) return exactPercentile(this.#samples, p);
    if (p <= 0) return this.minimum(lowest > 0);
    if (p >= 100) return this.maximum(lowest > 0);
    let rank = Math.max(1, Math.ceil((p / 100) * this.count));
    const buckets = this.#spill();
    const keys = buckets.keys();
    let next = 0;
    for (; next < keys.length && (keys[next] ?? 0) < 0; next += 1) {
      rank -= buckets.count(keys[next] ?? 0);
      if (rank <= 0) return this.#answer(keys[next] ?? 0);
    }
    rank -= this.#zeros;
    if (rank <= 0) return { value: 0, relativeError: 0, clipped: false };
    rank -= this.#below;
    if (rank <= 0) return clippedAt(Math.min(lowest, this.max));
    for (; next < keys.length; next += 1) {
      rank -= buckets.count(keys[next] ?? 0);
      if (rank <= 0) return this.#answer(keys[next] ?? 0);
    }
    return clippedAt(lowest > 0 ? Math.max(rangeEnd(lowest), this.min) : this.max);
  }

  /** The smallest value; of a histogram it may be known only to its bucket. */
  minimum(isHistogram: boolean): Percentile {
    if (isHistogram && this.min === 0 && this.#zeros === 0 && this.#below > 0) return clippedAt(0);
    return this.#end(this.min, isHistogram ? bucketAbove(this.min) : undefined);
  }

  /** The largest value; of a histogram it may be known only to its bucket. */
  maximum(isHistogram: boolean): Percentile {
    return this.#end(this.max, isHistogram ? bucketBelow(this.max) : undefined);
  }

  #end(bound: number, bucket: number | undefined): Percentile {
    const end = endOf(bound, bucket);
    // The sum of a single value is that value, but for the rounding of sums.
    const value = bucket !== undefined && this.count === 1 ? this.sum : end.value;
    return { ...end, value: Math.min(Math.max(value, this.min), this.max) };
  }

  #answer(key: number): Percentile {
    if (!isBounded(key)) return clippedAt(Math.min(Math.max(estimateOf(key), this.min), this.max));
    const value = Math.min(Math.max(estimateOf(key), this.min), this.max);
    return { value, relativeError: bucketRelativeError, clipped: false };
  }

  #sample(value: number): void {
    if (this.#buckets || this.#samples.length >= samplesMax) this.#count(this.#spill(), value);
    else this.#samples.push(value);
  }

  #merge(sketch: SparseSketch): void {
    this.#spill().addAll(sketch.keys, sketch.counts);
    this.#zeros += sketch.zeros;
    this.#below += sketch.below;
    this.#above += sketch.above;
  }

  /** The buckets, with the samples so far in them. */
  #spill(): BucketCounts {
    const buckets = (this.#buckets ??= this.#spare ?? new BucketCounts(this.#isFast));
    if (this.#samples.length > 0) {
      for (const value of this.#samples) this.#count(buckets, value);
      this.#samples = [];
    }
    return buckets;
  }

  #count(buckets: BucketCounts, value: number): void {
    if (value === 0) this.#zeros += 1;
    else buckets.add(keyOf(value), 1);
  }

  #sketch(): SparseSketch {
    const buckets = this.#spill();
    const keys = buckets.keys();
    const counts = Float64Array.from(keys, (key) => buckets.count(key));
    return { zeros: this.#zeros, below: this.#below, above: this.#above, keys, counts };
  }
}

/** The nearest-rank percentile of the values themselves. */
export function exactPercentile(values: ArrayLike<number>, p: number): Percentile {
  const sorted = Float64Array.from(values).sort();
  const rank = Math.min(sorted.length, Math.max(1, Math.ceil((p / 100) * sorted.length)));
  return { value: sorted[rank - 1] ?? 0, relativeError: 0, clipped: false };
}

/** An end of a distribution: exact, or as its bucket answers. */
export function endOf(value: number, bucket: number | undefined): Percentile {
  if (bucket === undefined) return { value, relativeError: 0, clipped: false };
  return { value: estimateOf(bucket), relativeError: bucketRelativeError, clipped: false };
}

function clippedAt(value: number): Percentile {
  return { value, relativeError: Number.POSITIVE_INFINITY, clipped: true };
}

/** A sum without the errors that adding decimals makes: 15 digits are what a double holds of every decimal. */
function roundedSum(sum: number): number {
  return Number.isInteger(sum) || !Number.isFinite(sum) ? sum : Number(sum.toPrecision(15));
}

/** The difference of two running sums, without the digits that the larger of them cannot have held. */
export function roundedDifference(now: number, before: number): number {
  const difference = now - before;
  if (Number.isInteger(difference) || !Number.isFinite(difference)) return difference;
  // A double holds 15.9 digits; the first of them is the running sum's.
  const places = 14 - Math.floor(Math.log10(Math.max(Math.abs(now), Math.abs(before))));
  if (places < 0) return Math.round(difference);
  return places > 20 ? difference : Number(difference.toFixed(places));
}
