/**
 * A mergeable sketch of a distribution with log-linear buckets: every power of two is cut into 64 equal parts, so the
 * bucket of a value is its exponent and the first six bits of its mantissa, read straight from its floating-point
 * form. A bucket from a to b answers with 2ab/(a+b), which is wrong by at most (b-a)/(b+a) ≤ 1/129 of the true value.
 * (The layout is that of HdrHistogram; the estimate and its bound are those of Masson, Rim and Lee, "DDSketch", 2019.)
 */

const partsPerOctaveBits = 6;
const mantissaShift = 20 - partsPerOctaveBits;
/** A span of 2^32: 32 octaves of 64 buckets, four bytes each. */
const bucketsMax = 32 << partsPerOctaveBits;
const bucketsAtFirst = 64;
const countWrap = 2 ** 32;

/** The proven relative error of every percentile inside a sketch's range. */
export const percentileRelativeError: number = 1 / ((2 << partsPerOctaveBits) + 1);

const float = new Float64Array(1);
const words = new Uint32Array(float.buffer);
/** Which half of a double holds sign, exponent and upper mantissa depends on the machine's byte order. */
float[0] = 1;
const upper = words[1] === 0 ? 0 : 1;

/** The number of the bucket that a positive value falls into. */
export function bucketOf(value: number): number {
  float[0] = value;
  return (words[upper] ?? 0) >>> mantissaShift;
}

function lowerEdge(bucket: number): number {
  words[upper] = bucket << mantissaShift;
  words[1 - upper] = 0;
  return float[0] ?? 0;
}

function estimateOf(bucket: number): number {
  const a = lowerEdge(bucket);
  const b = lowerEdge(bucket + 1);
  return (2 * a * b) / (a + b);
}

/** A percentile and how wrong it can be. */
export interface Percentile {
  readonly value: number;
  /** |value - true value| ≤ relativeError × true value; 0 when exact. Infinite when clipped. */
  readonly relativeError: number;
  /** True when the percentile lies outside the sketch's range and only the side is known. */
  readonly clipped: boolean;
}

/** The content of a sketch as plain data. */
export interface HistogramValue {
  readonly count: number;
  readonly sum: number;
  /** Exact; 0 when the count is 0. */
  readonly min: number;
  /** Exact; 0 when the count is 0. */
  readonly max: number;
  readonly lowest: number;
  /** Values equal to 0. */
  readonly zeros: number;
  /** Positive values below the range. */
  readonly below: number;
  /** Values above the range. */
  readonly above: number;
  /** Bucket number and count, ascending, empty buckets left out. */
  readonly buckets: ReadonlyArray<readonly [bucket: number, count: number]>;
}

/** Where a value that a sketch gave keeps its counts as they were copied, so that nobody has to make pairs to read a percentile. */
const slots: unique symbol = Symbol('slots');

/** One count a bucket, no wider than the largest of them needs: most sketches hold few values, and what is scraped is read whole. */
type Counts = Uint8Array | Uint16Array | Uint32Array;

interface Slots {
  readonly first: number;
  readonly counts: Counts;
}

function slotsOf(value: HistogramValue & { readonly [slots]?: Slots }): Slots | undefined {
  return value[slots];
}

/**
 * Counts values in a range of 2^32 times `lowest`. Count, sum, min and max are exact; memory is at most 8 KB of
 * buckets and grows only over the range really seen.
 */
export class Sketch {
  count = 0;
  sum = 0;
  min: number = Number.POSITIVE_INFINITY;
  max: number = Number.NEGATIVE_INFINITY;
  readonly lowest: number;
  readonly #rangeStart: number;
  #zeros = 0;
  #below = 0;
  #above = 0;
  #first = 0;
  #counts: Counts = new Uint8Array(0);
  /** The largest count that fits. */
  #countMax = 0xff;
  /** How often the 32-bit count of a bucket wrapped round; there from the 2^32nd record of one bucket on. */
  #wraps: Map<number, number> | undefined;

  /** `lowest` must be a positive finite number. */
  constructor(lowest: number) {
    this.lowest = lowest;
    this.#rangeStart = bucketOf(lowest);
  }

  /** Adds a finite value ≥ 0 and answers true; answers false, and changes nothing, for anything else. */
  record(value: number): boolean {
    if (typeof value !== 'number' || !(value >= 0) || value === Number.POSITIVE_INFINITY) return false;
    this.count += 1;
    this.sum += value;
    if (value < this.min) this.min = value;
    if (value > this.max) this.max = value;
    const slot = bucketOf(value) - this.#first;
    if (slot >= 0 && slot < this.#counts.length) {
      const before = this.#counts[slot] ?? 0;
      if (before < this.#countMax) this.#counts[slot] = before + 1;
      else this.#add(slot + this.#first, 1);
    } else {
      this.#recordOutside(value);
    }
    return true;
  }

  /**
   * The value at or below which p percent of the recorded values lie (nearest rank); undefined when empty, and for a
   * p that is no number. Callers without types may pass anything, and reading a metric never throws.
   */
  percentile(p: number): Percentile | undefined {
    if (this.count === 0 || typeof p !== 'number' || Number.isNaN(p)) return undefined;
    if (p <= 0) return exactly(this.min);
    if (p >= 100) return exactly(this.max);
    let rank = Math.max(1, Math.ceil((p / 100) * this.count));
    if (rank <= this.#zeros) return exactly(0);
    rank -= this.#zeros;
    if (rank <= this.#below) return clippedAt(Math.min(this.lowest, this.max));
    rank -= this.#below;
    for (let slot = 0; slot < this.#counts.length; slot += 1) {
      rank -= this.#countAt(slot);
      if (rank <= 0) return estimated(slot + this.#first, this.min, this.max);
    }
    return clippedAt(Math.max(lowerEdge(this.#rangeStart + bucketsMax), this.min));
  }

  /** Adds the content of another sketch. The result is the one that recording all values here would have given. */
  merge(other: HistogramValue): void {
    if (other.count === 0) return;
    this.count += other.count;
    this.sum += other.sum;
    if (other.min < this.min) this.min = other.min;
    if (other.max > this.max) this.max = other.max;
    this.#zeros += other.zeros;
    this.#below += other.below;
    this.#above += other.above;
    const found = slotsOf(other);
    // Values of another sketch lie in its range; that of a decoded or foreign one may be another than this one's.
    if (found === undefined || other.lowest !== this.lowest) {
      for (const [bucket, count] of other.buckets) this.#add(bucket, count);
    } else {
      this.#mergeSlots(found);
    }
  }

  #mergeSlots({ first, counts }: Slots): void {
    if (counts.length === 0) return;
    this.#cover(first);
    this.#cover(first + counts.length - 1);
    const shift = first - this.#first;
    for (let slot = 0; slot < counts.length; slot += 1) {
      const count = counts[slot] ?? 0;
      if (count === 0) continue;
      const total = (this.#counts[slot + shift] ?? 0) + count;
      if (total <= this.#countMax) this.#counts[slot + shift] = total;
      else this.#add(slot + first, count);
    }
  }

  /**
   * Writes, for each of some bucket numbers in ascending order, how many values lie in that bucket or below. Of values outside the
   * range only those are counted that are known to.
   */
  countUpTo(bounds: Int32Array, counts: Float64Array): void {
    let total = this.#zeros;
    let below = this.#below;
    let slot = 0;
    const inSlots = this.#counts;
    const highest = this.count === 0 ? 0 : bucketOf(this.max);
    for (let index = 0; index < bounds.length; index += 1) {
      const bound = bounds[index] ?? 0;
      if (bound >= this.#rangeStart) {
        total += below;
        below = 0;
      }
      const end = Math.min(Math.min(bound, highest) - this.#first + 1, inSlots.length);
      if (inSlots.BYTES_PER_ELEMENT < 4) total += sumOf(inSlots, slot, end);
      else for (let at = slot; at < end; at += 1) total += this.#countAt(at);
      slot = Math.max(slot, end);
      counts[index] = bound >= highest ? this.count : total;
    }
  }

  /** The content as plain data, a copy. The pairs of buckets are made when they are first read. */
  value(): HistogramValue {
    const first = this.#first;
    const counts = this.#counts.slice();
    const wraps = this.#wraps && new Map(this.#wraps);
    let pairs: HistogramValue['buckets'] | undefined;
    const value: HistogramValue = {
      count: this.count,
      sum: this.sum,
      min: this.count === 0 ? 0 : this.min,
      max: this.count === 0 ? 0 : this.max,
      lowest: this.lowest,
      zeros: this.#zeros,
      below: this.#below,
      above: this.#above,
      get buckets() {
        return (pairs ??= pairsOf(counts, first, wraps));
      },
    };
    if (wraps === undefined) Object.defineProperty(value, slots, { value: { first, counts } });
    return value;
  }

  /** Bytes held by the buckets. */
  get bytes(): number {
    return this.#counts.byteLength;
  }

  #countAt(slot: number): number {
    const count = this.#counts[slot] ?? 0;
    return this.#wraps === undefined ? count : count + (this.#wraps.get(slot + this.#first) ?? 0) * countWrap;
  }

  #recordOutside(value: number): void {
    if (value === 0) this.#zeros += 1;
    else this.#add(bucketOf(value), 1);
  }

  #add(bucket: number, count: number): void {
    if (bucket < this.#rangeStart) {
      this.#below += count;
      return;
    }
    if (bucket >= this.#rangeStart + bucketsMax) {
      this.#above += count;
      return;
    }
    this.#cover(bucket);
    const slot = bucket - this.#first;
    const total = (this.#counts[slot] ?? 0) + count;
    if (total > this.#countMax) this.#widen(total);
    this.#counts[slot] = total % countWrap;
    if (total < countWrap) return;
    this.#wraps ??= new Map();
    this.#wraps.set(bucket, (this.#wraps.get(bucket) ?? 0) + Math.floor(total / countWrap));
  }

  /** Makes room for a larger count, up to 32 bits. */
  #widen(count: number): void {
    this.#countMax = count <= 0xff_ff ? 0xff_ff : 0xff_ff_ff_ff;
    this.#counts = this.#newCounts(this.#counts.length, this.#counts, 0);
  }

  #newCounts(length: number, counts: Counts, offset: number): Counts {
    const [bits8, bits16] = [this.#countMax === 0xff, this.#countMax === 0xff_ff];
    const larger = bits8
      ? new Uint8Array(length)
      : bits16
        ? new Uint16Array(length)
        : new Uint32Array(length);
    larger.set(counts, offset);
    return larger;
  }

  /** Grows the bucket array, at least to twice its size and never beyond the range, until it holds the bucket. */
  #cover(bucket: number): void {
    const length = this.#counts.length;
    const last = this.#first + length;
    if (length > 0 && bucket >= this.#first && bucket < last) return;
    const rangeEnd = this.#rangeStart + bucketsMax;
    let from = length === 0 ? bucket - (bucketsAtFirst >> 1) : Math.min(bucket, this.#first);
    let to = length === 0 ? bucket + (bucketsAtFirst >> 1) : Math.max(bucket + 1, last);
    const slack = length === 0 ? 0 : Math.max(0, 2 * length - (to - from));
    if (length > 0 && bucket < this.#first) from -= slack;
    else to += slack;
    from = Math.max(from, this.#rangeStart);
    to = Math.min(to, rangeEnd);
    this.#counts = this.#newCounts(to - from, this.#counts, length === 0 ? 0 : this.#first - from);
    this.#first = from;
  }
}

const exactly = (value: number): Percentile => ({ value, relativeError: 0, clipped: false });

const clippedAt = (value: number): Percentile => ({
  value,
  relativeError: Number.POSITIVE_INFINITY,
  clipped: true,
});

function estimated(bucket: number, min: number, max: number): Percentile {
  const value = Math.min(Math.max(estimateOf(bucket), min), max);
  return { value, relativeError: percentileRelativeError, clipped: false };
}

/** The sum of some counts of at most 16 bits: it fits into 32, whose addition is several times as fast as that of doubles. */
function sumOf(counts: Counts, from: number, end: number): number {
  let sum = 0;
  for (let slot = from; slot < end; slot += 1) sum = (sum + (counts[slot] ?? 0)) | 0;
  return sum;
}

function pairsOf(
  counts: Counts,
  first: number,
  wraps: ReadonlyMap<number, number> | undefined,
): HistogramValue['buckets'] {
  const pairs: (readonly [number, number])[] = [];
  for (let slot = 0; slot < counts.length; slot += 1) {
    const count = (counts[slot] ?? 0) + (wraps?.get(slot + first) ?? 0) * countWrap;
    if (count > 0) pairs.push([slot + first, count]);
  }
  return pairs;
}

/** A sketch with the content of a snapshot. */
export function sketchOf(value: HistogramValue): Sketch {
  const sketch = new Sketch(value.lowest);
  sketch.merge(value);
  return sketch;
}

/** The distribution of all values behind the given snapshots; exact, as if one process had recorded them all. */
export function mergeHistogramValues(values: readonly HistogramValue[]): HistogramValue | undefined {
  const [first, ...rest] = values;
  if (first === undefined || rest.length === 0) return first;
  const sketch = sketchOf(first);
  for (const value of rest) sketch.merge(value);
  return sketch.value();
}

/** The p-th percentile (0 to 100) of a snapshot; undefined when it is empty. */
export function percentileOf(value: HistogramValue, p: number): Percentile | undefined {
  const { count, min, max, lowest, zeros, below } = value;
  if (count === 0 || Number.isNaN(p)) return undefined;
  if (p <= 0) return exactly(min);
  if (p >= 100) return exactly(max);
  let rank = Math.max(1, Math.ceil((p / 100) * count));
  if (rank <= zeros) return exactly(0);
  rank -= zeros;
  if (rank <= below) return clippedAt(Math.min(lowest, max));
  rank -= below;
  const found = slotsOf(value);
  if (found) {
    const { first, counts } = found;
    for (let slot = 0; slot < counts.length; slot += 1) {
      rank -= counts[slot] ?? 0;
      if (rank <= 0) return estimated(slot + first, min, max);
    }
  } else {
    for (const [bucket, inBucket] of value.buckets) {
      rank -= inBucket;
      if (rank <= 0) return estimated(bucket, min, max);
    }
  }
  return clippedAt(Math.max(lowerEdge(bucketOf(lowest) + bucketsMax), min));
}
