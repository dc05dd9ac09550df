/** The middle one of some numbers; the mean of the middle two when their count is even. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? upper) + upper) / 2;
}

/** A latency: its median and its 99th percentile, in milliseconds. */
export interface Latency {
  readonly p50: number;
  readonly p99: number;
}

/** Median and 99th percentile of single measurements (nearest rank). */
export function latencyOf(samples: readonly number[]): Latency {
  const sorted = Float64Array.from(samples).sort();
  const rank = (share: number): number => sorted[Math.ceil(share * sorted.length) - 1] ?? Number.NaN;
  return { p50: rank(0.5), p99: rank(0.99) };
}

/** Rounded to so many significant digits. */
export function significant(value: number, digits = 4): number {
  return Number.isInteger(value) ? value : Number(value.toPrecision(digits));
}
