import type { WireAlertRuleDraft, WireMetricInfo } from '@raptorflow/contract';
import { alertRuleDraftSchema } from '@raptorflow/contract';
import { assert, constantFrom, integer, property } from 'fast-check';
import { describe, expect, it } from 'vitest';

import {
  aggregationsFor,
  draftOfForm,
  formOfRule,
  hasResolveThreshold,
  namesIn,
  newRule,
  type RuleForm,
  withCondition,
  withMetric,
} from './rule-form.ts';

const info: WireMetricInfo = {
  name: 'm',
  type: 'gauge',
  unit: '1',
  description: '',
  category: 'system',
  aggregations: [],
  series: 1,
  folded: 0,
  tag_names: [],
};

const base = {
  name: 'a_rule',
  summary: 'Something is wrong.',
  severity: 'error',
  labels: { team: 'core' },
  runbook_url: 'https://example.com/runbook',
  enabled: true,
  interval_seconds: 15,
  duration_seconds: 120,
  keep_firing_seconds: 60,
  missing: 'ok',
} as const;
const measured = {
  ...base,
  metric: 'http_request_ms',
  tags: { route: '/a' },
  aggregation: 'p95',
  window_seconds: 90,
} as const;

const rules: readonly WireAlertRuleDraft[] = [
  { ...measured, condition: 'gt', threshold: 500, resolve_threshold: 450 },
  { ...measured, condition: 'lte', threshold: 0.25, resolve_threshold: null },
  { ...measured, condition: 'eq', threshold: 0, resolve_threshold: null },
  { ...measured, condition: 'absent' },
  {
    ...measured,
    condition: 'change',
    threshold: 0.29,
    resolve_threshold: 0.1,
    change: { mode: 'relative', earlier_seconds: 3_600, direction: 'either' },
  },
  {
    ...measured,
    condition: 'change',
    threshold: 40,
    resolve_threshold: null,
    change: { mode: 'absolute', earlier_seconds: 86_400, direction: 'down' },
  },
  {
    ...measured,
    condition: 'anomaly',
    anomaly: { season_seconds: 86_400, past_seconds: 1_209_600, confidence: 0.995, direction: 'up' },
  },
  {
    ...base,
    condition: 'burn_rate',
    good: { metric: 'answers', tags: { ok: 'yes' } },
    total: { metric: 'answers', tags: {} },
    objective: 0.999,
    threshold: 14.4,
    long_window_seconds: 3_600,
    short_window_seconds: 300,
    by: ['route'],
  },
  { ...base, condition: 'all', rules: ['a', 'b'], by: [] },
  { ...base, condition: 'any', rules: ['a'], by: ['host', 'route'] },
];

describe('the form of a rule', () => {
  it.each(rules)('comes back as it went: $condition', (rule) => {
    const draft = draftOfForm(formOfRule(rule), true);
    expect(draft).toEqual(rule);
    expect(alertRuleDraftSchema.safeParse(draft).success).toBe(true);
  });

  it('says only what its condition needs, whatever the other fields hold', () => {
    const full: RuleForm = {
      ...newRule,
      name: 'a',
      metric: 'm',
      threshold: '1',
      members: ['b'],
      goodMetric: 'g',
    };
    const fields = (condition: RuleForm['condition']) =>
      Object.keys(draftOfForm({ ...full, condition }, false));
    expect(fields('absent')).not.toContain('threshold');
    expect(fields('gt')).not.toContain('rules');
    expect(fields('any')).not.toContain('metric');
    expect(fields('burn_rate')).not.toContain('window_seconds');
    expect(
      draftOfForm({ ...full, condition: 'eq', resolveThreshold: '5' }, false).resolve_threshold,
    ).toBeNull();
  });

  it('leaves to the server what may be left out', () => {
    const anomaly = draftOfForm({ ...newRule, condition: 'anomaly' }, false).anomaly;
    expect(anomaly).toEqual({ season_seconds: 86_400, confidence: 0.99, direction: 'either' });
    expect(draftOfForm({ ...newRule, condition: 'burn_rate' }, false)).not.toHaveProperty(
      'short_window_seconds',
    );
    expect(formOfRule({ name: 'a', condition: 'gt', metric: 'm', threshold: 1 })).toEqual({
      ...newRule,
      name: 'a',
      metric: 'm',
      threshold: '1',
    });
  });

  it('carries percent without dust', () => {
    assert(
      property(
        integer({ min: 0, max: 100_000 }),
        constantFrom<'relative' | 'absolute'>('relative', 'absolute'),
        (n, mode) => {
          const change = { mode, earlier_seconds: 60, direction: 'up' as const };
          const rule = {
            ...measured,
            condition: 'change' as const,
            threshold: n / 1_000,
            resolve_threshold: null,
            change,
          };
          expect(draftOfForm(formOfRule(rule), true).threshold).toBe(n / 1_000);
        },
      ),
    );
  });

  it('knows which conditions can resolve elsewhere, and reads names', () => {
    expect((['gt', 'eq', 'change', 'absent'] as const).map(hasResolveThreshold)).toEqual([
      true,
      false,
      true,
      false,
    ]);
    expect(namesIn(' host, route  status ')).toEqual(['host', 'route', 'status']);
  });

  it('sums another metric up as says most about it', () => {
    const metric = (aggregations: string[]) => ({ ...info, aggregations });
    const summed = (aggregations: string[]) => withMetric(newRule, 'm', metric(aggregations)).aggregation;
    expect([summed(['average', 'max']), summed(['count', 'p50', 'p95']), summed(['p42'])]).toEqual([
      'average',
      'p95',
      'average',
    ]);
    expect(withMetric(newRule, 'unknown', undefined)).toEqual({ ...newRule, metric: 'unknown' });
    expect(aggregationsFor(metric(['p95', 'p42'])).slice(0, 2)).toEqual(['p95', 'average']);
  });

  it('gives a forecast windows that it can learn from, unless somebody chose others', () => {
    expect(withCondition(newRule, 'anomaly').window).toBe('10 min');
    expect(withCondition(withCondition(newRule, 'anomaly'), 'gt').window).toBe('1 min');
    expect(withCondition({ ...newRule, window: '5 min' }, 'anomaly').window).toBe('5 min');
  });
});
