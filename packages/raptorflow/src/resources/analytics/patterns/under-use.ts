import { quantileOf, sortedValues, studentTwoSided } from '../distribution.ts';
import { regressed } from '../regression.ts';
import type { UsageWindow } from '../window.ts';
import type { Found } from './pattern.ts';

/** Usage below this share of what is there is under-use. */
const usedShareMax = 0.3;
/** A peak of one sample in a hundred may be an accident. */
const peakShare = 0.99;
const z95 = 1.96;

/**
 * Whether the average, and with a known capacity also 95 of 100 samples, stay below three tenths of what is there. Without a capacity the own
 * peak stands for it, which says how uneven the usage is. The chance is that of an average as low where the true one is at the limit.
 */
export function underUse(window: UsageWindow, capacity: number | null, season: number): Found | null {
  const sorted = sortedValues(window.values);
  const of = capacity ?? quantileOf(sorted, peakShare);
  if (!(of > 0) || (sorted[0] ?? -1) < 0) return null;
  const limit = usedShareMax * of;
  const p95 = quantileOf(sorted, 0.95);
  if (capacity !== null && p95 >= limit) return null;
  const average = sorted.reduce((sum, value) => sum + value, 0) / sorted.length;
  const { sigma, degrees } = regressed(window.values, season, 'ramp');
  const error = sigma / Math.sqrt(degrees);
  if (!(average < limit)) return null;
  return {
    chance: studentTwoSided((limit - average) / error, degrees) / 2,
    evidence: {
      kind: 'underutilization',
      average,
      averageHigh: average + z95 * error,
      p95,
      of,
      against: capacity === null ? 'peak' : 'capacity',
      share: average / of,
    },
  };
}
