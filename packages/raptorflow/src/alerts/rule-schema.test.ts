import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseAlertRule } from './rule-schema.ts';
import { ruleIdOf, type AlertRuleDraft } from './rule.ts';

const measured = { name: 'queue_long', metric: 'queue_length' };
const drafts: readonly AlertRuleDraft[] = [
  { ...measured, condition: 'gt', threshold: 10, resolveThreshold: 5 },
  { ...measured, condition: 'absent' },
  { ...measured, condition: 'change', threshold: 1, change: { earlierSeconds: 60 } },
  { ...measured, condition: 'anomaly' },
  {
    name: 'slo',
    condition: 'burn_rate',
    good: { metric: 'good' },
    total: { metric: 'total' },
    objective: 0.99,
    threshold: 14.4,
  },
  { name: 'both', condition: 'all', rules: ['a', 'b'] },
];

describe('a rule', () => {
  it('gets its defaults, and is the same when it is read again', () => {
    for (const draft of drafts) {
      const rule = parseAlertRule(draft);
      expect(rule).toMatchObject({
        severity: 'warning',
        durationSeconds: 300,
        intervalSeconds: 30,
        missing: 'no_data',
      });
      expect(parseAlertRule(JSON.parse(JSON.stringify(rule)))).toEqual(rule);
      expect(Object.isFrozen(rule)).toBe(true);
    }
    expect(parseAlertRule(drafts[3])).toMatchObject({
      windowSeconds: 600,
      anomaly: { pastSeconds: 14 * 86_400 },
    });
    expect(parseAlertRule(drafts[4])).toMatchObject({ shortWindowSeconds: 300 });
  });

  it('is described field by field in the reference', () => {
    const page = readFileSync(new URL('../../../../docs/reference/alert-rules.md', import.meta.url), 'utf8');
    for (const draft of drafts) {
      for (const field of Object.keys(parseAlertRule(draft))) expect(page).toContain(`\`${field}\``);
      expect(page).toContain(`\`${draft.condition}\``);
    }
  });

  it.each([
    ['a name that is no name', { ...drafts[0], name: 'Queue long' }],
    ['an unknown field', { ...drafts[0], for: 3 }],
    ['an unknown condition', { ...drafts[0], condition: 'above' }],
    ['a threshold that is no number', { ...drafts[0], threshold: Number.NaN }],
    ['a threshold for resolving on the wrong side', { ...drafts[0], resolveThreshold: 11 }],
    ['one with eq', { ...drafts[0], condition: 'eq' }],
    ['an interval that is too short', { ...drafts[0], intervalSeconds: 0.5 }],
    ['a runbook that is no web address', { ...drafts[0], runbookUrl: 'javascript:alert(1)' }],
    ['a season that is no whole number of windows', { ...drafts[3], windowSeconds: 7 }],
    ['a past that is too long to learn from', { ...drafts[3], windowSeconds: 10 }],
    ['an objective of everything', { ...drafts[4], objective: 1 }],
    ['a short window that is longer', { ...drafts[4], longWindowSeconds: 60, shortWindowSeconds: 61 }],
    ['a rule of itself', { ...drafts[5], rules: ['both'] }],
  ])('is refused with %s', (_what, draft) => {
    expect(() => parseAlertRule(draft)).toThrow(expect.objectContaining({ code: 'invalid_input' }));
  });

  it('is named by its workspace and name', () => {
    expect(ruleIdOf({ name: 'a' })).toBe('a');
    expect(ruleIdOf({ name: 'a', workspaceId: 'ws_1' })).toBe('ws_1/a');
  });
});
