import type { AlertRule, AlertRuleDraft, Alerts } from 'raptorflow/alerts';
import { describe, expect, it } from 'vitest';
import { defaultRulesWith, putRules } from './host-rules.ts';

const alerts = { cpuThreshold: 70, memoryThreshold: 3, durationSeconds: 60, webhookUrl: null };

/** Rules that only remember. */
function book(rules: readonly AlertRuleDraft[] = []): {
  readonly put: AlertRuleDraft[];
  readonly rules: Pick<Alerts['rules'], 'list' | 'put'>;
} {
  const put: AlertRuleDraft[] = [];
  return {
    put,
    rules: {
      list: () =>
        rules.map((rule) => ({ rule: rule as AlertRule })) as unknown as ReturnType<Alerts['rules']['list']>,
      put: async (rule) => {
        put.push(rule);
        return rule as AlertRule;
      },
    },
  };
}

const named = (rules: readonly AlertRuleDraft[], name: string): AlertRuleDraft | undefined =>
  rules.find((rule) => rule.name === name);

describe('the rules of an installation', () => {
  it('begin as the default ones, those of the machine as raptor.ini says', async () => {
    const { put, rules } = book();
    await putRules(rules, { config: { alerts }, configFile: null });
    expect(put.length).toBeGreaterThan(5);
    expect(named(put, 'host_cpu_high')).toMatchObject({
      threshold: 70,
      resolveThreshold: 65,
      durationSeconds: 60,
    });
    expect(named(put, 'host_memory_high')).toMatchObject({ threshold: 3, resolveThreshold: 0 });
  });

  it('follow a file that has changed, and nothing else', async () => {
    const before = defaultRulesWith({ ...alerts, cpuThreshold: 90 });
    const { put, rules } = book(before);
    await putRules(rules, { config: { alerts }, configFile: '/etc/raptor.ini' });
    expect(put.map(({ name }) => name)).toEqual(['host_cpu_high']);
    const same = book(defaultRulesWith(alerts));
    await putRules(same.rules, { config: { alerts }, configFile: '/etc/raptor.ini' });
    expect(same.put).toEqual([]);
  });

  it('stand as somebody changed them where there is no file', async () => {
    const { put, rules } = book(defaultRulesWith({ ...alerts, cpuThreshold: 99 }));
    await putRules(rules, { config: { alerts }, configFile: null });
    expect(put).toEqual([]);
  });
});
