import type { WireUsageProfile } from '@raptorflow/contract';
import { expect, it } from 'vitest';

import { inOrder, mostTelling, shortestMeasured, windowsOf } from './profile-order.ts';

const missing = { status: 'not_enough_data', samples: 3, needed: 10, missing: 7 } as const;
const measured = (peak: number) =>
  ({
    status: 'measured',
    samples: 288,
    gaps: 0,
    total_usage: peak,
    peak_usage: peak,
    peak_at: '2026-11-20T12:00:00.000Z',
    average_usage: peak / 2,
    usage_variance: 1,
    growth_rate_per_hour: 0,
    growth_rate_error: 0,
    efficiency_score: 0.5,
    waste_percentage: 50,
  }) as const;

function profile(
  type: string,
  figures: WireUsageProfile['figures'],
  { hours = 24, capacity = null }: { readonly hours?: number; readonly capacity?: number | null } = {},
): WireUsageProfile {
  return {
    series: {
      series_id: type,
      resource_type: type,
      usage: 'held',
      unit: 'things',
      workspace_id: null,
      capacity,
      quota_id: null,
    },
    resource_type: type,
    time_window_hours: hours,
    from: '2026-11-19T12:00:00.000Z',
    to: '2026-11-20T12:00:00.000Z',
    figures,
  };
}

const namesOf = (profiles: readonly WireUsageProfile[]) => profiles.map(({ resource_type: type }) => type);

it('lists what was used before what was not, and what lacks samples last', () => {
  const all = [
    profile('a_missing', missing),
    profile('b_unused', measured(0)),
    profile('d_used', measured(4)),
    profile('c_used', measured(2)),
  ];
  expect(namesOf(inOrder(all))).toEqual(['c_used', 'd_used', 'b_unused', 'a_missing']);
  expect(mostTelling(all)?.series_id).toBe('c_used');
  expect(mostTelling([...all, profile('x', measured(1), { capacity: 100 })])?.series_id).toBe('x');
  expect(mostTelling([])).toBeUndefined();
});

it('begins with the shortest window that says something', () => {
  const all = [profile('a', measured(1), { hours: 336 }), profile('a', missing, { hours: 24 })];
  expect(windowsOf(all)).toEqual([24, 336]);
  expect(shortestMeasured(all)).toBe(336);
  expect(shortestMeasured([profile('a', missing)])).toBeUndefined();
});
