import { createHash } from 'node:crypto';
import type { Tags } from '../metrics/index.ts';
import { ruleIdOf, type AlertRule } from './rule.ts';
import { inactive, type AlertState } from './state.ts';

/** Names and values that routes, silences, groups and inhibitions match. */
export type Labels = Readonly<Record<string, string>>;

/** One alert: one series under one rule, or the rule as a whole. */
export class AlertInstance {
  readonly ruleId: string;
  readonly key: string;
  readonly tags: Tags;
  state: AlertState = inactive;
  /** The value of the newest evaluation, NaN when it had none: a field that is always a number is overwritten in place. */
  latest: number = Number.NaN;
  /** Since when its series is not there any more; null while it is. */
  lostAt: number | null = null;
  /** The round that saw it last; counts rounds of its rule. */
  round = 0;
  readonly #rule: AlertRule;
  // Most alerts are never anything but inactive, and nobody asks who they are.
  #id: string | undefined;
  #labels: Labels | undefined;

  constructor(rule: AlertRule, key: string, tags: Tags) {
    this.#rule = rule;
    this.ruleId = ruleIdOf(rule);
    this.key = key;
    this.tags = tags;
  }

  /** The same for the same rule and tags, in every process. */
  get id(): string {
    return (this.#id ??= stableId('alt', this.ruleId, this.key));
  }

  get labels(): Labels {
    return (this.#labels ??= labelsOf(this.#rule, this.tags));
  }

  /** Of the newest evaluation; null when it had none. */
  get value(): number | null {
    return Number.isNaN(this.latest) ? null : this.latest;
  }
}

/** Stands for "the rule finds no series at all"; no key of tags looks like it. */
export const noSeriesKey = '!';

/** The same text for the same tags, in whatever order they are written. */
export function keyOfTags(tags: Tags): string {
  const names = Object.keys(tags);
  if (names.length > 1) names.sort();
  let key = '';
  for (const name of names) key += `${JSON.stringify(name)}:${JSON.stringify(tags[name])},`;
  return key;
}

/** `${prefix}_` and 32 hexadecimal digits that depend on the parts and nothing else: whoever does the same again says the same id. */
export function stableId(prefix: string, ...parts: readonly (string | number)[]): string {
  const digest = createHash('sha256').update(JSON.stringify(parts)).digest('hex');
  return `${prefix}_${digest.slice(0, 32)}`;
}

/**
 * The labels of an alert: tags of the series, labels of the rule, and what the rule is: `alertname`, `severity`, `metric`, `workspace_id`, and
 * `series`, which is the same for all rules on one series.
 */
function labelsOf(rule: AlertRule, tags: Tags): Labels {
  const metric = 'metric' in rule ? rule.metric : null;
  return Object.freeze({
    ...tags,
    ...rule.labels,
    ...(rule.workspaceId !== null && { workspace_id: rule.workspaceId }),
    ...(metric !== null && { metric, series: `${metric}{${keyOfTags(tags)}}` }),
    alertname: rule.name,
    severity: rule.severity,
  });
}
