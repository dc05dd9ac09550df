/** Rules in words: what they watch, and values in the unit that they judge. */
import type { WireAlertCondition, WireAlertRuleDraft, WireMetricInfo } from '@raptorflow/contract';

import { metricFormat } from '../../format/metric.ts';
import { countOf, formatBytes, formatPercent } from '../../format/number.ts';
import { formatSpan } from '../../format/time.ts';

/** Writes a value. */
export type ValueFormat = (value: number) => string;

/** What a rule looks at: a metric, an objective for good events, or other rules. */
export type RuleSource = 'metric' | 'objective' | 'rules';

/** What a condition looks at. */
export function sourceOf(condition: WireAlertCondition): RuleSource {
  if (condition === 'burn_rate') return 'objective';
  return condition === 'all' || condition === 'any' ? 'rules' : 'metric';
}

/** Whether a value is compared with a threshold. */
export function isComparison(condition: WireAlertCondition): condition is Comparison {
  return condition in comparisons;
}

type Comparison = Extract<WireAlertCondition, 'gt' | 'gte' | 'lt' | 'lte' | 'eq' | 'ne'>;

const comparisons: Readonly<Record<Comparison, string>> = {
  gt: 'is above',
  gte: 'is at or above',
  lt: 'is below',
  lte: 'is at or below',
  eq: 'is exactly',
  ne: 'is anything but',
};

/** Conditions in words, by what they look at. */
export const conditionWords: Readonly<Record<WireAlertCondition, string>> = {
  gt: 'is above a threshold',
  gte: 'is at or above a threshold',
  lt: 'is below a threshold',
  lte: 'is at or below a threshold',
  eq: 'is exactly a number',
  ne: 'is anything but a number',
  absent: 'has no samples at all',
  change: 'changes over time',
  anomaly: 'is unlike what it usually is at this time',
  burn_rate: 'burns its error budget too fast',
  all: 'all of them fire',
  any: 'any of them fires',
};

/** The unit of a metric summed up: counts have none, rates are a second's. */
export function unitOf(metric: WireMetricInfo | undefined, aggregation: string | undefined): string {
  if (metric === undefined || aggregation === 'count') return '1';
  return aggregation === 'rate' ? `${metric.unit}/s` : metric.unit;
}

/** How values of a rule are written: in its metric's unit where that is known. */
export function valueFormat(
  rule: Pick<WireAlertRuleDraft, 'condition' | 'metric' | 'aggregation' | 'change'>,
  metrics: readonly WireMetricInfo[],
): ValueFormat {
  if (rule.condition === 'burn_rate') return (value) => `${plainNumber(value)}×`;
  if (sourceOf(rule.condition) === 'rules') return (value) => countOf(value, 'rule');
  if (rule.condition === 'change' && rule.change?.mode !== 'absolute') return relativeChange;
  return metricFormat(
    unitOf(
      metrics.find(({ name }) => name === rule.metric),
      rule.aggregation,
    ),
  );
}

// Compared with nothing, any change is as large as a number can be.
function relativeChange(value: number): string {
  return Math.abs(value) > 1e12 ? 'from nothing' : formatPercent(value);
}

/** The threshold with every digit that decides, in the unit that the rule judges. */
export function thresholdWords(rule: WireAlertRuleDraft, metrics: readonly WireMetricInfo[]): string {
  const { condition, threshold = 0 } = rule;
  if (condition === 'burn_rate') return `${plainNumber(threshold)}×`;
  if (condition === 'change' && rule.change?.mode !== 'absolute') return percentWords(threshold);
  const unit = unitOf(
    metrics.find(({ name }) => name === rule.metric),
    rule.aggregation,
  );
  const perSecond = unit.endsWith('/s') ? '/s' : '';
  const amount = perSecond === '' ? unit : unit.slice(0, -2);
  if (amount === 'micro_usd') return `$${plainNumber(threshold / 1_000_000)}${perSecond}`;
  if (amount === 'bytes') return `${formatBytes(threshold)}${perSecond}`;
  const written =
    amount === 'ms' || amount === 's' ? `${plainNumber(threshold)} ${amount}` : plainNumber(threshold);
  return `${written}${perSecond}`;
}

const plain = new Intl.NumberFormat('en-US', { maximumSignificantDigits: 12 });

/** A number with all its digits: "1,204", "14.4", "0.995". */
function plainNumber(value: number): string {
  return plain.format(value);
}

const directionWords = { up: 'rises', down: 'falls', either: 'moves' } as const;

/** The condition as a sentence without an end: "p95 of http_request_ms over 1 min is above 500 ms". */
export function ruleSentence(rule: WireAlertRuleDraft, metrics: readonly WireMetricInfo[]): string {
  const { condition } = rule;
  const threshold = thresholdWords(rule, metrics);
  const metric = rule.metric ?? 'the metric';
  const window = formatSpan(rule.window_seconds ?? 60);
  const subject = `${rule.aggregation ?? 'average'} of ${metric} over ${window}`;
  if (isComparison(condition)) return `${subject} ${comparisons[condition]} ${threshold}`;
  switch (condition) {
    case 'absent':
      return `${metric} has no samples for ${window}`;
    case 'change': {
      const { direction = 'up', earlier_seconds: earlier = 0 } = rule.change ?? {};
      return `${subject} ${directionWords[direction]} by more than ${threshold} within ${formatSpan(earlier)}`;
    }
    case 'anomaly':
      return `${subject} is unlike what it usually is`;
    case 'burn_rate':
      return `the error budget of ${rule.total?.metric ?? 'the events'} burns more than ${threshold} as fast as an objective of ${percentWords(rule.objective ?? 0)} allows`;
    case 'all':
    case 'any':
      return `${condition} of ${(rule.rules ?? []).join(', ')} ${condition === 'all' ? 'fire' : 'fires'}`;
  }
}

/** 0.999 → "99.9 %", with every digit that an objective has. */
function percentWords(fraction: number): string {
  return `${Number((fraction * 100).toPrecision(8))} %`;
}
