import { regressed } from './regression.ts';
import type { UsageKind, UsageSeries } from './usage.ts';
import { momentOf, type UsageWindow } from './window.ts';

/** What is said where the samples do not support an answer. */
export interface NotEnoughData {
  readonly status: 'not_enough_data';
  readonly samples: number;
  /** Samples that an answer takes, at this distance. */
  readonly needed: number;
  readonly missing: number;
}

/** How a resource was used in a window. All formulas are those of `docs/guides/analytics.md`. */
export interface UsageFigures {
  readonly status: 'measured';
  readonly samples: number;
  /** Steps of the window without a value. */
  readonly gaps: number;
  /** Of what is used up its sum; of what is held its average times the hours, such as byte-hours. Gaps count as nothing. */
  readonly total: number;
  readonly peak: number;
  /** When the peak was, epoch milliseconds. */
  readonly peakAt: number;
  readonly average: number;
  /** Around the average, of all samples. */
  readonly variance: number;
  /** The slope of the straight line through the window, units per hour, and half of its 95 % interval. */
  readonly growthPerHour: number;
  readonly growthPerHourError: number;
  /** average ÷ peak − min(variance ÷ peak², 0.5), between 0 and 1: 1 where the usage is level. 1 where nothing was used. */
  readonly efficiency: number;
  /** (peak − average) ÷ peak, between 0 and 1: what has to be there for the peak and is not used on average. */
  readonly waste: number;
}

/** One series in one window. */
export interface UsageProfile {
  readonly series: UsageSeries;
  readonly resourceType: string;
  readonly windowHours: number;
  readonly from: number;
  readonly to: number;
  readonly figures: UsageFigures | NotEnoughData;
}

const hourMs = 3_600_000;
/** Fewer samples make no statistics. */
const profileSamplesMin = 10;
const varianceShareMax = 0.5;
/** Two-sided 95 % of the normal distribution. */
const z95 = 1.96;

/** Says of this many samples that they are too few. */
export function notEnough(samples: number, needed: number): NotEnoughData {
  return { status: 'not_enough_data', samples, needed, missing: Math.max(1, needed - samples) };
}

/** Sums up a window. */
export function profileOf(series: UsageSeries, window: UsageWindow): UsageProfile {
  const { from, to } = window;
  const figures =
    window.samples < profileSamplesMin
      ? notEnough(window.samples, profileSamplesMin)
      : figuresOf(series.kind, window);
  return {
    series,
    resourceType: series.resourceType,
    windowHours: (to - from) / hourMs,
    from,
    to,
    figures,
  };
}

function figuresOf(kind: UsageKind, window: UsageWindow): UsageFigures {
  const { values, samples, stepMs } = window;
  let [sum, peak, peakIndex] = [0, Number.NEGATIVE_INFINITY, 0];
  for (let index = 0; index < values.length; index += 1) {
    const value = values[index] ?? Number.NaN;
    if (Number.isNaN(value)) continue;
    sum += value;
    if (value > peak) [peak, peakIndex] = [value, index];
  }
  const average = sum / samples;
  let squares = 0;
  for (const value of values) if (!Number.isNaN(value)) squares += (value - average) ** 2;
  const variance = squares / samples;
  const line = regressed(values, 0, 'ramp');
  const perHour = hourMs / stepMs;
  const isUsed = peak > 0;
  return {
    status: 'measured',
    samples,
    gaps: values.length - samples,
    total: kind === 'used' ? sum : (sum * stepMs) / hourMs,
    peak,
    peakAt: momentOf(window, peakIndex),
    average,
    variance,
    growthPerHour: line.effect * perHour,
    growthPerHourError: Number.isFinite(line.error) ? z95 * line.error * perHour : 0,
    efficiency: isUsed ? clamped(average / peak - Math.min(variance / (peak * peak), varianceShareMax)) : 1,
    waste: isUsed ? clamped((peak - average) / peak) : 0,
  };
}

function clamped(share: number): number {
  return Math.min(1, Math.max(0, share));
}
