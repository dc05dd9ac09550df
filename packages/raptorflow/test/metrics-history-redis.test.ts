import { randomUUID } from 'node:crypto';
import { startRedis, startTcpProxy, type RedisServer } from '@raptorflow/rig';
import { silentLogger, systemClock } from 'raptorflow/kernel';
import { createFakeClock } from 'raptorflow/kernel/testing';
import { createHistory, createMetrics, redisHistoryStore } from 'raptorflow/metrics';
import { historyStoreContract } from 'raptorflow/metrics/contract-suite';
import { openRedisLink } from 'raptorflow/storage';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

let server: RedisServer;
beforeAll(async () => {
  server = await startRedis({});
});
afterAll(() => server.stop());

historyStoreContract(
  'redis',
  async () => {
    const prefix = randomUUID();
    const make = (): ReturnType<typeof redisHistoryStore> => redisHistoryStore({ url: server.url, prefix });
    return { store: make(), reopen: make, second: make, dispose: async () => undefined };
  },
  { reopen: true, second: true },
);

const about = { unit: 'calls', description: 'Calls.', category: 'performance' } as const;
const start = Date.UTC(2026, 0, 1);

async function ask(
  commands: Parameters<Awaited<ReturnType<typeof openRedisLink>>['send']>[0],
): Promise<unknown[]> {
  const link = await openRedisLink({ url: server.url });
  try {
    return await link.send(commands);
  } finally {
    link.close();
  }
}

describe('a history on Redis', () => {
  test('has one element for each sealed block, and none for its samples', async () => {
    const clock = createFakeClock();
    const metrics = createMetrics({}, { clock });
    const prefix = randomUUID();
    const resolutions = [{ stepMs: 10_000, keepMs: 7_200_000 }];
    const history = createHistory(
      { resolutions, blockPoints: 100 },
      { metrics, store: redisHistoryStore({ url: server.url, prefix }), clock },
    );
    await history.start();
    metrics.gauge({ name: 'depth', ...about }).set(5);
    for (let step = 0; step < 250; step += 1) {
      await clock.advance(10_000);
      await history.flush();
    }
    const { series } = await history.query({
      metric: 'depth',
      from: start,
      to: start + 2_500_000,
      step: 10_000,
    });
    expect(series[0]?.points.filter(({ value }) => value === 5)).toHaveLength(250);
    await history.stop();
    const [blocks, frames] = await ask([
      ['zcard', `{${prefix}}:b:10000:0:main`],
      ['zcard', `{${prefix}}:f:10000:0:main`],
    ]);
    // Sealed at 50 frames (the first shard's share of a block), then at 100 more each.
    expect(Number(blocks)).toBeGreaterThanOrEqual(2);
    expect(Number(frames)).toBeLessThan(120);
  });

  test('waits for a server that is away, reports it, and loses no step', async () => {
    const own = await startRedis({});
    const clock = createFakeClock();
    const metrics = createMetrics({}, { clock });
    const history = createHistory({}, { metrics, store: redisHistoryStore({ url: own.url }), clock });
    await history.start();
    const calls = metrics.counter({ name: 'calls', ...about });
    calls.add();
    await clock.advance(10_000);
    await history.flush();
    await own.stop();
    calls.add();
    await clock.advance(10_000);
    await expect(history.flush()).rejects.toMatchObject({ code: 'unavailable' });
    expect(history.report()).toMatchObject({ stepsWaiting: 1, stepsLost: 0 });
    expect(history.live.select('calls', {})[0]?.window(start, start + 20_000)).toMatchObject({ sum: 2 });
    await history.stop({ deadlineMs: 100 });
  });
});

test('a history goes on by itself when the wire to Redis was cut, and has every step', async () => {
  const proxy = await startTcpProxy(server.port);
  const clock = createFakeClock();
  const metrics = createMetrics({}, { clock });
  const prefix = randomUUID();
  const url = `redis://127.0.0.1:${proxy.port}`;
  const history = createHistory({}, { metrics, store: redisHistoryStore({ url, prefix }), clock });
  await history.start();
  const calls = metrics.counter({ name: 'calls', ...about });
  for (let step = 0; step < 30; step += 1) {
    calls.add();
    if (step % 10 === 5) proxy.cut();
    await clock.advance(10_000);
  }
  const patienceEndsAt = systemClock.monotonic() + 20_000;
  while (history.report().stepsWaiting > 0 && systemClock.monotonic() < patienceEndsAt) {
    await systemClock.sleep(20);
    await history.flush().catch(() => undefined);
  }
  const { series } = await history.query({ metric: 'calls', from: start, to: start + 300_000, step: 10_000 });
  expect(series[0]?.points.map(({ value }) => value)).toEqual(Array.from({ length: 30 }, () => 1));
  await history.stop();
  await proxy.stop();
});

describe('the readable keys of operations', () => {
  test('hold the last 1,000 durations and the counts of each operation, at most 100 KB', async () => {
    const store = redisHistoryStore({ url: server.url, prefix: randomUUID() });
    await store.open({ clock: systemClock, log: silentLogger });
    const operation = `fetch-${randomUUID()}`;
    for (let call = 1; call <= 2_500; call += 1) {
      store.operations.record({
        operation,
        at: start + call,
        durationMs: call + 0.123_456,
        succeeded: call % 5 !== 0,
        attempts: call % 2 === 0 ? 2 : 1,
      });
    }
    await store.close();
    const [list, hash, size] = await ask([
      ['lrange', `metrics:periscope:latency:${operation}`, 0, -1],
      [
        'hmget',
        `metrics:periscope:operations:${operation}`,
        'calls',
        'successes',
        'failures',
        'retries',
        'last_at',
      ],
      ['memory', 'usage', `metrics:periscope:latency:${operation}`],
    ]);
    const durations = (list as Buffer[]).map(String);
    expect(durations).toHaveLength(1_000);
    expect(durations[0]).toBe('2500.123');
    expect(durations.at(-1)).toBe('1501.123');
    expect((hash as Buffer[]).map(String)).toEqual([
      '2500',
      '2000',
      '500',
      '1250',
      '2026-01-01T00:00:02.500Z',
    ]);
    expect(Number(size)).toBeLessThanOrEqual(100_000);
    expect(store.operations.dropped).toBe(0);
  });

  test('are never waited for: without Redis calls are counted as dropped', async () => {
    const own = await startRedis({});
    const store = redisHistoryStore({ url: own.url });
    await store.open({ clock: systemClock, log: silentLogger });
    await own.stop();
    store.operations.record({ operation: 'fetch', at: start, durationMs: 1, succeeded: true });
    await store.close();
    expect(store.operations.dropped).toBe(1);
  });
});
