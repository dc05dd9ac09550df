/*
 * The buckets of distributions, as `Sketch` of the registry has them: every power of two is cut into 64 equal parts, so that the middle of a
 * bucket is at most 1/129 away from what lies in it. A key is the number of a bucket; values below zero have the keys -1 - bucket, so that
 * keys ascend as values do. Zero has no key; it is counted apart.
 */

const mantissaShift = 14;
const rangeBuckets = 32 << 6;
/** Below these buckets doubles are denormal, and buckets too wide for the bound; the last one ends at infinity. */
const normalBucketMin = 64;
const lastBucket = 0x7ff * 64 - 1;

const float = new Float64Array(1);
const words = new Uint32Array(float.buffer);
const bits = new BigUint64Array(float.buffer);
float[0] = 1;
const upper = words[1] === 0 ? 0 : 1;

/** The relative error of a value that is answered for its bucket. */
export const bucketRelativeError: number = 1 / 129;

/** The bucket of a positive value. */
export function bucketOf(value: number): number {
  float[0] = value;
  return (words[upper] ?? 0) >>> mantissaShift;
}

/** The smallest value of a bucket. */
export function lowerEdge(bucket: number): number {
  words[upper] = bucket << mantissaShift;
  words[1 - upper] = 0;
  return float[0] ?? 0;
}

/** The key of a value that is not zero. */
export function keyOf(value: number): number {
  return value > 0 ? bucketOf(value) : -1 - bucketOf(-value);
}

/** The value that is answered for a key: within `bucketRelativeError` of all values of its bucket. */
export function estimateOf(key: number): number {
  const bucket = key < 0 ? -1 - key : key;
  const a = lowerEdge(bucket);
  const b = lowerEdge(bucket + 1);
  // The harmonic mean, written so that neither very small nor very large edges leave the range of doubles.
  const middle = a * (2 / (1 + a / b));
  return key < 0 ? -middle : middle;
}

/** Whether the bound holds in the bucket of a key; it does for all but the very smallest and largest doubles. */
export function isBounded(key: number): boolean {
  const bucket = key < 0 ? -1 - key : key;
  return bucket >= normalBucketMin && bucket < lastBucket;
}

/** The end of the range of a histogram whose range begins at `lowest`. */
export function rangeEnd(lowest: number): number {
  return lowerEdge(bucketOf(lowest) + rangeBuckets);
}

/*
 * Of what a histogram was given in one step, the smallest and largest values are often known only to their bucket. Then the bound that is kept
 * lies one unit of the last place outside of the bucket, which tells it from a recorded value.
 */

/** A bound that lies below all values of a bucket. */
export function boundBelow(bucket: number): number {
  return neighbour(lowerEdge(bucket), -1n);
}

/** A bound that lies above all values of a bucket. */
export function boundAbove(bucket: number): number {
  return neighbour(lowerEdge(bucket + 1), 1n);
}

/** The bucket whose bound this is, if it is one of `boundBelow`. */
export function bucketAbove(bound: number): number | undefined {
  const edge = bound > 0 ? neighbour(bound, 1n) : 0;
  return edge > 0 && lowerEdge(bucketOf(edge)) === edge ? bucketOf(edge) : undefined;
}

/** The bucket whose bound this is, if it is one of `boundAbove`. */
export function bucketBelow(bound: number): number | undefined {
  const edge = bound > 0 ? neighbour(bound, -1n) : 0;
  return edge > 0 && lowerEdge(bucketOf(edge)) === edge ? bucketOf(edge) - 1 : undefined;
}

/** The next double of a positive one. */
function neighbour(value: number, direction: 1n | -1n): number {
  float[0] = value;
  bits[0] = (bits[0] ?? 0n) + direction;
  return float[0] ?? 0;
}
