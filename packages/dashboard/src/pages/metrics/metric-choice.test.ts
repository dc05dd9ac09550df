import type { WireMetricInfo } from '@raptorflow/contract';
import { describe, expect, it } from 'vitest';

import { aggregationOf, matching, spanOf } from './metric-choice.ts';

const info = (name: string, aggregations: string[], description = ''): WireMetricInfo => ({
  name,
  type: 'counter',
  unit: 'events',
  description,
  category: 'reliability',
  aggregations,
  series: 1,
  folded: 0,
  tag_names: [],
});

describe('the address of the metrics page', () => {
  it('follows the last hour unless it says otherwise', () => {
    expect(spanOf({})).toEqual({ range: '1h', span: { lastMs: 3_600_000 } });
    expect(spanOf({ range: '7d' })).toEqual({ range: '7d', span: { lastMs: 604_800_000 } });
    expect(spanOf({ range: 'ever' }).range).toBe('1h');
  });

  it('stands still between two moments, when both make sense', () => {
    expect(spanOf({ from: '1767225600', to: '1767229200' })).toEqual({
      range: null,
      span: { fromMs: 1_767_225_600_000, toMs: 1_767_229_200_000 },
    });
    for (const broken of [{ from: '5' }, { from: '9', to: '5' }, { from: 'x', to: '5' }]) {
      expect(spanOf(broken).range).toBe('1h');
    }
  });

  it('sums up as asked where the metric allows it, else as says most', () => {
    expect(aggregationOf(info('a', ['count', 'p50', 'p95']), undefined)).toBe('p95');
    expect(aggregationOf(info('a', ['count', 'p50', 'p95']), 'p50')).toBe('p50');
    expect(aggregationOf(info('a', ['sum', 'rate']), 'p50')).toBe('rate');
    expect(aggregationOf(info('a', []), undefined)).toBe('average');
  });

  it('finds metrics by words of their name, meaning or category', () => {
    const all = [info('bus_publish_ms', [], 'Until durable.'), info('http_requests', [], 'Answered.')];
    expect(matching(all, 'bus DUR')).toEqual([all[0]]);
    expect(matching(all, 'reliability')).toEqual(all);
    expect(matching(all, 'bus answered')).toEqual([]);
  });
});
