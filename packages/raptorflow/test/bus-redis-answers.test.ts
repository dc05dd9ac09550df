import { startRedis, startTcpProxy, type RedisServer, type TcpProxy } from '@raptorflow/rig';
import { Redis } from 'ioredis';
import { createBus, redisEngine, type Bus, type BusDeps } from 'raptorflow/bus';
import type { Logger } from 'raptorflow/kernel';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

let server: RedisServer;
let wire: TcpProxy;
const cleanups: (() => unknown)[] = [];

beforeEach(async () => {
  server = await startRedis();
  wire = await startTcpProxy(server.port);
  cleanups.push(
    () => server.stop(),
    () => wire.stop(),
  );
});
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
});

async function open(port: number, deps: BusDeps = {}): Promise<Bus> {
  const bus = createBus(
    { engine: redisEngine({ url: `redis://127.0.0.1:${port}`, partitions: 1, publishTimeoutMs: 10_000 }) },
    deps,
  );
  await bus.start();
  cleanups.push(() => bus.stop({ deadlineMs: 200 }));
  return bus;
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const work = { type: 'test.work' };
const retry = { retries: 5, baseMs: 1, capMs: 1 };

describe('an answer that gets lost', () => {
  it('does not have a settlement said again that Redis has taken: by then others have the event', async () => {
    const [near, far] = [await open(server.port), await open(wire.port)];
    const attempts: string[] = [];
    const ended = Promise.withResolvers<void>();
    await far.subscribe(
      'lab.work',
      (_, { attempt }) => {
        attempts.push(`far ${attempt}`);
        // The settlement arrives, its answer does not; and nothing else passes until somebody else has the event.
        wire.cutAt = '\nhold\r';
        throw new Error('not yet');
      },
      { group: 'team', retry, concurrency: 1 },
    );
    await near.publish('lab.work', work);
    await vi.waitFor(() => expect(attempts).toEqual(['far 1']), { timeout: 5_000, interval: 2 });
    await near.subscribe(
      'lab.work',
      async (_, { attempt }) => {
        attempts.push(`near ${attempt}`);
        wire.cutAt = undefined;
        // Long enough for the other one to be back, and to say it again.
        await pause(2_500);
        ended.resolve();
      },
      { group: 'team', retry, concurrency: 1 },
    );
    await ended.promise;
    await vi.waitFor(
      async () => expect((await near.groups.list())[0]).toMatchObject({ lag: 0, inFlight: 0 }),
      5_000,
    );
    expect(attempts).toEqual(['far 1', 'near 2']);
  });

  it('has a settlement said again that Redis has not taken', async () => {
    const bus = await open(wire.port);
    const seen: number[] = [];
    const gate = Promise.withResolvers<void>();
    await bus.subscribe(
      'lab.work',
      async (_, { attempt }) => {
        seen.push(attempt);
        await gate.promise;
      },
      { group: 'team' },
    );
    await bus.publish('lab.work', work);
    await vi.waitFor(() => expect(seen).toEqual([1]), 5_000);
    // What is said now does not arrive.
    wire.freeze();
    gate.resolve();
    await pause(300);
    wire.thaw();
    await vi.waitFor(
      async () => expect((await bus.groups.list())[0]).toMatchObject({ lag: 0, inFlight: 0 }),
      8_000,
    );
    expect(seen).toEqual([1]);
  });

  it('gives back at once what was claimed by it', async () => {
    const [near, far] = [await open(server.port), await open(wire.port)];
    const seen: string[] = [];
    await far.subscribe('lab.work', ({ id }) => void seen.push(id), { group: 'team' });
    for (let n = 0; n < 5; n += 1) {
      // The claim arrives, what it brings does not.
      wire.cutAt = 'team|m1.';
      const id = await near.publish('lab.work', work);
      await pause(100);
      wire.cutAt = undefined;
      await vi.waitFor(() => expect(seen.at(-1)).toBe(id), 5_000);
    }
    expect(seen).toHaveLength(5);
    expect((await near.groups.list())[0]).toMatchObject({ lag: 0, inFlight: 0 });
  });

  it('lets a process let go of what Redis has lost with its last second', async () => {
    const warnings: string[] = [];
    const bus = await open(wire.port, { log: warningsInto(warnings) });
    const admin = new Redis(server.url);
    cleanups.push(() => admin.disconnect());
    const gate = Promise.withResolvers<void>();
    let begun = 0;
    await bus.subscribe(
      'lab.work',
      async () => {
        begun += 1;
        await gate.promise;
      },
      { group: 'team' },
    );
    await bus.publish('lab.work', work);
    await vi.waitFor(() => expect(begun).toBe(1), 5_000);
    const [session = ''] = await admin.hkeys('{raptorflow:0}:sg');
    const hand = `{raptorflow:0}:s:${session}`;
    const records = (await admin.hkeys(hand)).filter((field) => field.startsWith('r'));
    expect(records).toHaveLength(1);
    await admin.hdel(hand, ...records);
    wire.cut();
    await vi.waitFor(() => expect(warnings.join()).toContain('Redis has lost what it had given out'), 5_000);
    gate.resolve();
    await vi.waitFor(() => expect(warnings.join()).toContain('Late acknowledgements were ignored'), 5_000);
    // It did not come back with what was said of it.
    expect((await admin.hkeys(hand)).filter((field) => field.startsWith('r'))).toEqual([]);
  });
});

describe('a claim that is answered after its member has left', () => {
  it('is given back to the group', async () => {
    const [near, far] = [await open(server.port), await open(wire.port)];
    const seen: string[] = [];
    const subscription = await far.subscribe('lab.work', () => void seen.push('far'), { group: 'team' });
    await pause(100);
    wire.delayMs = 250;
    const published = near.publish('lab.work', work);
    // The wake has arrived, the claim is under way.
    await pause(400);
    await subscription.stop({ deadlineMs: 0 });
    await published;
    await near.subscribe('lab.work', () => void seen.push('near'), { group: 'team' });
    await vi.waitFor(
      async () => expect((await near.groups.list())[0]).toMatchObject({ lag: 0, inFlight: 0 }),
      8_000,
    );
    expect(seen).toEqual(['near']);
  });
});

function warningsInto(warnings: string[]): Logger {
  const nothing = (): void => undefined;
  const warn = (message: string): void => void warnings.push(message);
  const log: Logger = { debug: nothing, info: nothing, warn, error: nothing, child: () => log };
  return log;
}
