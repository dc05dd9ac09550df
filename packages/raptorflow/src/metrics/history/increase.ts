import type { HistogramValue } from '../sketch.ts';
import { roundedDifference } from './accumulator.ts';
import { boundAbove, boundBelow } from './buckets.ts';
import { samplePoint, type Point } from './point.ts';

/** What a step adds to a series, from one look at its registry to the next. */
export interface Increase {
  /** The point of the step that ends now. */
  next(at: number, value: number | HistogramValue): Point;
}

/** A gauge is what it is. */
export const gaugeSample: Increase = {
  next: (at, value) => samplePoint(at, Number(value)),
};

/** A counter's increase. One that has become smaller began anew: what it shows then came since. */
export class CounterIncrease implements Increase {
  #before = 0;

  next(at: number, value: number | HistogramValue): Point {
    const now = Number(value);
    const increase = now >= this.#before ? roundedDifference(now, this.#before) : now;
    this.#before = now;
    return samplePoint(at, increase);
  }
}

/** What a histogram has been given since the last look. */
export class HistogramIncrease implements Increase {
  #count = 0;
  #sum = 0;
  #min = 0;
  #max = 0;
  #ends = { zeros: 0, below: 0, above: 0 };
  #keys: Int32Array = new Int32Array(0);
  #counts: Float64Array = new Float64Array(0);

  next(at: number, value: number | HistogramValue): Point {
    const now = value as HistogramValue;
    if (now.count === this.#count && now.sum === this.#sum) return emptyPoint(at);
    const keys = Int32Array.from(now.buckets, ([bucket]) => bucket);
    const counts = Float64Array.from(now.buckets, ([, count]) => count);
    const point = this.#since(at, now, keys, counts) ?? this.#anew(at, now, keys, counts);
    this.#count = now.count;
    this.#sum = now.sum;
    this.#min = now.min;
    this.#max = now.max;
    this.#ends = { zeros: now.zeros, below: now.below, above: now.above };
    this.#keys = keys;
    this.#counts = counts;
    return point;
  }

  /** The difference; undefined when something has become smaller, which means that the histogram began anew. */
  #since(at: number, now: HistogramValue, keys: Int32Array, counts: Float64Array): Point | undefined {
    if (this.#count === 0 || now.count < this.#count) return undefined;
    const grown = differenceOf(this.#keys, this.#counts, keys, counts);
    const zeros = now.zeros - this.#ends.zeros;
    const below = now.below - this.#ends.below;
    const above = now.above - this.#ends.above;
    if (!grown || zeros < 0 || below < 0 || above < 0) return undefined;
    const count = now.count - this.#count;
    if (count === 0) return emptyPoint(at);
    const sum = Math.max(0, roundedDifference(now.sum, this.#sum));
    // A new extreme is exact; otherwise the outermost bucket is all that is known.
    const min = now.min < this.#min ? now.min : lowBound(grown.keys, zeros, below);
    const max = now.max > this.#max ? now.max : highBound(grown.keys, now, below, above);
    return { at, count, sum, min, max, last: 0, sketch: { zeros, below, above, ...grown } };
  }

  #anew(at: number, now: HistogramValue, keys: Int32Array, counts: Float64Array): Point {
    if (now.count === 0) return emptyPoint(at);
    const { count, sum, min, max, zeros, below, above } = now;
    return { at, count, sum, min, max, last: 0, sketch: { zeros, below, above, keys, counts } };
  }
}

const nothing = Object.freeze({ zeros: 0, below: 0, above: 0, keys: [], counts: [] });

function emptyPoint(at: number): Point {
  return { at, count: 0, sum: 0, min: 0, max: 0, last: 0, sketch: nothing };
}

function lowBound(keys: readonly number[], zeros: number, below: number): number {
  if (zeros > 0 || below > 0 || keys.length === 0) return 0;
  return boundBelow(keys[0] ?? 0);
}

function highBound(keys: readonly number[], now: HistogramValue, below: number, above: number): number {
  if (above > 0) return now.max;
  const top = keys.at(-1);
  if (top !== undefined) return boundAbove(top);
  return below > 0 ? now.lowest : 0;
}

/** What the counts of ascending keys have grown by; undefined when one has shrunk or is gone. */
function differenceOf(
  keysBefore: Int32Array,
  countsBefore: Float64Array,
  keysNow: Int32Array,
  countsNow: Float64Array,
): { readonly keys: readonly number[]; readonly counts: readonly number[] } | undefined {
  const keys: number[] = [];
  const counts: number[] = [];
  let before = 0;
  for (let index = 0; index < keysNow.length; index += 1) {
    const key = keysNow[index] ?? 0;
    const keyBefore = keysBefore[before];
    if (keyBefore !== undefined && keyBefore < key) return undefined;
    const isKnown = keyBefore === key;
    const grown = (countsNow[index] ?? 0) - (isKnown ? (countsBefore[before] ?? 0) : 0);
    if (isKnown) before += 1;
    if (grown < 0) return undefined;
    if (grown === 0) continue;
    keys.push(key);
    counts.push(grown);
  }
  if (before < keysBefore.length) return undefined;
  // Plain arrays: most steps have few buckets, for which typed ones take several times the memory.
  return { keys, counts };
}
