/** An alert rule as its form holds it, and as the wire wants it. */
import type {
  WireAlertCondition,
  WireAlertRuleDraft,
  WireAlertSeverity,
  WireMetricInfo,
} from '@raptorflow/contract';

import { parseSpan } from '../../format/span.ts';
import { formatSpan } from '../../format/time.ts';
import { aggregationOf } from '../metrics/metric-choice.ts';
import { isComparison, sourceOf } from './rule-words.ts';
import { readTagLines, tagLines } from './tag-lines.ts';

/** What to make of a series without samples. */
export type MissingPolicy = NonNullable<WireAlertRuleDraft['missing']>;
/** Which way a value has to go. */
export type Direction = NonNullable<NonNullable<WireAlertRuleDraft['change']>['direction']>;

/** What the form holds: text in every field, spans as people type them, shares in percent, tags one a line. */
export interface RuleForm {
  readonly name: string;
  readonly summary: string;
  readonly severity: WireAlertSeverity;
  readonly labels: string;
  readonly runbook: string;
  readonly condition: WireAlertCondition;
  readonly metric: string;
  readonly tags: string;
  readonly aggregation: string;
  readonly window: string;
  /** Percent for relative changes, else in the unit of the metric. */
  readonly threshold: string;
  readonly resolveThreshold: string;
  readonly duration: string;
  readonly keepFiring: string;
  readonly interval: string;
  readonly missing: MissingPolicy;
  readonly changeMode: 'relative' | 'absolute';
  readonly changeEarlier: string;
  readonly changeDirection: Direction;
  readonly season: string;
  readonly past: string;
  readonly confidence: string;
  readonly anomalyDirection: Direction;
  readonly goodMetric: string;
  readonly goodTags: string;
  readonly totalMetric: string;
  readonly totalTags: string;
  readonly objective: string;
  readonly longWindow: string;
  readonly shortWindow: string;
  readonly members: readonly string[];
  readonly by: string;
}

/** The form of a new rule: what the server supplies where nothing is said. */
export const newRule: RuleForm = {
  name: '',
  summary: '',
  severity: 'warning',
  labels: '',
  runbook: '',
  condition: 'gt',
  metric: '',
  tags: '',
  aggregation: 'average',
  window: '1 min',
  threshold: '',
  resolveThreshold: '',
  duration: '5 min',
  keepFiring: '0 s',
  interval: '30 s',
  missing: 'no_data',
  changeMode: 'relative',
  changeEarlier: '1 h',
  changeDirection: 'up',
  season: '1 d',
  past: '',
  confidence: '99',
  anomalyDirection: 'either',
  goodMetric: '',
  goodTags: '',
  totalMetric: '',
  totalTags: '',
  objective: '99.9',
  longWindow: '1 h',
  shortWindow: '',
  members: [],
  by: '',
};

/** The form of a rule that there is. */
export function formOfRule(rule: WireAlertRuleDraft): RuleForm {
  const span = (seconds: number | undefined, otherwise: string) =>
    seconds === undefined ? otherwise : formatSpan(seconds);
  const isPercent = rule.condition === 'change' && rule.change?.mode !== 'absolute';
  const judged = (value: number | null | undefined) =>
    value === null || value === undefined ? '' : isPercent ? percentOf(value) : String(value);
  return {
    ...newRule,
    name: rule.name,
    summary: rule.summary ?? '',
    severity: rule.severity ?? newRule.severity,
    labels: tagLines(rule.labels),
    runbook: rule.runbook_url ?? '',
    condition: rule.condition,
    metric: rule.metric ?? '',
    tags: tagLines(rule.tags),
    aggregation: rule.aggregation ?? newRule.aggregation,
    window: span(rule.window_seconds, usualWindow(rule.condition)),
    threshold: judged(rule.threshold),
    resolveThreshold: judged(rule.resolve_threshold),
    duration: span(rule.duration_seconds, newRule.duration),
    keepFiring: span(rule.keep_firing_seconds, newRule.keepFiring),
    interval: span(rule.interval_seconds, newRule.interval),
    missing: rule.missing ?? newRule.missing,
    changeMode: rule.change?.mode ?? newRule.changeMode,
    changeEarlier: span(rule.change?.earlier_seconds, newRule.changeEarlier),
    changeDirection: rule.change?.direction ?? newRule.changeDirection,
    season: span(rule.anomaly?.season_seconds, newRule.season),
    past: span(rule.anomaly?.past_seconds, newRule.past),
    confidence:
      rule.anomaly?.confidence === undefined ? newRule.confidence : percentOf(rule.anomaly.confidence),
    anomalyDirection: rule.anomaly?.direction ?? newRule.anomalyDirection,
    goodMetric: rule.good?.metric ?? '',
    goodTags: tagLines(rule.good?.tags),
    totalMetric: rule.total?.metric ?? '',
    totalTags: tagLines(rule.total?.tags),
    objective: rule.objective === undefined ? newRule.objective : percentOf(rule.objective),
    longWindow: span(rule.long_window_seconds, newRule.longWindow),
    shortWindow: span(rule.short_window_seconds, newRule.shortWindow),
    members: rule.rules ?? [],
    by: (rule.by ?? []).join(', '),
  };
}

/** The rule that a form without problems says; only what its condition needs. */
export function draftOfForm(form: RuleForm, enabled: boolean): WireAlertRuleDraft {
  return {
    name: form.name.trim(),
    summary: form.summary.trim(),
    severity: form.severity,
    labels: readTagLines(form.labels).tags ?? {},
    runbook_url: form.runbook.trim() === '' ? null : form.runbook.trim(),
    enabled,
    condition: form.condition,
    duration_seconds: spanOf(form.duration),
    keep_firing_seconds: spanOf(form.keepFiring),
    interval_seconds: spanOf(form.interval),
    missing: form.missing,
    ...watchedIn(form),
    ...conditionIn(form),
  };
}

/** What the rule looks at. */
function watchedIn(form: RuleForm): Partial<WireAlertRuleDraft> {
  switch (sourceOf(form.condition)) {
    case 'objective':
      return {
        good: { metric: form.goodMetric.trim(), tags: readTagLines(form.goodTags).tags ?? {} },
        total: { metric: form.totalMetric.trim(), tags: readTagLines(form.totalTags).tags ?? {} },
        by: namesIn(form.by),
      };
    case 'rules':
      return { rules: [...form.members], by: namesIn(form.by) };
    case 'metric':
      return {
        metric: form.metric.trim(),
        tags: readTagLines(form.tags).tags ?? {},
        aggregation: form.aggregation,
        window_seconds: spanOf(form.window),
      };
  }
}

/** When it holds. */
function conditionIn(form: RuleForm): Partial<WireAlertRuleDraft> {
  const { condition } = form;
  const judged = isRelative(form) ? shareOf : Number;
  const resolve = form.resolveThreshold.trim() === '' ? null : judged(form.resolveThreshold);
  if (isComparison(condition)) {
    return {
      threshold: judged(form.threshold),
      resolve_threshold: hasResolveThreshold(condition) ? resolve : null,
    };
  }
  if (condition === 'change') {
    return {
      threshold: judged(form.threshold),
      resolve_threshold: resolve,
      change: {
        mode: form.changeMode,
        earlier_seconds: spanOf(form.changeEarlier),
        direction: form.changeDirection,
      },
    };
  }
  if (condition === 'anomaly') {
    return {
      anomaly: {
        season_seconds: spanOf(form.season),
        confidence: shareOf(form.confidence),
        direction: form.anomalyDirection,
        ...(form.past.trim() === '' ? {} : { past_seconds: spanOf(form.past) }),
      },
    };
  }
  if (condition === 'burn_rate') {
    return {
      threshold: Number(form.threshold),
      objective: shareOf(form.objective),
      long_window_seconds: spanOf(form.longWindow),
      ...(form.shortWindow.trim() === '' ? {} : { short_window_seconds: spanOf(form.shortWindow) }),
    };
  }
  return {};
}

/** Aggregations that a rule can sum up with. */
const aggregations = ['average', 'sum', 'min', 'max', 'count', 'rate', 'p50', 'p95', 'p99', 'last'] as const;

/** The ways of summing up a metric: those worth showing first, then the others. */
export function aggregationsFor(metric: WireMetricInfo | undefined): string[] {
  const worth = (metric?.aggregations ?? []).filter((name) =>
    (aggregations as readonly string[]).includes(name),
  );
  return [...new Set([...worth, ...aggregations])];
}

/** The form about another metric; summed up as before where that says something about the new one. */
export function withMetric(form: RuleForm, name: string, metric: WireMetricInfo | undefined): RuleForm {
  if (metric === undefined || metric.aggregations.includes(form.aggregation))
    return { ...form, metric: name };
  const [best = newRule.aggregation] = aggregationsFor({
    ...metric,
    aggregations: [aggregationOf(metric, undefined)],
  });
  return { ...form, metric: name, aggregation: best };
}

/** The form with another condition; a window that was never touched becomes the one that the condition goes with. */
export function withCondition(form: RuleForm, condition: WireAlertCondition): RuleForm {
  const before = usualWindow(form.condition);
  const window = form.window === before ? usualWindow(condition) : form.window;
  return { ...form, condition, window };
}

// A forecast over windows of a minute would have to learn from more of them than it may.
function usualWindow(condition: WireAlertCondition): string {
  return condition === 'anomaly' ? '10 min' : newRule.window;
}

/** Whether thresholds are percent: changes relative to what was before. */
export function isRelative({ condition, changeMode }: Pick<RuleForm, 'condition' | 'changeMode'>): boolean {
  return condition === 'change' && changeMode === 'relative';
}

/** Whether a firing alert can be held to another threshold than the one that made it fire. */
export function hasResolveThreshold(condition: WireAlertCondition): boolean {
  return condition === 'change' || (isComparison(condition) && condition !== 'eq' && condition !== 'ne');
}

/** Names in one line, with commas or spaces between them. */
export function namesIn(text: string): string[] {
  return text.split(/[\s,]+/u).filter(Boolean);
}

// A form with a problem in a span is never sent; nothing stands for it.
function spanOf(text: string): number {
  return parseSpan(text) ?? 0;
}

/** "99.9" → 0.999, without the dust of binary fractions. */
function shareOf(percent: string): number {
  return Number((Number(percent) / 100).toPrecision(12));
}

function percentOf(share: number): string {
  return String(Number((share * 100).toPrecision(12)));
}
