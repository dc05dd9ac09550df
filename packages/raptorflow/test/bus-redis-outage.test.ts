import { randomUUID } from 'node:crypto';
import { startRedis, startTcpProxy, type RedisServer, type TcpProxy } from '@raptorflow/rig';
import { createBus, redisEngine, type Bus } from 'raptorflow/bus';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { runChild, type Child } from './child.ts';

let server: RedisServer;
let prefix: string;
let bus: Bus;
const children: Child[] = [];

beforeEach(async () => {
  server = await startRedis({ appendfsync: 'always' });
  prefix = randomUUID();
  bus = createBus({ engine: redisEngine({ url: server.url, prefix, publishTimeoutMs: 30_000 }) });
  await bus.start();
});
afterEach(async () => {
  await Promise.all(children.splice(0).map((child) => child.kill()));
  await bus.stop();
  await server.stop();
});

async function member(url = server.url): Promise<Child> {
  const child = runChild('bus-redis-member.ts', [url, prefix]);
  children.push(child);
  await vi.waitFor(() => expect(child.output()).toContain('ready'), { timeout: 20_000, interval: 20 });
  return child;
}

/** Lines of all members that say this of an event. */
function said(word: 'begin' | 'done', id: string): string[] {
  return children
    .flatMap((child) => child.output().split('\n'))
    .filter((line) => line.startsWith(`${word} ${id}`));
}

async function waitFor(condition: () => boolean, timeout: number): Promise<void> {
  const heard = (): string => children.map((child) => child.output()).join('\n--\n');
  await vi.waitFor(() => expect(condition(), heard()).toBe(true), { timeout, interval: 5 });
}

describe('when Redis cannot be reached for a while', () => {
  it('leaves running handlers alone when Redis was away for seconds: nobody could beat meanwhile', async () => {
    await member();
    await member();
    const ids = await Promise.all(
      // Of several workspaces, because one may be given half of a member's places only, and one member may take all of them.
      Array.from({ length: 4 }, (_, number) =>
        bus.publish('lab.work', {
          type: 'test.work',
          payload: { waitMs: 11_000 },
          workspaceId: `w${number}`,
        }),
      ),
    );
    await waitFor(() => ids.every((id) => said('begin', id).length === 1), 10_000);
    await server.kill();
    // Longer than any silence that a process is forgiven while Redis is there.
    await new Promise((resolve) => setTimeout(resolve, 6_000));
    const { directory, port } = server;
    server = await startRedis({ appendfsync: 'always', directory, port });
    await waitFor(() => ids.every((id) => said('done', id).length === 1), 20_000);
    await vi.waitFor(async () => expect((await bus.groups.list())[0]?.lag).toBe(0), 10_000);
    for (const id of ids) expect(said('begin', id)).toHaveLength(1);
  });

  it('lets a process that was cut off say nothing about events that others have by then', async () => {
    const wire: TcpProxy = await startTcpProxy(server.port);
    try {
      await member(`redis://127.0.0.1:${wire.port}`);
      const publish = (waitMs: number): Promise<string> =>
        bus.publish('lab.work', { type: 'test.work', payload: { waitMs }, orderingKey: 'one' });
      const first = await publish(9_000);
      const second = await publish(0);
      await waitFor(() => said('begin', first).length === 1, 10_000);
      await member();
      wire.freeze();
      // The other one has the event, and with it the lock of its key; meanwhile the first one finishes, and cannot say so.
      await waitFor(() => said('begin', first).length === 2, 20_000);
      await waitFor(() => said('done', first).length === 1, 20_000);
      wire.thaw();
      await waitFor(() => said('begin', second).length === 1, 30_000);
      expect(said('done', first)).toHaveLength(2);
      await vi.waitFor(
        async () => expect((await bus.groups.list())[0]).toMatchObject({ lag: 0, inFlight: 0, members: 2 }),
        10_000,
      );
      expect([said('begin', first).length, said('begin', second).length]).toEqual([2, 1]);
    } finally {
      await wire.stop();
    }
  });

  it('handles nothing twice because a wire broke between a handler’s end and Redis hearing of it', async () => {
    const wire: TcpProxy = await startTcpProxy(server.port);
    try {
      await member(`redis://127.0.0.1:${wire.port}`);
      // One claim, whose events are settled by turns that break together and are said again; shorter than the silence of a dead process.
      const ids = await bus.publishMany('lab.work', [
        { type: 'test.work', payload: { waitMs: 250 } },
        { type: 'test.work', payload: { waitMs: 400 } },
      ]);
      await waitFor(() => ids.every((id) => said('begin', id).length === 1), 10_000);
      wire.freeze();
      await waitFor(() => ids.every((id) => said('done', id).length === 1), 10_000);
      wire.thaw();
      await vi.waitFor(async () => expect((await bus.groups.list())[0]?.lag).toBe(0), 20_000);
      for (const id of ids) expect(said('begin', id)).toHaveLength(1);
    } finally {
      await wire.stop();
    }
  });

  it('refuses publishes as exhausted when Redis has no memory left, and keeps what it acknowledged', async () => {
    const small = await startRedis({ settings: { maxmemory: '6mb', 'maxmemory-policy': 'noeviction' } });
    const full = createBus({ engine: redisEngine({ url: small.url }) });
    await full.start();
    try {
      const kept: string[] = [];
      const payload = 'x'.repeat(100_000);
      const fill = async (): Promise<void> => {
        for (;;) kept.push(await full.publish('lab.work', { type: 'test.work', payload }));
      };
      await expect(fill()).rejects.toMatchObject({ code: 'exhausted' });
      expect(kept.length).toBeGreaterThan(5);
      for (const id of kept) expect(await full.getMessage(id)).toMatchObject({ id });
    } finally {
      await full.stop();
      await small.stop();
    }
  });

  it('says "unavailable" whatever is asked, and nothing of its client', async () => {
    const { directory, port } = server;
    await server.kill();
    const asked = [
      bus.subscribe('lab.*', () => undefined, { group: 'team' }),
      bus.groups.list(),
      bus.deadLetters.list(),
      bus.getMessage('evt_01a21d94-4ec4-7006-89e5-4f950f93b46a'),
    ];
    for (const question of asked) await expect(question).rejects.toMatchObject({ code: 'unavailable' });
    server = await startRedis({ appendfsync: 'always', directory, port });
    await vi.waitFor(async () => expect(await bus.groups.list()).toEqual([]), 10_000);
  });

  it('survives a wire that breaks again while it subscribes anew, and hears of events afterwards', async () => {
    const proxy = await startTcpProxy(server.port);
    const engine = redisEngine({ url: `redis://127.0.0.1:${proxy.port}`, prefix });
    const far = createBus({ engine });
    await far.start();
    const handled: string[] = [];
    await far.subscribe('lab.work', (event) => void handled.push(event.id), { group: 'far' });
    // A rejection that nobody handles would end the process, and fails this run.
    proxy.cutAt = 'subscribe';
    proxy.cut();
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    proxy.cutAt = undefined;
    await vi.waitFor(async () => expect((await far.health()).status).toBe('healthy'), 10_000);
    const ids: string[] = [];
    for (let turn = 0; turn < 3; turn += 1) {
      ids.push(await bus.publish('lab.work', { type: 'test.work', payload: { turn } }));
      await waitFor(() => handled.length === ids.length, 5_000);
    }
    expect(handled).toEqual(ids);
    await far.stop();
    await proxy.stop();
  });
});
