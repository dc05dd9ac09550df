import type { UsagePoint } from './usage.ts';

/** A series on even steps, as everything here looks at it. */
export interface UsageWindow {
  /** Epoch milliseconds; the first step ends one step after `from`. */
  readonly from: number;
  readonly to: number;
  readonly stepMs: number;
  /** One value a step; NaN where nothing was measured. */
  readonly values: Float64Array;
  /** Steps that have a value. */
  readonly samples: number;
}

/** Lays points on the steps of a range: each into the step that contains it, the last one of a step wins. What lies outside is left out. */
export function windowOf(
  points: readonly UsagePoint[],
  { from, to, stepMs }: { readonly from: number; readonly to: number; readonly stepMs: number },
): UsageWindow {
  const values = new Float64Array(Math.max(0, Math.round((to - from) / stepMs))).fill(Number.NaN);
  for (const { at, value } of points) {
    if (value === null || !Number.isFinite(value) || at <= from || at > to) continue;
    values[Math.ceil((at - from) / stepMs - 1e-9) - 1] = value;
  }
  let samples = 0;
  for (const value of values) if (!Number.isNaN(value)) samples += 1;
  return { from, to, stepMs, values, samples };
}

/** The end of a step, epoch milliseconds. */
export function momentOf({ from, stepMs }: Pick<UsageWindow, 'from' | 'stepMs'>, index: number): number {
  return from + (index + 1) * stepMs;
}
