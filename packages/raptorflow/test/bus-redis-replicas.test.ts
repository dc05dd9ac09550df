import { randomUUID } from 'node:crypto';
import { findFreePort, startRedis, startTcpProxy, type RedisServer } from '@raptorflow/rig';
import { Redis } from 'ioredis';
import { createBus, redisEngine, type Bus, type RedisEngineOptions } from 'raptorflow/bus';
import { afterEach, describe, expect, it, vi } from 'vitest';

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
});

async function open(options: RedisEngineOptions): Promise<Bus> {
  const bus = createBus({ engine: redisEngine(options) });
  await bus.start();
  cleanups.push(() => bus.stop({ deadlineMs: 0 }));
  return bus;
}

async function start(options: Parameters<typeof startRedis>[0] = {}): Promise<RedisServer> {
  const server = await startRedis(options);
  cleanups.push(() => server.stop());
  return server;
}

async function ask(server: RedisServer, ...command: [string, ...string[]]): Promise<unknown> {
  const client = new Redis(server.url);
  try {
    return await client.call(...command);
  } finally {
    client.disconnect();
  }
}

/** A primary, and a replica that follows it. */
async function startPair(lagMs = 0): Promise<{ primary: RedisServer; replica: RedisServer }> {
  const primary = await start({ settings: { 'repl-diskless-sync-delay': '0' } });
  const wire = await startTcpProxy(primary.port);
  cleanups.push(() => wire.stop());
  const replica = await start({ replicaOf: wire.port });
  await vi.waitFor(
    async () => expect(String(await ask(replica, 'info', 'replication'))).toContain('master_link_status:up'),
    { timeout: 20_000, interval: 50 },
  );
  wire.delayMs = lagMs;
  return { primary, replica };
}

describe('a Redis bus that waits for replicas', () => {
  it('acknowledges an event when the replica has it, and not before', async () => {
    const lagMs = 150;
    const { primary, replica } = await startPair(lagMs);
    const bus = await open({ url: primary.url, replicas: 1, prefix: 'own' });
    const from = performance.now();
    const id = await bus.publish('lab.work', { type: 'test.work' });
    expect(performance.now() - from).toBeGreaterThanOrEqual(lagMs);
    await primary.kill();
    const keys = (await ask(replica, 'keys', '*}:l:*')) as string[];
    const rows = await Promise.all(keys.map((key) => ask(replica, 'xrange', key, '-', '+')));
    expect(JSON.stringify(rows)).toContain(id);
  });

  it('asks the replicas once for many publishes side by side', async () => {
    const { primary } = await startPair(50);
    const bus = await open({ url: primary.url, replicas: 1 });
    await bus.publish('lab.work', { type: 'test.work' });
    await ask(primary, 'config', 'resetstat');
    await Promise.all(
      Array.from({ length: 500 }, (_, n) =>
        bus.publish('lab.work', { type: 'test.work', workspaceId: `w${n % 30}` }),
      ),
    );
    const [, calls] =
      /cmdstat_wait:calls=(\d+)/u.exec(String(await ask(primary, 'info', 'commandstats'))) ?? [];
    expect(Number(calls)).toBeGreaterThan(0);
    expect(Number(calls)).toBeLessThan(30);
  });

  it('fails with "unavailable" in time when replicas are missing, says that the event may be stored, and goes on when they are back', async () => {
    const { primary, replica } = await startPair();
    const bus = await open({ url: primary.url, replicas: 1, publishTimeoutMs: 1_000 });
    const seen: string[] = [];
    await bus.subscribe('lab.*', (event) => void seen.push(event.id), { group: 'team' });
    process.kill(replica.pid, 'SIGSTOP');
    const from = performance.now();
    const refused = bus.publish('lab.work', { type: 'test.work' });
    await expect(refused).rejects.toMatchObject({ code: 'unavailable' });
    await expect(refused).rejects.toThrow('may have been stored');
    const tookMs = performance.now() - from;
    expect(tookMs).toBeGreaterThan(900);
    expect(tookMs).toBeLessThan(1_600);
    process.kill(replica.pid, 'SIGCONT');
    const client = new Redis(primary.url);
    const follows = async (): Promise<void> => {
      await client.set('probe', 1);
      expect(Number(await client.call('wait', 1, 100))).toBe(1);
    };
    await vi.waitFor(follows, { timeout: 20_000, interval: 50 });
    client.disconnect();
    const id = await bus.publish('lab.work', { type: 'test.work' });
    // It was stored indeed, and handling does not wait for replicas.
    await vi.waitFor(() => expect([seen.length, seen.includes(id)]).toEqual([2, true]), 5_000);
  });

  it('warns when fewer replicas follow than publishes wait for', async () => {
    const { primary, replica } = await startPair();
    const bus = await open({ url: primary.url, replicas: 1 });
    expect((await bus.health()).warnings).toEqual([]);
    await replica.kill();
    await vi.waitFor(async () => {
      expect((await bus.health()).warnings.join()).toContain('0 replicas follow');
    }, 10_000);
  });

  it('loses nothing that was acknowledged when the primary is killed and sentinels promote a replica that lags', async () => {
    const { primary } = await startPair(60);
    const port = await findFreePort();
    const sentinel = await start({
      port,
      sentinelOf: { name: 'bus', port: primary.port, downAfterMs: 400 },
    });
    await vi.waitFor(
      async () => expect(((await ask(sentinel, 'sentinel', 'replicas', 'bus')) as unknown[]).length).toBe(1),
      { timeout: 20_000, interval: 100 },
    );
    const sentinels = { master: 'bus', nodes: [`redis://127.0.0.1:${port}`] };
    const prefix = randomUUID();
    const bus = await open({ sentinels, prefix, replicas: 1, publishTimeoutMs: 1_500 });
    const acknowledged: string[] = [];
    const load = { isOver: false, refused: 0 };
    const strands = Array.from({ length: 8 }, async (_, n) => {
      while (!load.isOver) {
        await bus.publish('lab.work', { type: 'test.work', workspaceId: `w${n}` }).then(
          (id) => void acknowledged.push(id),
          () => void (load.refused += 1),
        );
      }
    });
    await vi.waitFor(() => expect(acknowledged.length).toBeGreaterThan(60), 20_000);
    await primary.kill();
    // The promoted one has no replica: every publish has failed by now, and says so.
    await vi.waitFor(() => expect(load.refused).toBeGreaterThan(16), { timeout: 30_000, interval: 50 });
    load.isOver = true;
    await Promise.all(strands);
    const after = await open({ sentinels, prefix });
    const handled = new Set<string>();
    await after.subscribe('lab.*', (event) => void handled.add(event.id), { group: 'all', from: 'earliest' });
    await vi.waitFor(() => expect(acknowledged.filter((id) => !handled.has(id))).toEqual([]), 20_000);
    expect((await after.publish('lab.work', { type: 'test.work' })).startsWith('evt_')).toBe(true);
  });

  it('refuses a cluster, where a question to the replicas has no address', () => {
    expect(() => redisEngine({ cluster: ['redis://127.0.0.1:1'], replicas: 1 })).toThrow('replicas');
  });
});
