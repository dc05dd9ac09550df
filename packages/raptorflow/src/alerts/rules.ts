import type { AlertRules, RuleReport } from './alerts.ts';
import { isAskedFor, type Registry } from './registry.ts';
import { ruleIdOf, type AlertRule } from './rule.ts';
import type { Entry } from './rule-book.ts';
import { parseAlertRule } from './rule-schema.ts';
import type { StateChange } from './rule-runtime.ts';

/** The calls about rules. */
export function rulesOver(registry: Registry): AlertRules {
  const { book, clock, journal, telling } = registry;
  return {
    put: (draft) =>
      registry.change(() => {
        const rule = parseAlertRule(draft);
        book.check(rule);
        const id = ruleIdOf(rule);
        const before = book.get(id);
        const isSame = before !== undefined && decides(before.runtime.rule) === decides(rule);
        if (before && !isSame) end(registry, before);
        const { runtime } = book.put(rule);
        if (before && isSame) {
          for (const { key, tags, state, value } of before.runtime.instances.values()) {
            const instance = runtime.restore(key, tags, state, value);
            if (telling.firingAlert(instance.id)) telling.restoreFiring(runtime, instance);
          }
          runtime.evaluatedAt = before.runtime.evaluatedAt;
        } else {
          // It is looked at first when its next interval begins, also if the process is started anew before that.
          const evaluatedAt = Math.floor(clock.now() / runtime.intervalMs) * runtime.intervalMs;
          runtime.evaluatedAt = evaluatedAt;
          journal.put({ kind: 'evaluation', key: id, body: { ruleId: id, evaluatedAt } });
        }
        journal.put({ kind: 'rule', key: id, body: rule });
        return rule;
      }),
    remove: (reference) =>
      registry.change(() => {
        const id = ruleIdOf(reference);
        const entry = book.get(id);
        if (!entry) return false;
        book.checkRemoval(id);
        end(registry, entry);
        journal.remove('rule', id);
        journal.remove('evaluation', id);
        return book.remove(id);
      }),
    get: (reference) =>
      registry.read(() => {
        const entry = book.get(ruleIdOf(reference));
        return entry && reportOf(entry);
      }),
    list: (filter = {}) =>
      registry.read(() =>
        [...book.all()]
          .filter(({ runtime }) => isAskedFor(runtime.rule.workspaceId, filter))
          .map(reportOf)
          .sort((a, b) => (ruleIdOf(a.rule) < ruleIdOf(b.rule) ? -1 : 1)),
      ),
  };
}

/** Everything of a rule but the texts for people, as one text. */
function decides({ summary: _summary, runbookUrl: _runbookUrl, ...rest }: AlertRule): string {
  return JSON.stringify(rest);
}

function end({ telling, clock }: Registry, entry: Entry): void {
  const changes: StateChange[] = [];
  entry.runtime.end(clock.now(), changes);
  telling.apply(changes, true);
}

function reportOf({ runtime }: Entry): RuleReport {
  const { rule, evaluatedAt, failure, seriesLeftOut } = runtime;
  const counts = { pending: 0, firing: 0, no_data: 0, resolved: 0, inactive: 0 };
  for (const { state } of runtime.instances.values()) counts[state.kind] += 1;
  const { pending, firing, no_data: noData } = counts;
  return { rule, evaluatedAt, failure, seriesLeftOut, pending, firing, noData };
}
