import { startRedis, startTcpProxy } from '@raptorflow/rig';
import { Redis } from 'ioredis';
import { createBus, redisEngine } from 'raptorflow/bus';
import { afterEach, describe, expect, it, vi } from 'vitest';

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
});

describe('a turn that Redis refuses while the next one succeeds', () => {
  it('does not bring back what the next one said of the same claim', async () => {
    const server = await startRedis({ settings: { 'maxmemory-policy': 'noeviction' } });
    cleanups.push(() => server.stop());
    const admin = new Redis(server.url);
    cleanups.push(() => admin.disconnect());
    const wire = await startTcpProxy(server.port);
    cleanups.push(() => wire.stop());
    const bus = createBus({
      engine: redisEngine({ url: `redis://127.0.0.1:${wire.port}`, partitions: 1 }),
    });
    await bus.start();
    cleanups.push(() => bus.stop({ deadlineMs: 1_000 }));
    const gates = [Promise.withResolvers<undefined>(), Promise.withResolvers<undefined>()] as const;
    const begun: number[] = [];
    let refused: Promise<unknown> = Promise.resolve();
    await bus.publishMany('lab.work', [
      { type: 'test.work', payload: { n: 0 } },
      { type: 'test.work', payload: { n: 1 } },
    ]);
    await bus.subscribe(
      'lab.work',
      async (event) => {
        const { n } = event.payload as { n: 0 | 1 };
        begun.push(n);
        await gates[n].promise;
        // Goes with the very turn that tells of this handler's end, and has Redis refuse all of it.
        if (n === 0)
          refused = bus.publish('lab.other', { type: 'test.other' }).catch((error: unknown) => error);
      },
      { group: 'team', from: 'earliest', concurrency: 2 },
    );
    await vi.waitFor(() => expect(begun.length).toBe(2), 5_000);
    await admin.config('SET', 'maxmemory', '1');
    wire.delayMs = 150;
    gates[0].resolve(undefined);
    await new Promise((resolve) => setTimeout(resolve, 50));
    // The turn before is under way; this one stores nothing, so that it is not refused.
    gates[1].resolve(undefined);
    await vi.waitFor(async () => expect(await refused).toMatchObject({ code: 'exhausted' }), 5_000);
    await admin.config('SET', 'maxmemory', '0');
    wire.delayMs = 0;
    // What was refused is said again after a second.
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    expect((await bus.groups.list())[0]).toMatchObject({ inFlight: 0, lag: 0 });
    expect(begun).toEqual([0, 1]);
  });

  it('goes on by itself when Redis takes writes again', async () => {
    const server = await startRedis();
    cleanups.push(() => server.stop());
    const admin = new Redis(server.url);
    cleanups.push(() => admin.disconnect());
    const bus = createBus({ engine: redisEngine({ url: server.url, publishTimeoutMs: 1_000 }) });
    await bus.start();
    cleanups.push(() => bus.stop({ deadlineMs: 1_000 }));
    const seen: string[] = [];
    await bus.subscribe('lab.work', ({ id }) => void seen.push(id), { group: 'team' });
    await admin.config('SET', 'min-replicas-to-write', '1');
    for (let n = 0; n < 3; n += 1) {
      await expect(bus.publish('lab.work', { type: 'test.work' })).rejects.toMatchObject({
        code: 'unavailable',
      });
    }
    await admin.config('SET', 'min-replicas-to-write', '0');
    const id = await vi.waitFor(() => bus.publish('lab.work', { type: 'test.work' }), 10_000);
    await vi.waitFor(() => expect(seen).toEqual([id]), 5_000);
  });
});
