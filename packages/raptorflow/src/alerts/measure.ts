import type { LiveSeries, WindowSummary } from '../metrics/index.ts';
import {
  isThresholdRule,
  type AlertRule,
  type Comparison,
  type Direction,
  type RuleAggregation,
} from './rule.ts';

/**
 * Reads the value of a window into the first place of `out`; false when there are no samples. Numbers that functions return or take are objects to
 * the machine unless it inlines them, and this is called for every series in every round.
 */
export type Measure = (series: LiveSeries, from: number, to: number, out: Float64Array) => boolean;

/** Whether the value in the first place breaches; one that fires already is held to the threshold for resolving. */
export type Check = (value: Float64Array, fires: boolean) => boolean;

const percentiles: Readonly<Partial<Record<RuleAggregation, number>>> = { p50: 50, p95: 95, p99: 99 };
const msOfASecond = 1_000;

/** How an aggregation is read from a live series, resolved before the loop. */
export function measureOf(aggregation: RuleAggregation): Measure {
  const p = percentiles[aggregation];
  if (p !== undefined) {
    return (series, from, to, out) => {
      const found = series.percentile(p, from, to);
      if (found) out[0] = found.value;
      return found !== null;
    };
  }
  if (aggregation === 'rate') {
    return (series, from, to, out) => {
      const summary = series.window(from, to);
      if (summary) out[0] = rateOf(series.kind, summary, (to - from) / msOfASecond);
      return summary !== null;
    };
  }
  const write = writers[aggregation as keyof typeof writers];
  return (series, from, to, out) => {
    const summary = series.window(from, to);
    if (summary) write(summary, out);
    return summary !== null;
  };
}

/** The value of a window, or null; for callers that are not in a hurry. */
export function readOnce(measure: Measure, series: LiveSeries, from: number, to: number): number | null {
  const out = new Float64Array(1);
  return measure(series, from, to, out) ? (out[0] ?? null) : null;
}

type Writer = (summary: WindowSummary, out: Float64Array) => void;

const writers: Readonly<Record<'sum' | 'average' | 'min' | 'max' | 'count' | 'last', Writer>> = {
  sum: (summary, out) => void (out[0] = summary.sum),
  average: (summary, out) => void (out[0] = summary.count === 0 ? 0 : summary.sum / summary.count),
  min: (summary, out) => void (out[0] = summary.min),
  max: (summary, out) => void (out[0] = summary.max),
  count: (summary, out) => void (out[0] = summary.count),
  last: (summary, out) => void (out[0] = summary.last),
};

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
    // Two numbers to compare with, and not one that is chosen: a choice would be a number that is passed on.
    const [begins, goesOn] = [compare(threshold), compare(resolved)];
    return (value, fires) => (fires ? goesOn(value) : begins(value));
  }
  if (rule.condition === 'change') {
    const { threshold, change } = rule;
    const resolved = rule.resolveThreshold ?? threshold;
    return (value, fires) => goes(value[0] ?? 0, change.direction) > (fires ? resolved : threshold);
  }
  return null;
}

type Comparing = (threshold: number) => (value: Float64Array) => boolean;

const comparisons: Readonly<Record<Comparison, Comparing>> = {
  gt: (threshold) => (value) => (value[0] ?? 0) > threshold,
  gte: (threshold) => (value) => (value[0] ?? 0) >= threshold,
  lt: (threshold) => (value) => (value[0] ?? 0) < threshold,
  lte: (threshold) => (value) => (value[0] ?? 0) <= threshold,
  eq: (threshold) => (value) => value[0] === threshold,
  ne: (threshold) => (value) => value[0] !== threshold,
};

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
