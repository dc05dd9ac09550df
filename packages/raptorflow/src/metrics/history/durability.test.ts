import { afterEach, describe, expect, test } from 'vitest';
import { RaptorFlowError, seededRandom, type Logger } from '../../kernel/index.ts';
import { createFakeClock, type FakeClock } from '../../kernel/testing/index.ts';
import { createMetrics, type Metrics } from '../registry.ts';
import { createHistory } from './create-history.ts';
import type { History } from './history.ts';
import type { HistoryOptions } from './options.ts';
import type { SampledMetric } from './sampled.ts';
import type { HistoryStore } from './store.ts';
import { memoryHistoryStore } from './stores/memory.ts';

const about = { unit: 'calls', description: 'Calls.', category: 'performance' } as const;
const start = Date.UTC(2026, 0, 1);
const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;
const resolutions = [
  { stepMs: 10 * second, keepMs: hour },
  { stepMs: minute, keepMs: 4 * hour },
  { stepMs: 10 * minute, keepMs: 30 * hour },
];

let running: History[] = [];
afterEach(async () => {
  for (const history of running) await history.stop();
  running = [];
});

async function begin(
  store: HistoryStore,
  clock: FakeClock,
  options: HistoryOptions = {},
  log?: Logger,
): Promise<{ metrics: Metrics; history: History }> {
  const metrics = createMetrics({ seriesMax: 100_000, seriesPerMetricMax: 100_000 }, { clock });
  const history = createHistory(
    { resolutions, blockPoints: 30, ...options },
    { metrics, store, clock, ...(log ? { log } : {}) },
  );
  running.push(history);
  await history.start();
  return { metrics, history };
}

async function totals(
  history: History,
  metric: string,
  step: number,
  to: number,
): Promise<(number | null)[]> {
  const { series } = await history.query({ metric, from: start, to: start + to, step });
  return series[0]?.points.map(({ value }) => value) ?? [];
}

/** A store whose writing can be made to fail. */
class Brittle {
  broken = false;
  readonly store: HistoryStore;

  constructor(inner: HistoryStore = memoryHistoryStore()) {
    const fail = (): Promise<never> =>
      Promise.reject(new RaptorFlowError('unavailable', 'The store is away.'));
    this.store = {
      name: inner.name,
      open: (host) => inner.open(host),
      close: () => inner.close(),
      describe: (series) => (this.broken ? fail() : inner.describe(series)),
      append: (frames) => (this.broken ? fail() : inner.append(frames)),
      seal: (sealing) => (this.broken ? fail() : inner.seal(sealing)),
      remove: (removals, before) => (this.broken ? fail() : inner.remove(removals, before)),
      listSeries: (filter) => inner.listSeries(filter),
      readFrames: (range) => inner.readFrames(range),
      readBlocks: (range) => inner.readBlocks(range),
      usage: () => inner.usage(),
    };
  }
}

describe('a history that begins again', () => {
  test('goes on where the one before stopped or was killed: roll-ups, numbers of series and live windows', async () => {
    const store = memoryHistoryStore();
    const clock = createFakeClock();
    const random = seededRandom(11);
    let sent = 0;
    for (let life = 0; life < 12; life += 1) {
      const { metrics, history } = await begin(store, clock);
      const calls = metrics.counter({ name: 'calls', ...about });
      const others = metrics.gauge({ name: 'depth', ...about });
      // Killed or stopped in the middle of any step of any resolution.
      for (let step = 3 + Math.floor(random.next() * 70); step > 0; step -= 1) {
        calls.add();
        sent += 1;
        others.set(sent);
        await clock.advance(10 * second);
      }
      await history.flush();
      if (life % 2 === 0) await history.stop();
      else running = running.filter((each) => each !== history);
      // A killed one writes no more; here it must not, for both would be of the same source.
      if (life % 2 === 1) await history.stop();
    }
    const { history } = await begin(store, clock);
    const all = clock.now() - start;
    expect(history.live.latestAt).toBe(start + sent * 10 * second);
    const window = history.live.select('calls', {})[0]?.window(start + all - 5 * minute, start + all);
    expect(window).toMatchObject({ count: 30, sum: 30 });
    const hours = await totals(history, 'calls', hour, all);
    expect(hours.reduce<number>((sum, value) => sum + (value ?? 0), 0)).toBe(sent);
    const tenMinutes = await totals(history, 'calls', 10 * minute, all);
    expect(new Set(tenMinutes.slice(0, -1))).toEqual(new Set([60]));
    expect((await store.listSeries({})).map(({ number }) => number).toSorted((a, b) => a - b)).toEqual([
      0, 1,
    ]);
  });

  test('finishes the roll-ups that were open when it ended long ago', async () => {
    const store = memoryHistoryStore();
    const clock = createFakeClock();
    const first = await begin(store, clock);
    first.metrics.counter({ name: 'calls', ...about }).add(7);
    await clock.advance(30 * second);
    await first.history.stop();
    await clock.advance(20 * minute);
    const next = await begin(store, clock);
    await clock.advance(10 * second);
    await next.history.flush();
    // Half a day later only the coarsest resolution is left of it.
    await clock.advance(12 * hour);
    await next.history.flush();
    const { series, resolutionMs } = await next.history.query({
      metric: 'calls',
      from: start,
      to: start + 10 * minute,
    });
    expect(resolutionMs).toBe(10 * minute);
    expect(series[0]?.points.map(({ value }) => value)).toEqual([7]);
  });
});

describe('a series', () => {
  test('is not forgotten while short-lived processes go on to sample it, and is once nobody does', async () => {
    const store = memoryHistoryStore();
    const clock = createFakeClock();
    const short = { resolutions: [{ stepMs: 10 * second, keepMs: hour }] };
    for (let life = 0; life < 8; life += 1) {
      const { metrics, history } = await begin(store, clock, short);
      metrics.counter({ name: 'calls', ...about }).add();
      if (life === 0) metrics.counter({ name: 'once', ...about }).add();
      await clock.advance(30 * minute);
      await history.stop();
    }
    expect((await store.listSeries({})).map(({ metric, number }) => [metric, number])).toEqual([
      ['calls', 0],
    ]);
  });

  test('leaves the live view when it has not been sampled for an hour, and comes back anew', async () => {
    const clock = createFakeClock();
    let gauges = new Map([['a', 1]]);
    const snapshot = (): { metrics: SampledMetric[] } => ({
      metrics: [
        {
          kind: 'gauge',
          definition: { name: 'depth', unit: '1', description: 'Depth.', category: 'system' },
          series: Array.from(gauges, ([tag, value]) => ({ tags: { tag }, value })),
        },
        {
          kind: 'custom',
          definition: { name: 'odd', unit: '1', description: 'Odd.', category: 'system' },
          series: [{ tags: {}, value: {} }],
        },
        {
          kind: 'rate',
          definition: { name: 'hits', unit: '1', description: 'Hits.', category: 'system' },
          series: [{ tags: {}, value: { total: 3, perSecond: [] } }],
        },
        {
          kind: 'counter',
          definition: { name: 'bad', unit: '1', description: 'Bad.', category: 'system' },
          series: [{ tags: {}, value: 'many' }],
        },
      ],
    });
    const history = createHistory(
      { resolutions },
      { metrics: { snapshot }, store: memoryHistoryStore(), clock },
    );
    running.push(history);
    await history.start();
    await clock.advance(10 * second);
    expect((await history.list()).map(({ metric, kind }) => [metric, kind])).toEqual([
      ['depth', 'gauge'],
      ['hits', 'counter'],
    ]);
    const { generation } = history.live;
    gauges = new Map([['b', 2]]);
    await clock.advance(3 * hour);
    expect(history.live.select('depth', {}).map(({ tags }) => tags['tag'])).toEqual(['b']);
    expect(history.live.generation).toBeGreaterThan(generation);
    gauges = new Map([['a', 3]]);
    await clock.advance(10 * second);
    await history.flush();
    const { series } = await history.query({
      metric: 'depth',
      tags: { tag: 'a' },
      from: clock.now() - 10 * second,
      to: clock.now(),
    });
    expect(series.map(({ sources, points }) => [sources, points.at(-1)?.value])).toEqual([[['main'], 3]]);
  });
});

describe('a history whose store is away', () => {
  test('keeps steps until it is back, and reports those that it had to give up', async () => {
    const brittle = new Brittle();
    const clock = createFakeClock();
    const { metrics, history } = await begin(brittle.store, clock, { limits: { waitingStepsMax: 10 } });
    const calls = metrics.counter({ name: 'calls', ...about });
    const pass = async (count: number): Promise<void> => {
      for (let step = 0; step < count; step += 1) {
        calls.add();
        await clock.advance(10 * second);
      }
    };
    await pass(2);
    brittle.broken = true;
    await pass(8);
    await expect(history.flush()).rejects.toMatchObject({
      code: 'unavailable',
      details: { stepsWaiting: 8 },
    });
    brittle.broken = false;
    await pass(1);
    await history.flush();
    expect(await totals(history, 'calls', 10 * second, 110 * second)).toEqual(
      Array.from({ length: 11 }, () => 1),
    );
    brittle.broken = true;
    await pass(13);
    expect(history.report()).toMatchObject({ stepsWaiting: 10, stepsLost: 3 });
    brittle.broken = false;
    await history.flush();
    expect(await totals(history, 'calls', 10 * second, 240 * second)).toEqual(
      Array.from({ length: 24 }, (_, index) => (index >= 11 && index < 14 ? null : 1)),
    );
  });
});

describe('what a history keeps', () => {
  test('is bounded in time, resolution by resolution', async () => {
    const store = memoryHistoryStore();
    const clock = createFakeClock();
    const { metrics, history } = await begin(store, clock);
    metrics.gauge({ name: 'depth', ...about }).set(1);
    for (let tick = 0; tick < 36; tick += 1) await clock.advance(10 * minute);
    await history.flush();
    const { resolutions: held } = await store.usage();
    for (const { stepMs, keepMs } of resolutions) {
      const oldest = held.find((each) => each.stepMs === stepMs)?.oldestAt ?? 0;
      expect(clock.now() - oldest).toBeLessThanOrEqual(keepMs + 10 * minute);
    }
    const { resolutionMs } = await history.query({
      metric: 'depth',
      from: clock.now() - 2 * hour,
      to: clock.now(),
    });
    expect(resolutionMs).toBe(minute);
  });

  test('is bounded in space: the oldest goes first, and is reported and logged', async () => {
    const store = memoryHistoryStore();
    const clock = createFakeClock();
    const lines: string[] = [];
    const log: Logger = {
      debug: () => undefined,
      info: () => undefined,
      warn: (message) => void lines.push(message),
      error: () => undefined,
      child: () => log,
    };
    const { metrics, history } = await begin(store, clock, { limits: { storedBytesMax: 200_000 } }, log);
    const depth = metrics.gauge({ name: 'depth', ...about });
    const random = seededRandom(2);
    const handles = Array.from({ length: 64 }, (_, index) => depth.with({ queue: String(index) }));
    for (let step = 0; step < 500; step += 1) {
      for (const handle of handles) handle.set(random.next());
      await clock.advance(10 * second);
    }
    await history.flush();
    const { store: report } = history.report();
    expect(report.bytes).toBeLessThanOrEqual(200_000);
    expect(report.removedForSpace.removed).toBeGreaterThan(0);
    expect(lines.some((line) => line.includes('storedBytesMax'))).toBe(true);
    const { series } = await history.query({
      metric: 'depth',
      from: clock.now() - 2 * minute,
      to: clock.now(),
      limit: 1,
    });
    expect(series[0]?.points.at(-2)?.value).not.toBeNull();
  });

  test('that is damaged is left out and counted; everything else is answered', async () => {
    const inner = memoryHistoryStore();
    const damaging: HistoryStore = new Brittle(inner).store;
    const clock = createFakeClock();
    const { metrics, history } = await begin(damaging, clock);
    metrics.counter({ name: 'calls', ...about }).add();
    await clock.advance(50 * second);
    await history.flush();
    const [frame] = await inner.readFrames({
      source: 'main',
      stepMs: 10 * second,
      shard: 0,
      from: start,
      to: start + 10 * second,
    });
    if (frame)
      await inner.append([
        { ...frame, bytes: frame.bytes.map((byte, index) => (index === 3 ? byte ^ 1 : byte)) },
      ]);
    const answer = await history.query({
      metric: 'calls',
      from: start,
      to: start + 50 * second,
      step: 10 * second,
    });
    expect(answer.damaged).toBe(1);
    expect(answer.series[0]?.points.map(({ value }) => value)).toEqual([null, 0, 0, 0, 0]);
    expect(history.report().damaged).toBe(1);
  });
});

describe('sampling', () => {
  test('of ten thousand series holds up the event loop for slices only', async () => {
    // Time that the thread has worked: what others on the machine take away does not count.
    const worked = (): number => (process.threadCpuUsage().user + process.threadCpuUsage().system) / 1_000;
    const fake = createFakeClock();
    const mixed: FakeClock = { ...fake, monotonic: worked, pending: 0 };
    const { metrics, history } = await begin(memoryHistoryStore(), mixed, { limits: { seriesMax: 10_000 } });
    const calls = metrics.counter({ name: 'calls', ...about });
    for (let user = 0; user < 10_000; user += 1) calls.with({ user: String(user) }).add(user);
    const gaps: number[] = [];
    let last = worked();
    let watching = true;
    const watch = (): void => {
      gaps.push(worked() - last);
      last = worked();
      if (watching) setImmediate(watch);
    };
    setImmediate(watch);
    for (let step = 0; step < 10; step += 1) {
      await fake.advance(10 * second);
      await history.flush();
    }
    watching = false;
    expect(history.report()).toMatchObject({ series: 10_000, steps: 10 });
    // A collection of garbage now and then is not what is tested; ten steps without slices would be ten long gaps.
    expect(gaps.toSorted((a, b) => b - a)[8]).toBeLessThan(10);
  });

  test('happens once for each moment of the grid, whatever the clock does, and counts what it missed', async () => {
    const clock = createFakeClock();
    const { metrics, history } = await begin(memoryHistoryStore(), clock);
    metrics.counter({ name: 'calls', ...about }).add();
    await clock.advance(20 * second);
    clock.jump(clock.now() - 15 * second);
    await clock.advance(20 * second);
    expect(history.report()).toMatchObject({ steps: 2, latestAt: start + 20 * second });
    clock.jump(start + 100 * second);
    await clock.advance(20 * second);
    await history.flush();
    expect(history.report().stepsMissed).toBeGreaterThan(5);
    const values = await totals(history, 'calls', 10 * second, 120 * second);
    expect(values.reduce<number>((sum, value) => sum + (value ?? 0), 0)).toBe(1);
  });
});
