import type { Grid } from './grid.ts';
import type { CapacityPoint } from './method.ts';

/** When a usage reaches its limit, epoch milliseconds; null where it does not within the horizon. */
export interface Exhaustion {
  readonly limit: number;
  /** When the expected value does. */
  readonly at: number | null;
  /** When the upper bound of the interval does: hardly before. */
  readonly earliest: number | null;
  /** When the lower bound does: hardly after. */
  readonly latest: number | null;
  /** From the last sample to `at`. */
  readonly remainingMs: number | null;
}

/** Reads from a forecast when the limit is reached; between two steps by a straight line. */
export function exhaustionOf(limit: number, grid: Grid, points: readonly CapacityPoint[]): Exhaustion {
  const { lastAt } = grid;
  const last = grid.values.at(-1) ?? Number.NaN;
  const when = (bound: (point: CapacityPoint) => number): number | null => {
    if (last >= limit) return lastAt;
    let [before, beforeAt] = [last, lastAt];
    for (const point of points) {
      const value = bound(point);
      if (value >= limit) {
        return beforeAt + ((point.at - beforeAt) * (limit - before)) / (value - before);
      }
      [before, beforeAt] = [value, point.at];
    }
    return null;
  };
  const at = when(({ value }) => value);
  return {
    limit,
    at,
    earliest: when(({ high }) => high),
    latest: when(({ low }) => low),
    remainingMs: at === null ? null : at - lastAt,
  };
}
