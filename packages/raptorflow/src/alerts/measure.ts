import type { LiveSeries, WindowSummary } from './source.ts';
import { isThresholdRule, type AlertRule, type Direction, type RuleAggregation } from './rule.ts';

/** Reads the value of a window that ends at `to`; null when there are no samples. */
export type Measure = (series: LiveSeries, from: number, to: number) => number | null;

/** Whether a value breaches; one that fires already is held to the threshold for resolving. */
export type Check = (value: number, fires: boolean) => boolean;

const percentiles: Readonly<Partial<Record<RuleAggregation, number>>> = { p50: 50, p95: 95, p99: 99 };
const msOfASecond = 1_000;

/** How an aggregation is read from a live series, resolved before the loop. */
export function measureOf(aggregation: RuleAggregation): Measure {
  const p = percentiles[aggregation];
  if (p !== undefined) return (series, from, to) => series.percentile(p, from, to)?.value ?? null;
  if (aggregation === 'rate') {
    return (series, from, to) => {
      const summary = series.window(from, to);
      return summary && rateOf(series.kind, summary, (to - from) / msOfASecond);
    };
  }
  const read = readers[aggregation as keyof typeof readers];
  return (series, from, to) => {
    const summary = series.window(from, to);
    return summary && read(summary);
  };
}

const readers = {
  sum: (summary: WindowSummary): number => summary.sum,
  average: (summary: WindowSummary): number => (summary.count === 0 ? 0 : summary.sum / summary.count),
  min: (summary: WindowSummary): number => summary.min,
  max: (summary: WindowSummary): number => summary.max,
  count: (summary: WindowSummary): number => summary.count,
  last: (summary: WindowSummary): number => summary.last,
} as const;

// A counter's growth, a histogram's values and a gauge's change, each in a second.
function rateOf(kind: LiveSeries['kind'], summary: WindowSummary, seconds: number): number {
  if (kind === 'counter') return summary.sum / seconds;
  return kind === 'histogram' ? summary.count / seconds : (summary.last - summary.first) / seconds;
}

/** How values of a rule are judged. Rules whose samples bring their own verdict have none and answer null. */
export function checkOf(rule: AlertRule): Check | null {
  if (isThresholdRule(rule)) {
    const { threshold, condition } = rule;
    const resolved = rule.resolveThreshold ?? threshold;
    const compare = comparisons[condition];
    return (value, fires) => compare(value, fires ? resolved : threshold);
  }
  if (rule.condition === 'change') {
    const { threshold, change } = rule;
    const resolved = rule.resolveThreshold ?? threshold;
    return (value, fires) => goes(value, change.direction) > (fires ? resolved : threshold);
  }
  return null;
}

const comparisons = {
  gt: (value: number, threshold: number): boolean => value > threshold,
  gte: (value: number, threshold: number): boolean => value >= threshold,
  lt: (value: number, threshold: number): boolean => value < threshold,
  lte: (value: number, threshold: number): boolean => value <= threshold,
  eq: (value: number, threshold: number): boolean => value === threshold,
  ne: (value: number, threshold: number): boolean => value !== threshold,
} as const;

function goes(value: number, direction: Direction): number {
  if (direction === 'either') return Math.abs(value);
  return direction === 'up' ? value : -value;
}

/** How far `now` is from `earlier`. Relative to nothing, any change is the largest number there is. */
export function changeBetween(earlier: number, now: number, mode: 'absolute' | 'relative'): number {
  const difference = now - earlier;
  if (mode === 'absolute') return difference;
  if (difference === 0) return 0;
  const relative = difference / Math.abs(earlier);
  return Number.isFinite(relative) ? relative : Math.sign(difference) * Number.MAX_VALUE;
}

/** A number for people: four significant digits are enough to decide by. */
export function formatValue(value: number | null): string {
  if (value === null) return 'no value';
  return Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(4)));
}
