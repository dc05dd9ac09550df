import { formatDuration, maskSecrets } from '../kernel/index.ts';
import { stableId } from './instance.ts';
import { formatValue } from './measure.ts';
import type { GroupMember, Transition, TransitionReason } from './record.ts';
import { isCompositeRule, type AlertRule } from './rule.ts';
import type { StateChange } from './rule-runtime.ts';
import { firingSince } from './state.ts';

const msOfASecond = 1_000;

/** The entry of history about a change; null when only times within the same state moved. `ended` says that the rule itself ended. */
export function transitionOf(change: StateChange, ended: boolean): Transition | null {
  const { runtime, instance, before, after, at } = change;
  if (before.kind === after.kind) return null;
  const { rule } = runtime;
  const { value } = change;
  const reason = ended ? 'rule_ended' : reasonOf(change);
  return {
    id: stableId('tr', instance.id, at, after.kind),
    at,
    alertId: instance.id,
    rule: rule.name,
    workspaceId: rule.workspaceId,
    severity: rule.severity,
    tags: instance.tags,
    from: before.kind,
    to: after.kind,
    value,
    reason,
    message: maskSecrets(messageOf(rule, reason, value)),
  };
}

/** The alert of a change as a member of groups. */
export function memberOf({ runtime, instance, after, at }: StateChange): GroupMember {
  const { rule } = runtime;
  return {
    alertId: instance.id,
    ruleId: runtime.id,
    rule: rule.name,
    workspaceId: rule.workspaceId,
    severity: rule.severity,
    summary: rule.summary,
    runbookUrl: rule.runbookUrl,
    labels: instance.labels,
    value: instance.value,
    firingSince: firingSince(after) ?? at,
    resolvedAt: null,
    toldSince: null,
  };
}

function reasonOf({ before, after, value }: StateChange): TransitionReason {
  switch (after.kind) {
    case 'pending':
      return 'condition_holds';
    case 'firing':
      return before.kind === 'no_data' && before.fired ? 'data_back' : 'held_long_enough';
    case 'no_data':
      return 'data_lost';
    case 'resolved':
      return value === null && before.kind === 'no_data' ? 'forgotten' : 'condition_ended';
    case 'inactive':
      if (before.kind === 'resolved') return 'forgotten';
      if (before.kind === 'no_data') return value === null ? 'forgotten' : 'data_back';
      return 'condition_ended';
  }
}

function messageOf(rule: AlertRule, reason: TransitionReason, value: number | null): string {
  const found = `${subjectOf(rule)} is ${formatValue(value)}`;
  const held = formatDuration(rule.durationSeconds * msOfASecond);
  switch (reason) {
    case 'condition_holds':
      return `${found}, which meets ${conditionOf(rule)}; it fires if that holds for ${held}.`;
    case 'held_long_enough':
      return `${found}, which meets ${conditionOf(rule)} and has for ${held}.`;
    case 'condition_ended':
      return `${found}, which does not meet ${conditionOf(rule)} any more.`;
    case 'data_lost':
      return `There are no samples for ${subjectOf(rule)}.`;
    case 'data_back':
      return `There are samples again: ${found}.`;
    case 'forgotten':
      return 'Nothing was heard of it for long enough.';
    case 'rule_ended':
      return 'The rule was changed, switched off or removed.';
  }
}

function subjectOf(rule: AlertRule): string {
  if (isCompositeRule(rule)) return `the number of firing rules among ${rule.rules.join(', ')}`;
  if (rule.condition === 'burn_rate') return `the burn rate of ${rule.total.metric}`;
  const window = formatDuration(rule.windowSeconds * msOfASecond);
  return `the ${rule.aggregation} of ${rule.metric} over ${window}`;
}

/** The condition in a few words. */
function conditionOf(rule: AlertRule): string {
  if (!('threshold' in rule)) return rule.condition;
  const threshold = formatValue(rule.threshold);
  return rule.condition === 'change'
    ? `change ${rule.change.direction} by more than ${threshold} (${rule.change.mode})`
    : `${rule.condition} ${threshold}`;
}
