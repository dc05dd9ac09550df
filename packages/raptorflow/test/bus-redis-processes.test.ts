import { randomUUID } from 'node:crypto';
import { startRedis, startTcpProxy, type RedisServer } from '@raptorflow/rig';
import { createBus, redisEngine, type Bus } from 'raptorflow/bus';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { runChild, type Child } from './child.ts';

/** A dead member's events are with others within this time. */
const takeoverMsMax = 2_000;

let server: RedisServer;
let prefix: string;
let bus: Bus;
const children: Child[] = [];

beforeAll(async () => {
  server = await startRedis({ appendfsync: 'always' });
});
afterAll(() => server.stop());

beforeEach(async () => {
  prefix = randomUUID();
  bus = createBus({ engine: redisEngine({ url: server.url, prefix }) });
  await bus.start();
});
afterEach(async () => {
  await Promise.all(children.splice(0).map((child) => child.kill()));
  await bus.stop();
});

async function member(url = server.url): Promise<Child> {
  const child = runChild('bus-redis-member.ts', [url, prefix]);
  children.push(child);
  await vi.waitFor(() => expect(child.output()).toContain('ready'), { timeout: 20_000, interval: 20 });
  return child;
}

const begun = (child: Child, id: string): string[] =>
  child
    .output()
    .split('\n')
    .filter((line) => line.startsWith(`begin ${id}`));
const done = (child: Child, id: string): string[] =>
  child
    .output()
    .split('\n')
    .filter((line) => line.startsWith(`done ${id}`));

async function publish(payload: object): Promise<string> {
  return bus.publish('lab.work', { type: 'test.work', payload });
}

async function waitFor(condition: () => boolean, timeout: number): Promise<number> {
  const from = performance.now();
  await vi.waitFor(() => expect(condition()).toBe(true), { timeout, interval: 5 });
  return performance.now() - from;
}

describe('processes on one Redis', () => {
  it('takes over what a killed process was handling, within two seconds, as the next attempt', async () => {
    const first = await member();
    const id = await publish({ waitMs: 60_000 });
    await waitFor(() => begun(first, id).length === 1, 5_000);
    const second = await member();
    await first.kill();
    const tookMs = await waitFor(() => begun(second, id).length === 1, 10_000);
    expect(tookMs).toBeLessThan(takeoverMsMax);
    const [, , attempt, token] = (begun(second, id)[0] ?? '').split(' ');
    const before = (begun(first, id)[0] ?? '').split(' ')[3];
    expect([attempt, Number(token) > Number(before)]).toEqual(['2', true]);
    expect((await bus.groups.list())[0]).toMatchObject({ members: 1 });
  });

  it('never starts the event of a living handler again, though its event loop is blocked for seconds', async () => {
    const [first, second] = [await member(), await member()];
    const ids = await Promise.all([
      publish({ blockMs: 5_000 }),
      publish({ waitMs: 6_000 }),
      publish({ blockMs: 5_000 }),
    ]);
    await waitFor(() => ids.every((id) => done(first, id).length + done(second, id).length === 1), 20_000);
    for (const id of ids) expect(begun(first, id).length + begun(second, id).length).toBe(1);
    await vi.waitFor(async () => expect((await bus.groups.list())[0]?.lag).toBe(0));
  });

  it('gives a frozen process’s event to another one, and ignores what the thawed one says of it', async () => {
    const first = await member();
    const id = await publish({ waitMs: 6_000 });
    await waitFor(() => begun(first, id).length === 1, 5_000);
    const second = await member();
    first.process.kill('SIGSTOP');
    await waitFor(() => begun(second, id).length === 1, 20_000);
    first.process.kill('SIGCONT');
    await waitFor(() => done(first, id).length === 1 && done(second, id).length === 1, 20_000);
    await vi.waitFor(
      async () => expect((await bus.groups.list())[0]).toMatchObject({ lag: 0, members: 2 }),
      5_000,
    );
    // Thawed, it works on as if nothing had been.
    await second.kill();
    const next = await publish({});
    await waitFor(() => done(first, next).length === 1, 20_000);
  });

  it('dead-letters an event that kills every process, after its attempts, while a thousand others pass', async () => {
    const poison = await publish({ poison: true });
    const good = await Promise.all(Array.from({ length: 1_000 }, () => publish({})));
    for (let round = 0; round < 6; round += 1) {
      const child = runChild('bus-redis-member.ts', [server.url, prefix]);
      children.push(child);
      await Promise.race([child.ended, new Promise((resolve) => setTimeout(resolve, 4_000))]);
      if ((await bus.deadLetters.list()).total === 1) break;
    }
    const { items } = await bus.deadLetters.list();
    expect(items.map(({ event, attemptCount, reason }) => [event.id, attemptCount, reason])).toEqual([
      [poison, 3, 'max_retries_exceeded'],
    ]);
    await vi.waitFor(() => {
      const lines = children.flatMap((child) => child.output().split('\n'));
      const passed = new Set(lines.flatMap((line) => (line.startsWith('done ') ? [line.split(' ')[1]] : [])));
      expect(good.filter((id) => !passed.has(id))).toEqual([]);
    }, 10_000);
  });

  it('notices a wire that died in silence, and goes on where it was', async () => {
    const proxy = await startTcpProxy(server.port);
    try {
      const far = createBus({
        engine: redisEngine({ url: `redis://127.0.0.1:${proxy.port}`, prefix, publishTimeoutMs: 20_000 }),
      });
      await far.start();
      const seen: unknown[] = [];
      await far.subscribe('lab.*', (event) => void seen.push(event.id), { group: 'far' });
      proxy.freeze();
      const publishing = far.publish('lab.work', { type: 'test.work' });
      setTimeout(() => proxy.thaw(), 1_000);
      const from = performance.now();
      const id = await publishing;
      expect(performance.now() - from).toBeLessThan(7_000);
      expect(await bus.getMessage(id)).toMatchObject({ id });
      const other = await bus.publish('lab.work', { type: 'test.work' });
      await waitFor(() => seen.includes(id) && seen.includes(other), 10_000);
      expect(seen.filter((one) => one === id).length).toBe(1);
      await far.stop();
    } finally {
      await proxy.stop();
    }
  });

  it('tells publishers within publishTimeoutMs that Redis is away, and that nothing was lost when it is back', async () => {
    const own = await startRedis({ appendfsync: 'always' });
    const patient = createBus({ engine: redisEngine({ url: own.url, publishTimeoutMs: 30_000 }) });
    const hasty = createBus({ engine: redisEngine({ url: own.url, publishTimeoutMs: 300 }) });
    await Promise.all([patient.start(), hasty.start()]);
    const seen: string[] = [];
    await patient.subscribe('lab.*', (event) => void seen.push(event.id), { group: 'team' });
    const acknowledged: string[] = [];
    const load = { isOver: false };
    const publishing = (async () => {
      while (!load.isOver) acknowledged.push(await patient.publish('lab.work', { type: 'test.work' }));
    })();
    await waitFor(() => acknowledged.length > 50, 5_000);
    await own.kill();
    await expect(hasty.publish('lab.work', { type: 'test.work' })).rejects.toMatchObject({
      code: 'unavailable',
    });
    expect((await hasty.health()).status).toBe('unhealthy');
    const again = await startRedis({ appendfsync: 'always', directory: own.directory, port: own.port });
    const before = acknowledged.length;
    await waitFor(() => acknowledged.length > before + 50, 20_000);
    load.isOver = true;
    await publishing;
    await waitFor(() => acknowledged.every((id) => seen.includes(id)), 20_000);
    expect((await patient.health()).status).toBe('healthy');
    await Promise.all([patient.stop(), hasty.stop()]);
    await again.stop();
  });
});
