import type { Aggregation, Tags } from '../metrics/index.ts';

/** How bad it is. `critical` and `error` go to `sys.alert.critical`, `warning` to `sys.alert.warning`, `info` to `sys.state.update`. */
export type Severity = 'info' | 'warning' | 'error' | 'critical';

/** Every severity, from the mildest. */
export const severities: readonly Severity[] = ['info', 'warning', 'error', 'critical'];

/** How the samples of a window become one value: those of metrics, and the newest sample itself. */
export type RuleAggregation = Aggregation | 'last';

/** How a value is compared with a threshold. `eq` and `ne` compare exactly. */
export type Comparison = 'gt' | 'gte' | 'lt' | 'lte' | 'eq' | 'ne';

/**
 * What holds while a series has no samples: `keep` – the state that it has; `ok` – as if the condition did not hold; `firing` – as if it
 * held; `no_data` – a state of its own.
 */
export type MissingPolicy = 'keep' | 'ok' | 'firing' | 'no_data';

/** Which way a value has to go. */
export type Direction = 'up' | 'down' | 'either';

/** What every rule says. */
export interface RuleBase {
  /** snake_case, at most 100 characters, unique in its workspace. */
  readonly name: string;
  /** The tenant whose series are looked at (those tagged `workspace_id`), and who sees the rule; null for the installation. */
  readonly workspaceId: string | null;
  /** One sentence for the person who is alerted. */
  readonly summary: string;
  /** Where it says what to do; null when nowhere. */
  readonly runbookUrl: string | null;
  readonly severity: Severity;
  /** Added to the tags of the series to make the alert's labels, which routes, silences and groups match. */
  readonly labels: Tags;
  readonly enabled: boolean;
  /** Distance of evaluations, seconds, 1 to 3,600. Default 30. */
  readonly intervalSeconds: number;
  /** How long the condition has to hold before the alert fires, seconds. 0 fires at once. Default 300. */
  readonly durationSeconds: number;
  /** How long an alert goes on firing after its condition ceased to hold, seconds. Default 0. */
  readonly keepFiringSeconds: number;
  /** Default `no_data`. */
  readonly missing: MissingPolicy;
}

/** What a rule measures: a window over every series of a metric that carries the tags. */
export interface Measured {
  readonly metric: string;
  /** A series is looked at when it carries all of these. */
  readonly tags: Tags;
  /** Default `average`. */
  readonly aggregation: RuleAggregation;
  /** Seconds. Default 60. */
  readonly windowSeconds: number;
}

/** Holds while the window's value compares with the threshold as said. */
export interface ThresholdRule extends RuleBase, Measured {
  readonly condition: Comparison;
  readonly threshold: number;
  /** What a firing alert is compared with instead, so that it does not flap around the threshold; null for the threshold itself. */
  readonly resolveThreshold: number | null;
}

/** Holds while no series of the metric with these tags has a sample in the window. One alert for the rule. */
export interface AbsentRule extends RuleBase, Measured {
  readonly condition: 'absent';
}

/** Holds while the window differs from an earlier one of the same length by more than the threshold. */
export interface ChangeRule extends RuleBase, Measured {
  readonly condition: 'change';
  readonly change: {
    /** `absolute`: the difference. `relative`: the difference as a fraction of the earlier value, 0.5 for half as much again. */
    readonly mode: 'absolute' | 'relative';
    /** How long before the window the earlier one ended, seconds. */
    readonly earlierSeconds: number;
    /** Default `up`. */
    readonly direction: Direction;
  };
  /** Not negative; what falls by more is meant with the direction `down`. */
  readonly threshold: number;
  readonly resolveThreshold: number | null;
}

/** Holds while the window's value lies outside the band of the seasonal forecast. */
export interface AnomalyRule extends RuleBase, Measured {
  readonly condition: 'anomaly';
  readonly anomaly: {
    /** Default 86,400: a day. */
    readonly seasonSeconds: number;
    /** How much of the past is learned from, seconds. Default 14 seasons. */
    readonly pastSeconds: number;
    /** The share of ordinary values that the band is to hold. Default 0.99. */
    readonly confidence: number;
    /** Default `either`. */
    readonly direction: Direction;
  };
}

/** A metric and the tags of the series that are added up. */
export interface Selection {
  readonly metric: string;
  readonly tags: Tags;
}

/**
 * Holds while the error budget burns `threshold` times as fast as the objective allows, over a long and a short window (Google, "The Site
 * Reliability Workbook", 2018, chapter 5, "Multiwindow, Multi-Burn-Rate Alerts"). Both metrics are counters.
 */
export interface BurnRateRule extends RuleBase {
  readonly condition: 'burn_rate';
  readonly good: Selection;
  readonly total: Selection;
  /** The share of events that has to be good, below 1, such as 0.999. */
  readonly objective: number;
  /** The factor, such as 14.4. */
  readonly threshold: number;
  /** Default 3,600. */
  readonly longWindowSeconds: number;
  /** Default a twelfth of the long one. */
  readonly shortWindowSeconds: number;
  /** One alert for each combination of values of these tags; none makes one alert. */
  readonly by: readonly string[];
}

/** Holds while all, or any, of other rules of the workspace fire. */
export interface CompositeRule extends RuleBase {
  readonly condition: 'all' | 'any';
  /** Names of the others. */
  readonly rules: readonly string[];
  /** One alert for each combination of values of these tags among the alerts of the others; none makes one alert. */
  readonly by: readonly string[];
}

/** A rule that looks at single series of one metric. */
export type MetricRule = ThresholdRule | AbsentRule | ChangeRule | AnomalyRule;

/** A rule as it holds: checked, with every default in its place. `condition` tells the kinds apart. */
export type AlertRule = MetricRule | BurnRateRule | CompositeRule;

type Loose<Base, Keys extends keyof Base> = Omit<Base, Keys> & Partial<Pick<Base, Keys>>;
type Draft<Rule extends RuleBase, Keys extends keyof Rule = never> = Loose<
  Rule,
  Exclude<keyof RuleBase, 'name'> | Keys
>;
type Windowed = 'tags' | 'aggregation' | 'windowSeconds';

/** A rule as it is written; what has a default may be left out. */
export type AlertRuleDraft =
  | Draft<ThresholdRule, Windowed | 'resolveThreshold'>
  | Draft<AbsentRule, Windowed>
  | (Draft<Omit<ChangeRule, 'change'>, Windowed | 'resolveThreshold'> & {
      readonly change: Loose<ChangeRule['change'], 'mode' | 'direction'>;
    })
  | (Draft<Omit<AnomalyRule, 'anomaly'>, Windowed> & { readonly anomaly?: Partial<AnomalyRule['anomaly']> })
  | (Draft<Omit<BurnRateRule, 'good' | 'total'>, 'longWindowSeconds' | 'shortWindowSeconds' | 'by'> & {
      readonly good: Loose<Selection, 'tags'>;
      readonly total: Loose<Selection, 'tags'>;
    })
  | Draft<CompositeRule, 'by'>;

/** Names a rule among all workspaces. */
export interface RuleReference {
  readonly name: string;
  readonly workspaceId?: string | null | undefined;
}

/** The one text that stands for a rule in stores and logs: its name, after its workspace if it has one. */
export function ruleIdOf({ name, workspaceId }: RuleReference): string {
  return workspaceId === null || workspaceId === undefined ? name : `${workspaceId}/${name}`;
}

const comparisons: ReadonlySet<string> = new Set<Comparison>(['gt', 'gte', 'lt', 'lte', 'eq', 'ne']);

/** Whether the rule compares a value with a threshold. */
export function isThresholdRule(rule: AlertRule): rule is ThresholdRule {
  return comparisons.has(rule.condition);
}

/** Whether the rule looks at other rules. */
export function isCompositeRule(rule: AlertRule): rule is CompositeRule {
  return rule.condition === 'all' || rule.condition === 'any';
}
