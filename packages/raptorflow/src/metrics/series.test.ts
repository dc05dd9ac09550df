import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createFakeClock } from '../kernel/testing/index.ts';
import { createMetrics, type Metrics } from './registry.ts';
import type { MetricSnapshot, NumberSeries } from './snapshot.ts';

const about = { unit: 'calls', description: 'Calls answered.', category: 'performance' } as const;

function find(metrics: Metrics, name: string): MetricSnapshot {
  const found = metrics.snapshot().metrics.find((metric) => metric.definition.name === name);
  if (!found) throw new TypeError(`no metric ${name}`);
  return found;
}

function valuesOf(metrics: Metrics, name: string): Record<string, number> {
  const { series } = find(metrics, name);
  return Object.fromEntries(
    series.map(({ tags, value }) => [tags['user'] ?? '', typeof value === 'number' ? value : NaN]),
  );
}

const total = (metrics: Metrics, name: string): number =>
  Object.values(valuesOf(metrics, name)).reduce((sum, value) => sum + value, 0);

describe('the cardinality guard', () => {
  test('gives the place of the lightest series to a newcomer that turns out heavier, and loses nothing', () => {
    const metrics = createMetrics({ seriesPerMetricMax: 3 });
    const calls = metrics.counter({ name: 'calls', ...about });
    for (const [user, count] of Object.entries({ a: 100, b: 5, c: 50 })) calls.with({ user }).add(count);
    const light = calls.with({ user: 'b' });
    const late = calls.with({ user: 'late' });
    for (let call = 0; call < 40; call += 1) late.add();
    light.add(2);
    const { folded } = find(metrics, 'calls');
    const values = valuesOf(metrics, 'calls');
    expect(Object.keys(values).toSorted()).toEqual(['a', 'c', 'late', 'other']);
    expect(values['late']).toBeGreaterThan(30);
    expect(total(metrics, 'calls')).toBe(100 + 5 + 50 + 40 + 2);
    expect(folded.replaced).toBe(1);
    expect(folded.heaviest[0]).toEqual({ tags: { user: 'b' }, weight: 7, errorMax: 0 });
    expect(folded.weight).toBe(values['other']);
  });

  test('weighs amounts of any size: a cost of half a cent outweighs one of a thousandth', () => {
    const metrics = createMetrics({ seriesPerMetricMax: 1 });
    const cost = metrics.counter({ name: 'cost_usd', ...about, unit: 'usd' });
    cost.with({ user: 'a' }).add(0.000_01);
    cost.with({ user: 'b' }).add(0.005);
    expect(valuesOf(metrics, 'cost_usd')).toEqual({ b: 0.005, other: 0.000_01 });
    cost.with({ user: 'c' }).add(0.006);
    expect(valuesOf(metrics, 'cost_usd')).toMatchObject({ b: 0.005 });
  });

  test('keeps the heaviest of a skewed stream, whatever came first', () => {
    const metrics = createMetrics({ seriesPerMetricMax: 20, foldedTrackedMax: 100 });
    const calls = metrics.counter({ name: 'calls', ...about });
    for (let user = 0; user < 500; user += 1) calls.with({ user: `first${user}` }).add();
    let sent = 500;
    for (let round = 0; round < 400; round += 1) {
      for (let user = 0; user < 15; user += 1) calls.with({ user: `heavy${user}` }).add(1 + (user % 3));
      calls.with({ user: `noise${round}` }).add();
      sent += 5 * (1 + 2 + 3) + 1;
    }
    const kept = Object.keys(valuesOf(metrics, 'calls')).filter((user) => user.startsWith('heavy'));
    expect(kept).toHaveLength(15);
    expect(total(metrics, 'calls')).toBe(sent);
  });

  test('counts every recording exactly once, through any handles and replacements', () => {
    const step = fc.tuple(fc.integer({ min: 0, max: 12 }), fc.integer({ min: 1, max: 30 }), fc.boolean());
    fc.assert(
      fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
        const metrics = createMetrics({ seriesPerMetricMax: 3, foldedTrackedMax: 4 });
        const calls = metrics.counter({ name: 'calls', ...about });
        const sizes = metrics.histogram({ name: 'sizes', ...about, unit: 'bytes' });
        const kept = new Map<string, ReturnType<typeof calls.with>>();
        let sent = 0;
        let before = 0;
        for (const [user, amount, fresh] of steps) {
          const tags = { user: `u${user}` };
          const handle = fresh ? calls.with(tags) : (kept.get(tags.user) ?? calls.with(tags));
          kept.set(tags.user, kept.get(tags.user) ?? handle);
          handle.add(amount);
          sizes.with(tags).record(amount);
          sent += amount;
          const { series } = find(metrics, 'calls') as { series: readonly NumberSeries[] };
          expect(series.length).toBeLessThanOrEqual(4);
          expect(new Set(series.map(({ tags: each }) => each['user'])).size).toBe(series.length);
          const other = series.find(({ tags: each }) => each['user'] === 'other')?.value ?? 0;
          expect(other).toBeGreaterThanOrEqual(before);
          before = other;
        }
        expect(total(metrics, 'calls')).toBe(sent);
        const histogram = find(metrics, 'sizes');
        const values = histogram.kind === 'histogram' ? histogram.series.map(({ value }) => value) : [];
        expect(values.reduce((sum, { count }) => sum + count, 0)).toBe(steps.length);
        expect(values.reduce((sum, { sum: each }) => sum + each, 0)).toBe(sent);
      }),
    );
  });

  test('brings a folded series back with two handles of the same tags, which then count into one', () => {
    const metrics = createMetrics({ seriesPerMetricMax: 1, foldedTrackedMax: 1 });
    const calls = metrics.counter({ name: 'calls', ...about });
    calls.with({ user: 'a' }).add(2);
    const first = calls.with({ user: 'b' });
    first.add();
    // Somebody else drives b out of what is weighed, so that asking again makes a second handle.
    calls.with({ user: 'c' }).add();
    const second = calls.with({ user: 'b' });
    expect(second).not.toBe(first);
    second.add(20);
    first.add(100);
    expect(valuesOf(metrics, 'calls')).toEqual({ b: 120, other: 4 });
  });

  test('folds into a series that somebody called other', () => {
    const metrics = createMetrics({ seriesPerMetricMax: 2 });
    const calls = metrics.counter({ name: 'calls', ...about });
    calls.with({ user: 'other' }).add(5);
    calls.with({ user: 'a' }).add(9);
    calls.with({ user: 'b' }).add();
    expect(valuesOf(metrics, 'calls')).toEqual({ other: 6, a: 9 });
    calls.with({ user: 'other' }).add();
    expect(valuesOf(metrics, 'calls')).toEqual({ other: 7, a: 9 });
  });

  test('never takes the place of the series without tags', () => {
    const metrics = createMetrics({ seriesPerMetricMax: 1 });
    const calls = metrics.counter({ name: 'calls', ...about });
    calls.add();
    calls.with({ user: 'a' }).add(1_000);
    expect(valuesOf(metrics, 'calls')).toEqual({ '': 1, other: 1_000 });
  });

  test('shows folded gauges by the rule of their definition, and gives a busy one its place', () => {
    for (const [merge, expected] of [
      ['sum', 12],
      ['max', 7],
      ['min', 5],
      ['last', 7],
    ] as const) {
      const metrics = createMetrics({ seriesPerMetricMax: 1 });
      const depth = metrics.gauge({ name: 'depth', ...about, merge });
      for (let time = 0; time < 50; time += 1) depth.with({ user: 'a' }).set(1);
      depth.with({ user: 'b' }).set(3);
      depth.with({ user: 'b' }).add(2);
      depth.with({ user: 'c' }).set(7);
      expect(valuesOf(metrics, 'depth')).toEqual({ a: 1, other: expected });
      const busy = depth.with({ user: 'c' });
      for (let time = 0; time < 100; time += 1) busy.set(8);
      busy.add(1);
      expect(valuesOf(metrics, 'depth')).toMatchObject({ c: 9 });
      // What lost its place (a, long ago) is not what was set last.
      if (merge === 'last') expect(valuesOf(metrics, 'depth')['other']).toBe(8);
    }
  });

  test('observes folded gauges, too', () => {
    const metrics = createMetrics({ seriesPerMetricMax: 1 });
    const depth = metrics.gauge({ name: 'depth', ...about });
    depth.with({ user: 'a' }).observe(() => 1);
    const stop = depth.with({ user: 'b' }).observe(() => 2);
    depth.with({ user: 'c' }).observe(() => 3);
    expect(valuesOf(metrics, 'depth')).toEqual({ a: 1, other: 5 });
    stop();
    expect(total(metrics, 'depth')).toBe(6);
  });

  test('moves rates and kinds of one’s own, too', () => {
    const clock = createFakeClock();
    const metrics = createMetrics({ seriesPerMetricMax: 1 }, { clock });
    const logins = metrics.rate({ name: 'logins', ...about });
    logins.with({ user: 'a' }).mark(5);
    const late = logins.with({ user: 'b' });
    for (let time = 0; time < 30; time += 1) late.mark();
    const metric = find(metrics, 'logins');
    const totals = metric.kind === 'rate' ? metric.series.map(({ value }) => value.total) : [];
    expect(totals.reduce((sum, each) => sum + each, 0)).toBe(35);
    expect(metric.series.map(({ tags }) => tags['user'])).toEqual(['b', 'other']);
    expect(late.perSecond(10)).toBeGreaterThan(0);
  });

  test('survives tags that cannot be read', () => {
    const metrics = createMetrics();
    const calls = metrics.counter({ name: 'calls', ...about });
    const tags = {
      get user(): string {
        throw new RangeError('gone');
      },
    };
    calls.with(tags).add();
    expect(find(metrics, 'calls')).toMatchObject({ valuesDropped: 1, series: [{ tags: {}, value: 1 }] });
  });

  test('makes names of tags fit for scrapers, and takes an empty value for no tag', () => {
    const metrics = createMetrics();
    const calls = metrics.counter({ name: 'calls', ...about });
    calls.with({ 'agent-id': 'a', __name__: 'x', '9': 'y', empty: '' }).add();
    expect(find(metrics, 'calls').series[0]?.tags).toEqual({ _9: 'y', _name__: 'x', agent_id: 'a' });
  });
});
