import { describe, expect, test } from 'vitest';
import { createFakeClock } from '../kernel/testing/index.ts';
import { createMetrics, type Metrics } from './registry.ts';
import type { MetricSnapshot } from './snapshot.ts';

const about = { unit: 'calls', description: 'Calls answered.', category: 'performance' } as const;

function find(metrics: Metrics, name: string): MetricSnapshot {
  const found = metrics.snapshot().metrics.find((metric) => metric.definition.name === name);
  if (!found) throw new TypeError(`no metric ${name}`);
  return found;
}

describe('createMetrics', () => {
  test('keeps the series of different tags apart, whatever order the tags are written in', () => {
    const metrics = createMetrics({}, { clock: createFakeClock() });
    const calls = metrics.counter({ name: 'calls', ...about });
    calls.add();
    calls.with({ route: '/a', method: 'GET' }).add(2);
    calls.with({ method: 'GET', route: '/a' }).add(3);
    calls.with({ route: '/b', method: 'GET' }).add();
    const snapshot = metrics.snapshot();
    expect(snapshot.takenAt).toBe(Date.UTC(2026, 0, 1));
    expect(snapshot.series).toBe(3);
    expect(find(metrics, 'calls').series).toEqual([
      { tags: {}, value: 1 },
      { tags: { method: 'GET', route: '/a' }, value: 5 },
      { tags: { method: 'GET', route: '/b' }, value: 1 },
    ]);
  });

  test('gives the same instrument for the same name, and refuses the name for another kind', () => {
    const metrics = createMetrics();
    metrics.counter({ name: 'calls', ...about }).add();
    metrics.counter({ name: 'calls', ...about }).add();
    expect(find(metrics, 'calls').series).toEqual([{ tags: {}, value: 2 }]);
    expect(() => metrics.gauge({ name: 'calls', ...about })).toThrow(
      expect.objectContaining({ code: 'metric_conflict' }),
    );
    expect(() => metrics.counter({ name: 'Bad Name', ...about })).toThrow(
      expect.objectContaining({ code: 'invalid_options' }),
    );
    expect(() => createMetrics({ seriesMax: 0 })).toThrow(
      expect.objectContaining({ code: 'invalid_options' }),
    );
  });

  test('drops and counts values that are no valid numbers instead of throwing', () => {
    const metrics = createMetrics();
    const bad: number[] = [Number.NaN, Infinity, JSON.parse('"1"'), JSON.parse('null')];
    const counter = metrics.counter({ name: 'counter', ...about });
    const gauge = metrics.gauge({ name: 'gauge', ...about });
    const histogram = metrics.histogram({ name: 'histogram_ms', ...about, unit: 'ms' });
    for (const value of bad) {
      counter.add(value);
      gauge.set(value);
      gauge.add(value);
      histogram.record(value);
    }
    counter.add(-1);
    histogram.record(-1);
    expect(find(metrics, 'counter')).toMatchObject({ valuesDropped: 5, series: [{ value: 0 }] });
    expect(find(metrics, 'gauge')).toMatchObject({ valuesDropped: 8, series: [{ value: 0 }] });
    expect(find(metrics, 'histogram_ms')).toMatchObject({
      valuesDropped: 5,
      series: [{ value: { count: 0 } }],
    });
    expect(metrics.snapshot().valuesDropped).toBe(18);
  });

  test('folds the series beyond the limit of a metric into other, and says which', () => {
    const metrics = createMetrics({ seriesPerMetricMax: 3 });
    const calls = metrics.counter({ name: 'calls', ...about });
    for (let user = 0; user < 10; user += 1) calls.with({ user: `u${user}`, route: '/' }).add();
    calls.with({ user: 'u0', route: '/' }).add();
    const { series, lookupsFolded, foldedExamples } = find(metrics, 'calls');
    expect(lookupsFolded).toBe(7);
    expect(foldedExamples[0]).toEqual({ user: 'u3', route: '/' });
    expect(series).toEqual([
      { tags: { user: 'u0', route: '/' }, value: 2 },
      { tags: { user: 'u1', route: '/' }, value: 1 },
      { tags: { user: 'u2', route: '/' }, value: 1 },
      { tags: { user: 'other', route: 'other' }, value: 7 },
    ]);
  });

  test('holds one limit over all metrics, and still gives each metric its series without tags', () => {
    const metrics = createMetrics({ seriesMax: 2 });
    const first = metrics.gauge({ name: 'first', ...about });
    const second = metrics.gauge({ name: 'second', ...about });
    first.with({ id: 'a' }).set(1);
    first.with({ id: 'b' }).set(2);
    second.with({ id: 'c' }).set(3);
    second.set(4);
    expect(find(metrics, 'second').series).toEqual([
      { tags: {}, value: 4 },
      { tags: { id: 'other' }, value: 3 },
    ]);
  });

  test('takes any tags at run time: odd values become text, long ones are cut, too many are left out', () => {
    const metrics = createMetrics({ tagsMax: 2, tagValueCharactersMax: 4 });
    const calls = metrics.counter({ name: 'calls', ...about });
    // @ts-expect-error callers without types may pass anything
    calls.with({ a: 7, b: 'abcdefgh', c: 'x' }).add();
    // @ts-expect-error callers without types may pass anything
    calls.with({ a: 7, b: 'abcdxxxx', c: 'y' }).add();
    // @ts-expect-error callers without types may pass anything
    calls.with(undefined).add();
    expect(find(metrics, 'calls').series).toEqual([
      { tags: { a: '7', b: 'abcd' }, value: 2 },
      { tags: {}, value: 1 },
    ]);
  });

  test('asks observed gauges at each snapshot, keeps the last value when the callback fails, and stops on demand', () => {
    const metrics = createMetrics();
    const depth = metrics.gauge({ name: 'depth', ...about });
    let size = 5;
    const stop = depth.with({ queue: 'a' }).observe(() => {
      if (size < 0) throw new RangeError('gone');
      return size;
    });
    expect(find(metrics, 'depth').series).toEqual([{ tags: { queue: 'a' }, value: 5 }]);
    size = -1;
    expect(find(metrics, 'depth')).toMatchObject({ valuesDropped: 1, series: [{ value: 5 }] });
    size = 9;
    stop();
    expect(find(metrics, 'depth').series).toEqual([{ tags: { queue: 'a' }, value: 5 }]);
  });

  test('answers percentiles of a histogram from the handle and from the snapshot', () => {
    const metrics = createMetrics();
    const latency = metrics.histogram({ name: 'latency_ms', ...about, unit: 'ms' });
    const bound = latency.with({ route: '/a' });
    for (let value = 1; value <= 1_000; value += 1) bound.record(value);
    const p99 = bound.percentile(99);
    expect(Math.abs((p99?.value ?? 0) - 990)).toBeLessThanOrEqual(990 * 0.01);
    expect(latency.percentile(99)).toBeUndefined();
    const snapshot = find(metrics, 'latency_ms');
    expect(snapshot.kind).toBe('histogram');
    expect(JSON.parse(JSON.stringify(snapshot))).toEqual(snapshot);
  });

  test('refuses more metrics than it has room for, naming the limit', () => {
    const metrics = createMetrics({ metricsMax: 1 });
    metrics.counter({ name: 'one', ...about });
    expect(() => metrics.counter({ name: 'two', ...about })).toThrow(/metricsMax = 1/);
  });
});
