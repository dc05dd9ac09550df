import { describe, expect, test } from 'vitest';
import { detectPatterns } from '../patterns/detect.ts';
import { profileOf } from '../profile.ts';
import { hourMs, hoursOf, patternedSeries, seriesOf, type Generator } from '../testing/generated.ts';
import type { UsageSeries } from '../usage.ts';
import { adviceOnAll, adviceOnProfile } from './advise.ts';
import { amountIn, roundedUp } from './amounts.ts';
import type { Advice } from './recommendation.ts';

const options = { confidence: 0.99, seasonsMs: [24 * hourMs, 168 * hourMs] };

function adviceFor(series: Partial<UsageSeries>, generator: Generator | undefined): Advice | null {
  const window = hoursOf(generator ?? (() => 0), 336);
  const { patterns } = detectPatterns(seriesOf(series), window, options);
  expect(patterns).toHaveLength(1);
  return adviceOnAll(patterns)[0] ?? null;
}

const patterned = (name: string, seed = 1): Generator | undefined => patternedSeries[name]?.make(seed);

describe('advice', () => {
  test('on a leak is a cleanup that can be applied, the more urgent the sooner the bound is reached', () => {
    const leak = (hour: number): number => 100 + 2 * hour;
    const advice = adviceFor({ workspaceId: 'w1' }, leak);
    expect(advice).toMatchObject({
      type: 'cleanup',
      priority: 'high',
      basis: 'leak',
      estimatedSaving: { amount: 670, unit: 'handles' },
      action: { kind: 'run_cleanup', resourceType: 'file_handle', workspaceId: 'w1' },
    });
    expect(advice?.steps.length).toBeGreaterThan(1);
    expect(adviceFor({ capacity: 790 }, leak)?.priority).toBe('critical');
  });

  test('on growth towards a bound is a higher limit with room for 30 days, and nothing while the bound is far', () => {
    const growth = (capacity: number): Advice | null =>
      adviceFor({ capacity, quotaId: 'q1' }, patterned('a rise over days'));
    const advice = growth(200);
    expect(advice).toMatchObject({
      type: 'quota_adjustment',
      action: { kind: 'set_quota_limit', quotaId: 'q1' },
    });
    const { action } = advice ?? {};
    // About 167 now, and 0.2 an hour for 720 hours, and a fifth more.
    expect(action?.kind === 'set_quota_limit' && action.limit).toBeGreaterThan(350);
    expect(action?.kind === 'set_quota_limit' && action.limit).toBeLessThan(420);
    expect(growth(420)).toBeNull();
    expect(growth(169)?.priority).toBe('critical');
  });

  test('on growth without a bound is compression of what is stored, and planning for the rest', () => {
    const rise = patterned('a rise in noise');
    expect(adviceFor({ unit: 'bytes', resourceType: 'cache' }, rise)).toMatchObject({
      type: 'compression',
      action: null,
    });
    expect(adviceFor({ kind: 'used', unit: 'tokens', resourceType: 'llm_tokens' }, rise)?.type).toBe(
      'architecture',
    );
  });

  test('on spikes is another schedule of the task that makes them, or a cache of what is used up', () => {
    expect(adviceFor({ taskId: 't1' }, patterned('spikes'))).toMatchObject({
      type: 'scheduling',
      action: { kind: 'change_schedule', taskId: 't1', delayMs: 4 * hourMs },
    });
    expect(adviceFor({}, patterned('spikes'))).toMatchObject({ type: 'scheduling', action: null });
    expect(adviceFor({ kind: 'used' }, patterned('spikes'))?.type).toBe('caching');
  });

  test('on under-use is a lower limit that still holds what is used, or a smaller pool', () => {
    const idle = (hour: number): number => 10 + 5 * Math.sin(hour / 4);
    const advice = adviceFor({ capacity: 200, quotaId: 'q1' }, idle);
    expect(advice).toMatchObject({
      type: 'quota_adjustment',
      priority: 'medium',
      action: { kind: 'set_quota_limit', quotaId: 'q1', limit: 23 },
      estimatedSaving: { amount: 177, unit: 'handles' },
    });
    expect(adviceFor({ capacity: 200, resourceType: 'database_connection' }, idle)?.type).toBe('pooling');
    expect(adviceFor({}, patterned('a pool that idles'))).toBeNull();
  });

  test('is not to lower a bound over what grows', () => {
    const window = hoursOf((hour) => 10 + hour / 20 + 3 * Math.sin(hour * hour), 336);
    const { patterns } = detectPatterns(seriesOf({ capacity: 1_000, quotaId: 'q1' }), window, options);
    expect(patterns.map(({ evidence }) => evidence.kind)).toEqual(['gradual_growth', 'underutilization']);
    expect(adviceOnAll(patterns)).toEqual([]);
  });

  test('on a new level is to find what raised it, and nothing when it fell', () => {
    expect(adviceFor({}, patterned('a new level'))).toMatchObject({
      type: 'architecture',
      priority: 'medium',
    });
    expect(adviceFor({}, patterned('a new level over days'))).toBeNull();
  });

  test('on a profile is sharing where connections or threads wait for a rare peak, and only there', () => {
    const uneven = (hour: number): number => (hour % 10 === 0 ? 30 : 3);
    const of = (series: Partial<UsageSeries>, hours = 100): Advice | null =>
      adviceOnProfile(profileOf(seriesOf(series), hoursOf(uneven, hours)));
    expect(of({ resourceType: 'database_connection' })).toMatchObject({
      type: 'pooling',
      priority: 'high',
      basis: 'profile',
      action: null,
    });
    expect(of({ resourceType: 'memory' })).toBeNull();
    expect(of({ resourceType: 'thread' }, 40)).toBeNull();
    const even = profileOf(
      seriesOf({ resourceType: 'thread' }),
      hoursOf(() => 5, 100),
    );
    expect(adviceOnProfile(even)).toBeNull();
  });
});

describe('amounts', () => {
  test('are written in the unit that fits', () => {
    expect(amountIn('bytes', 1_610_612_736)).toBe('1.5 GiB');
    expect(amountIn('bytes', 12)).toBe('12 B');
    expect(amountIn('micro_usd', 318)).toBe('$0.000318');
    expect(amountIn('micro_usd', 0)).toBe('$0.00');
    expect(amountIn('micro_usd', 12_345_678)).toBe('$12.35');
    expect(amountIn('tokens', 1_234.5)).toBe('1230 tokens');
  });

  test('of limits are rounded up to two digits and never below what is needed', () => {
    expect([0.2, 1, 9.2, 87.1, 101, 12_345, 1e9].map(roundedUp)).toEqual([1, 1, 10, 88, 110, 13_000, 1e9]);
  });
});
