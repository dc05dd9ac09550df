import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createFakeClock } from '../kernel/testing/index.ts';
import { defineInstrument } from './custom-kind.ts';
import { createMetrics } from './registry.ts';

const about = { description: 'Calls answered.', category: 'performance' } as const;

describe('a timer', () => {
  test('records what a function takes, whether it answers, throws, resolves or rejects, and hands its outcome on', async () => {
    const clock = createFakeClock();
    const timer = createMetrics({}, { clock }).timer({ name: 'call_ms', ...about });
    expect(timer.using(() => 7)).toBe(7);
    expect(() =>
      timer.using(() => {
        throw new RangeError('no');
      }),
    ).toThrow('no');
    const slow = timer.using(async () => {
      await clock.sleep(30);
      return 'late';
    });
    await clock.advance(30);
    expect(await slow).toBe('late');
    const failing = timer.using(async () => {
      await clock.sleep(50);
      throw new RangeError('late no');
    });
    const outcome = failing.catch((error: unknown) => error);
    await clock.advance(50);
    expect(await outcome).toMatchObject({ message: 'late no' });
    expect(timer.percentile(0)?.value).toBe(0);
    expect(timer.percentile(100)?.value).toBe(50);
    expect(timer.percentile(75)?.value).toBeCloseTo(30, 0);
  });

  test('stops once, at the end of its scope at the latest, in its own unit', async () => {
    const clock = createFakeClock();
    const metrics = createMetrics({}, { clock });
    const timer = metrics.timer({ name: 'call_seconds', unit: 's', ...about });
    const bound = timer.with({ route: '/' });
    {
      using running = bound.start();
      await clock.advance(2_500);
      expect(running.stop()).toBe(2.5);
      await clock.advance(1_000);
      expect(running.stop()).toBe(2.5);
    }
    {
      using running = bound.start();
      await clock.advance(4_000);
      expect(running.stop).toBeTypeOf('function');
    }
    const [metric] = metrics.snapshot().metrics;
    expect(metric).toMatchObject({ kind: 'histogram', series: [{ value: { count: 2, sum: 6.5 } }] });
  });

  test('is a histogram: both names lead to one, but not to one of another unit', () => {
    const metrics = createMetrics();
    metrics.timer({ name: 'call_ms', ...about }).record(5);
    metrics.histogram({ name: 'call_ms', unit: 'ms', ...about }).record(7);
    expect(metrics.snapshot().metrics).toMatchObject([{ series: [{ value: { count: 2 } }] }]);
    metrics.histogram({ name: 'size_bytes', unit: 'bytes', ...about });
    expect(() => metrics.timer({ name: 'size_bytes', ...about })).toThrow(
      expect.objectContaining({ code: 'metric_conflict' }),
    );
  });
});

describe('a rate', () => {
  test('says events per second over each window, and over its own age at first', async () => {
    const clock = createFakeClock();
    const rate = createMetrics({}, { clock }).rate({ name: 'logins', unit: 'events', ...about });
    for (let second = 0; second < 5; second += 1) {
      rate.mark(20);
      await clock.advance(1_000);
    }
    expect(rate.perSecond(10)).toBe(20);
    expect(rate.perSecond(300)).toBe(20);
    expect(rate.perSecond(11)).toBeUndefined();
    await clock.advance(55_000);
    expect(rate.perSecond(10)).toBe(0);
    expect(rate.perSecond(60)).toBeCloseTo(100 / 60, 9);
    await clock.advance(300_000);
    expect(rate.perSecond(300)).toBe(0);
  });

  test('agrees with a list of all events, to a tick at the edge of the window', async () => {
    const gaps = fc.array(fc.tuple(fc.integer({ min: 0, max: 3_000 }), fc.integer({ min: 0, max: 5 })), {
      minLength: 1,
      maxLength: 60,
    });
    await fc.assert(
      fc.asyncProperty(gaps, async (marks) => {
        const clock = createFakeClock();
        const rate = createMetrics({}, { clock }).rate({
          name: 'logins',
          unit: 'events',
          windowsSeconds: [1, 10],
          ...about,
        });
        const series = rate.with({ kind: 'x' });
        const events: [at: number, count: number][] = [];
        for (const [gapMs, count] of marks) {
          await clock.advance(gapMs);
          series.mark(count);
          events.push([clock.monotonic(), count]);
        }
        const now = clock.monotonic();
        for (const seconds of [1, 10]) {
          const within = (ms: number): number =>
            events.filter(([at]) => at > now - ms).reduce((sum, [, count]) => sum + count, 0);
          const spanS = Math.min(seconds, Math.max(now / 1_000, 0.1));
          const found = (series.perSecond(seconds) ?? Number.NaN) * spanS;
          expect(found).toBeLessThanOrEqual(within(seconds * 1_000 + 100) + 1e-9);
          expect(found).toBeGreaterThanOrEqual(within(seconds * 1_000 - 100) - 1e-9);
        }
      }),
      { numRuns: 30 },
    );
  });

  test('drops what is no number of events', () => {
    const metrics = createMetrics();
    const rate = metrics.rate({ name: 'logins', unit: 'events', ...about });
    for (const bad of [Number.NaN, -1, Infinity]) rate.mark(bad);
    expect(metrics.snapshot().valuesDropped).toBe(3);
    expect(() =>
      metrics.rate({ name: 'other', unit: 'events', ...about, windowsSeconds: [1, 1_000] }),
    ).toThrow(expect.objectContaining({ code: 'invalid_options' }));
  });
});

describe('an exemplar', () => {
  test('is the last one of its band, and costs nothing to those who give none', async () => {
    const clock = createFakeClock();
    const metrics = createMetrics({}, { clock });
    const latency = metrics.histogram({ name: 'latency_ms', unit: 'ms', bounds: [10, 100], ...about });
    latency.record(5);
    expect(metrics.snapshot().metrics[0]?.series[0]).not.toHaveProperty('exemplars');
    latency.record(5, { correlationId: 'req_1' });
    latency.record(50, { correlationId: 'req_2' });
    await clock.advance(1_000);
    latency.record(9, { correlationId: 'req_3' });
    latency.record(1e6, { correlationId: 'x'.repeat(300) });
    // @ts-expect-error callers without types may pass anything
    latency.record(1, { correlationId: 7 });
    const [metric] = metrics.snapshot().metrics;
    const start = Date.UTC(2026, 0, 1);
    expect(metric?.kind === 'histogram' && metric.series[0]?.exemplars).toEqual([
      { value: 9, correlationId: 'req_3', at: start + 1_000 },
      { value: 50, correlationId: 'req_2', at: start },
      { value: 1e6, correlationId: 'x'.repeat(100), at: start + 1_000 },
    ]);
  });
});

describe('a kind of one’s own', () => {
  const distinct = defineInstrument({
    kind: 'distinct',
    observe: (state: Set<string> | undefined, input: string) => {
      if (input === 'bad') throw new RangeError('no');
      return (state ?? new Set()).add(input);
    },
    merge: (a: readonly string[], b: readonly string[]) => [...new Set([...a, ...b])].toSorted(),
    encode: (state: Set<string>): readonly string[] => [...state].toSorted(),
    expose: (value: readonly string[]) => [{ suffix: '', type: 'gauge', value: value.length }],
  });

  test('observes, is read, and folds by its merge', () => {
    const metrics = createMetrics({ seriesPerMetricMax: 1 });
    const users = metrics.custom(distinct, { name: 'users', unit: 'users', ...about });
    users.with({ page: '/a' }).observe('ann');
    users.with({ page: '/a' }).observe('bob');
    users.with({ page: '/b' }).observe('cid');
    for (let time = 0; time < 30; time += 1) users.with({ page: '/c' }).observe('dan');
    users.with({ page: '/c' }).observe('bad');
    const [metric] = metrics.snapshot().metrics;
    expect(metric).toMatchObject({ kind: 'custom', customKind: 'distinct', valuesDropped: 1 });
    expect(metric?.series).toEqual([
      { tags: { page: '/c' }, value: ['dan'] },
      { tags: { page: 'other' }, value: ['ann', 'bob', 'cid', 'dan'] },
    ]);
  });

  test('keeps its name to itself', () => {
    const metrics = createMetrics();
    metrics.custom(distinct, { name: 'users', unit: 'users', ...about });
    const twin = defineInstrument({ ...distinct, kind: 'twin' });
    expect(() => metrics.custom(twin, { name: 'users', unit: 'users', ...about })).toThrow(
      expect.objectContaining({ code: 'metric_conflict' }),
    );
    expect(() => defineInstrument({ ...distinct, kind: 'gauge' })).toThrow(/built in/);
    // @ts-expect-error callers without types may pass anything
    expect(() => defineInstrument({ ...distinct, merge: 7 })).toThrow(
      expect.objectContaining({ code: 'invalid_options' }),
    );
  });
});
