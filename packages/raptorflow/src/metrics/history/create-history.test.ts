import { afterEach, describe, expect, test } from 'vitest';
import { seededRandom } from '../../kernel/index.ts';
import { createFakeClock, trackHandles, type FakeClock } from '../../kernel/testing/index.ts';
import { createMetrics, type Metrics } from '../registry.ts';
import { createHistory } from './create-history.ts';
import type { History } from './history.ts';
import type { HistoryOptions } from './options.ts';
import type { HistorySeries } from './query.ts';
import type { HistoryStore } from './store.ts';
import { memoryHistoryStore } from './stores/memory.ts';

const about = { unit: 'calls', description: 'Calls.', category: 'performance' } as const;
const start = Date.UTC(2026, 0, 1);
const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;

let running: History[] = [];
afterEach(async () => {
  for (const history of running) await history.stop();
  running = [];
});

interface Bench {
  readonly clock: FakeClock;
  readonly metrics: Metrics;
  readonly history: History;
}

/** A store that outlives the history, as a file does. */
function keptStore(store: HistoryStore = memoryHistoryStore()): HistoryStore {
  return store;
}

async function begin(
  options: HistoryOptions = {},
  store = keptStore(),
  clock = createFakeClock(),
): Promise<Bench> {
  const metrics = createMetrics({}, { clock });
  const history = createHistory(options, { metrics, store, clock });
  running.push(history);
  await history.start();
  return { clock, metrics, history };
}

/** Lets time pass, with something to do before each step. */
async function steps({ clock, history }: Bench, count: number, each: (step: number) => void): Promise<void> {
  for (let step = 0; step < count; step += 1) {
    each(step);
    await clock.advance(10 * second);
  }
  await history.flush();
}

const valuesOf = (series: HistorySeries | undefined): (number | null)[] =>
  series?.points.map(({ value }) => value) ?? [];

describe('a history', () => {
  test('keeps the increase of counters, the samples of gauges and what histograms were given, at the moments of the grid', async () => {
    const bench = await begin({}, undefined, createFakeClock(start + 3_456));
    const calls = bench.metrics.counter({ name: 'calls', ...about });
    const depth = bench.metrics.gauge({ name: 'depth', ...about });
    const took = bench.metrics.histogram({ name: 'took_ms', ...about, unit: 'ms' });
    await steps(bench, 3, (step) => {
      calls.add(step + 1);
      depth.set(step * 10);
      for (let n = 0; n <= step; n += 1) took.record(100 * (step + 1));
    });
    const range = { from: start, to: start + 30 * second, step: 10 * second };
    const calls10 = await bench.history.query({ metric: 'calls', ...range });
    expect(calls10).toMatchObject({ total: 1, ...range, resolutionMs: 10 * second, damaged: 0 });
    expect(calls10.series[0]).toEqual({
      tags: {},
      kind: 'counter',
      unit: 'calls',
      sources: ['main'],
      points: [1, 2, 3].map((value, index) => ({
        at: start + (index + 1) * 10 * second,
        value,
        relativeError: 0,
        clipped: false,
      })),
    });
    const ask = async (
      metric: string,
      aggregation: 'count' | 'sum' | 'average' | 'min' | 'max' | 'rate' | 'last',
    ) => valuesOf((await bench.history.query({ metric, ...range, aggregation })).series[0]);
    expect(await ask('calls', 'rate')).toEqual([0.1, 0.2, 0.3]);
    expect(await ask('depth', 'average')).toEqual([0, 10, 20]);
    expect(await ask('depth', 'last')).toEqual([0, 10, 20]);
    expect(await ask('took_ms', 'count')).toEqual([1, 2, 3]);
    expect(await ask('took_ms', 'sum')).toEqual([100, 400, 900]);
    expect(await ask('took_ms', 'max')).toEqual([100, 200, 300]);
  });

  test('answers null, and not 0, for steps without a sample', async () => {
    const bench = await begin();
    await steps(bench, 2, () => undefined);
    const late = bench.metrics.counter({ name: 'late', ...about });
    await steps(bench, 2, () => late.add(0));
    const { series } = await bench.history.query({
      metric: 'late',
      from: start,
      to: start + 50 * second,
      step: 10 * second,
    });
    expect(valuesOf(series[0])).toEqual([null, null, 0, 0, null]);
    const unknown = await bench.history.query({ metric: 'unknown', from: start, to: start + minute });
    expect(unknown).toMatchObject({ series: [], total: 0 });
  });

  test('sees no negative increase when a counter or histogram begins anew', async () => {
    const clock = createFakeClock();
    let metrics = createMetrics({}, { clock });
    const history = createHistory(
      {},
      { metrics: { snapshot: () => metrics.snapshot() }, store: keptStore(), clock },
    );
    running.push(history);
    await history.start();
    const record = (times: number): void => {
      metrics.counter({ name: 'calls', ...about }).add(times);
      const took = metrics.histogram({ name: 'took_ms', ...about, unit: 'ms' });
      for (let n = 0; n < times; n += 1) took.record(5);
    };
    record(10);
    await clock.advance(10 * second);
    metrics = createMetrics({}, { clock });
    record(3);
    await clock.advance(10 * second);
    await history.flush();
    for (const metric of ['calls', 'took_ms']) {
      const aggregation = metric === 'calls' ? 'sum' : 'count';
      const { series } = await history.query({
        metric,
        from: start,
        to: start + 20 * second,
        step: 10 * second,
        aggregation,
      });
      expect(valuesOf(series[0])).toEqual([10, 3]);
    }
  });

  test('rolls up exactly: a coarse answer is what the samples sum up to, and percentiles stay within their bound', async () => {
    const bench = await begin({
      resolutions: [
        { stepMs: 10 * second, keepMs: hour },
        { stepMs: minute, keepMs: 3 * hour },
        { stepMs: 10 * minute, keepMs: 30 * hour },
      ],
      blockPoints: 10,
    });
    const calls = bench.metrics.counter({ name: 'calls', ...about });
    const took = bench.metrics.histogram({ name: 'took_ms', ...about, unit: 'ms' });
    const level = bench.metrics.gauge({ name: 'level', ...about });
    const random = seededRandom(5);
    const recorded: { at: number; took: number; level: number; calls: number }[] = [];
    await steps(bench, 4 * 360, () => {
      const at = bench.clock.now() + 10 * second;
      const one = {
        at,
        took: Math.exp(random.next() * 8),
        level: Math.round((random.next() - 0.5) * 1e4) / 10,
        calls: Math.floor(random.next() * 10),
      };
      recorded.push(one);
      took.record(one.took);
      level.set(one.level);
      calls.add(one.calls);
    });
    const range = { from: start, to: start + 4 * hour, step: hour };
    const inHour = (index: number): typeof recorded =>
      recorded.filter(({ at }) => at > start + index * hour && at <= start + (index + 1) * hour);
    const counts = await bench.history.query({ metric: 'calls', ...range });
    expect(counts.resolutionMs).toBe(10 * minute);
    expect(valuesOf(counts.series[0])).toEqual(
      [0, 1, 2, 3].map((index) => inHour(index).reduce((sum, one) => sum + one.calls, 0)),
    );
    const levels = await bench.history.query({ metric: 'level', ...range, aggregation: 'min' });
    expect(valuesOf(levels.series[0])).toEqual(
      [0, 1, 2, 3].map((index) => Math.min(...inHour(index).map((one) => one.level))),
    );
    for (const metric of ['took', 'level'] as const) {
      for (const p of [0, 5, 50, 95, 99.9]) {
        const name = metric === 'took' ? 'took_ms' : 'level';
        const { series } = await bench.history.query({
          metric: name,
          ...range,
          aggregation: { percentile: p },
        });
        for (const [index, { value, relativeError, clipped }] of (series[0]?.points ?? []).entries()) {
          const sorted = inHour(index)
            .map((one) => one[metric])
            .toSorted((a, b) => a - b);
          const exact = sorted[Math.max(1, Math.ceil((p / 100) * sorted.length)) - 1] ?? Number.NaN;
          expect(clipped).toBe(false);
          expect(relativeError).toBeLessThanOrEqual(0.01);
          expect(Math.abs((value ?? Number.NaN) - exact)).toBeLessThanOrEqual(
            Math.abs(exact) * relativeError * (1 + 1e-9),
          );
        }
      }
    }
  });

  test('counts steps from the beginning that is asked for, and lays steps of its own where they always lie', async () => {
    const bench = await begin();
    const calls = bench.metrics.counter({ name: 'calls', ...about });
    await steps(bench, 30, (step) => calls.add(step));
    const asked = { metric: 'calls', from: start + 20 * second + 7, to: start + 140 * second };
    const anchored = await bench.history.query({ ...asked, step: minute });
    expect(anchored).toMatchObject({ from: start + 20 * second, to: start + 140 * second, step: minute });
    expect(anchored.series[0]?.points.map(({ at, value }) => [at, value])).toEqual([
      [start + 80 * second, 2 + 3 + 4 + 5 + 6 + 7],
      [start + 140 * second, 8 + 9 + 10 + 11 + 12 + 13],
    ]);
    const free = await bench.history.query({ ...asked, to: start + 145 * second });
    expect(free).toMatchObject({ from: start + 20 * second, to: start + 150 * second, step: 10 * second });
  });

  test('merges processes: counters add, distributions merge, gauges sum their last values', async () => {
    const store = keptStore();
    const clock = createFakeClock();
    const a = await begin({ source: 'a' }, store, clock);
    const b = await begin({ source: 'b' }, store, clock);
    for (const [place, { metrics }] of [a, b].entries()) {
      metrics
        .counter({ name: 'calls', ...about })
        .with({ route: '/' })
        .add(place + 1);
      metrics.gauge({ name: 'depth', ...about }).set((place + 1) * 10);
      const took = metrics.histogram({ name: 'took_ms', ...about, unit: 'ms' });
      for (let n = 0; n < 50; n += 1) took.record(place === 0 ? 1 : 1_000);
    }
    await clock.advance(10 * second);
    await a.history.flush();
    await b.history.flush();
    const range = { from: start, to: start + 10 * second };
    const calls = await a.history.query({ metric: 'calls', ...range });
    expect(calls).toMatchObject({ total: 1, series: [{ tags: { route: '/' }, sources: ['a', 'b'] }] });
    expect(valuesOf(calls.series[0])).toEqual([3]);
    const ask = async (metric: string, aggregation: 'sum' | 'average' | 'max' | 'count'): Promise<unknown> =>
      valuesOf((await b.history.query({ metric, ...range, aggregation })).series[0]);
    expect(await ask('depth', 'sum')).toEqual([30]);
    expect(await ask('depth', 'average')).toEqual([15]);
    expect(await ask('took_ms', 'count')).toEqual([100]);
    const p = async (percentile: number): Promise<number> =>
      valuesOf(
        (await a.history.query({ metric: 'took_ms', ...range, aggregation: { percentile } })).series[0],
      )[0] ?? 0;
    expect(await p(50)).toBeCloseTo(1, 1);
    expect((await p(51)) / 1_000).toBeCloseTo(1, 1);
  });

  test('finds series by tags, workspace and agent, page by page, in the order of their tags', async () => {
    const bench = await begin();
    const calls = bench.metrics.counter({ name: 'calls', ...about });
    for (let n = 0; n < 9; n += 1) calls.with({ workspace_id: `w${n % 3}`, agent_id: `a${n}` }).add(n);
    await steps(bench, 1, () => undefined);
    const range = { metric: 'calls', from: start, to: start + 10 * second };
    const ofWorkspace = await bench.history.query({ ...range, workspaceId: 'w1' });
    expect(ofWorkspace.series.map(({ tags }) => tags['agent_id'])).toEqual(['a1', 'a4', 'a7']);
    const page = await bench.history.query({ ...range, limit: 2, offset: 7 });
    expect(page.total).toBe(9);
    expect(page.series.map(({ tags }) => tags['agent_id'])).toEqual(['a7', 'a8']);
    expect(await bench.history.list({ category: 'performance' })).toEqual([
      { metric: 'calls', kind: 'counter', ...about, series: 9, sources: ['main'] },
    ]);
    expect(await bench.history.list({ category: 'security' })).toEqual([]);
    expect((await bench.history.query({ ...range, agentId: 'a3', tags: { workspace_id: 'w1' } })).total).toBe(
      0,
    );
  });

  test('refuses what it cannot answer, and says what is wrong', async () => {
    const bench = await begin({ limits: { pointsPerSeriesMax: 10, seriesPerAnswerMax: 50 } });
    bench.metrics.counter({ name: 'calls', ...about }).add();
    bench.metrics.gauge({ name: 'depth', ...about }).set(1);
    await steps(bench, 1, () => undefined);
    const range = { metric: 'calls', from: start, to: start + minute };
    const refused = (message: RegExp): unknown =>
      expect.objectContaining({ code: 'invalid_input', message: expect.stringMatching(message) as string });
    await expect(bench.history.query({ ...range, to: start })).rejects.toEqual(
      refused(/from: must be earlier/u),
    );
    await expect(bench.history.query({ ...range, aggregation: 'p99' })).rejects.toEqual(
      refused(/counter has no/u),
    );
    await expect(bench.history.query({ ...range, metric: 'depth', aggregation: 'rate' })).rejects.toEqual(
      refused(/gauge has no/u),
    );
    await expect(bench.history.query({ ...range, to: start + hour, step: 10 * second })).rejects.toEqual(
      refused(/360 points a series/u),
    );
    await expect(bench.history.query({ ...range, limit: 51 })).rejects.toEqual(
      refused(/seriesPerAnswerMax is 50/u),
    );
    expect(() =>
      createHistory(
        {
          resolutions: [
            { stepMs: 10 * second, keepMs: hour },
            { stepMs: 15 * second, keepMs: 2 * hour },
          ],
        },
        { metrics: bench.metrics, store: memoryHistoryStore() },
      ),
    ).toThrow(expect.objectContaining({ code: 'invalid_options' }));
  });

  test('keeps no more series than seriesMax, and reports the others', async () => {
    const bench = await begin({ limits: { seriesMax: 2 } });
    const calls = bench.metrics.counter({ name: 'calls', ...about });
    for (const user of ['a', 'b', 'c']) calls.with({ user }).add();
    await steps(bench, 2, () => undefined);
    expect(bench.history.report()).toMatchObject({ series: 2, samplesRefused: 2, steps: 2, stepsMissed: 0 });
    expect(bench.history.report().refusedExamples[0]).toContain('"c"');
  });

  test('answers only while it runs, stops twice or unstarted, and leaves no timer', async () => {
    const handles = trackHandles();
    const { clock, history } = await begin();
    await history.stop();
    await history.stop();
    expect(clock.pending).toBe(0);
    expect(handles.leaks()).toEqual([]);
    await expect(history.query({ metric: 'calls', from: 0, to: 1 })).rejects.toMatchObject({
      code: 'unavailable',
    });
    await createHistory({}, { metrics: createMetrics(), store: memoryHistoryStore() }).stop();
  });
});
