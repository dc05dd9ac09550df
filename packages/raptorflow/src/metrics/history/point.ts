import type { GaugeMerging, SeriesKind, Tags } from './sampled.ts';

/** A distribution in its sparse form: the buckets that hold something, ascending by value. See buckets.ts for what a key means. */
export interface SparseSketch {
  readonly zeros: number;
  /** Values below the range, which only histograms know. */
  readonly below: number;
  /** Values above the range. */
  readonly above: number;
  readonly keys: ArrayLike<number>;
  readonly counts: ArrayLike<number>;
}

/**
 * What a series did in one step, which ends at `at` and contains it. A sample of a counter or gauge is a point of count 1; roll-ups and
 * histograms sum up more. Points of the same series and of any steps can be merged.
 */
export interface Point {
  readonly at: number;
  /** Counters and gauges: samples. Histograms: recordings. */
  readonly count: number;
  /** Counters: the increase. */
  readonly sum: number;
  /** Counters: of the increases from sample to sample. Histograms: a bound that the smallest recording does not fall below. */
  readonly min: number;
  /** Histograms: a bound that the largest recording does not exceed. */
  readonly max: number;
  /** The newest sample; 0 for histograms. */
  readonly last: number;
  /** Of histograms always, of gauges in roll-ups, of counters never. */
  readonly sketch: SparseSketch | null;
}

/** How the points of a block or of an entry of a frame are laid out. */
export type PointLayout = 'sample' | 'counter' | 'gauge' | 'histogram';

/** What is known of one series of one source. */
export interface SeriesDescription {
  readonly source: string;
  /** Its number in the source, which stays. */
  readonly number: number;
  readonly metric: string;
  readonly kind: SeriesKind;
  readonly unit: string;
  readonly description: string;
  readonly category: string;
  readonly tags: Tags;
  /** The lower end of the range of a histogram; 0 for other kinds. */
  readonly lowest: number;
  /** How the gauges of several sources become one; means nothing for other kinds. */
  readonly merge: GaugeMerging;
  /** When it was written last, to the hour. */
  readonly seenAt: number;
}

/** Counters and gauges are single numbers at the sampling step; everything else has columns. */
export function layoutOf(kind: SeriesKind, isRaw: boolean): PointLayout {
  return isRaw && kind !== 'histogram' ? 'sample' : kind;
}

/** The point of one sample. */
export function samplePoint(at: number, value: number): Point {
  return { at, count: 1, sum: value, min: value, max: value, last: value, sketch: null };
}

/** How many values a sketch holds. */
export function countOf(sketch: SparseSketch): number {
  let count = sketch.zeros + sketch.below + sketch.above;
  for (let index = 0; index < sketch.counts.length; index += 1) count += sketch.counts[index] ?? 0;
  return count;
}

/** The names and values of tags in one text, the same for the same tags in any order. */
export function tagsKey(tags: Tags): string {
  const names = Object.keys(tags).toSorted();
  return JSON.stringify(names.map((name) => [name, tags[name]]));
}
