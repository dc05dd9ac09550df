import { randomUUID } from 'node:crypto';
import { startRedis, type RedisServer } from '@raptorflow/rig';
import { Redis } from 'ioredis';
import { createBus, redisEngine, type Bus, type RedisEngineOptions } from 'raptorflow/bus';
import { createFakeClock } from 'raptorflow/kernel/testing';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { runChild, type Child } from './child.ts';

/** What an idle process may send in a day. */
const commandsADayMax = 8_000;
const quick = { pauseMsMin: 10, pauseMsMax: 1_000 };

let server: RedisServer;
beforeAll(async () => {
  server = await startRedis();
});
afterAll(() => server.stop());

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
});

async function open(options: RedisEngineOptions, deps: Parameters<typeof createBus>[1] = {}): Promise<Bus> {
  const bus = createBus(
    { engine: redisEngine({ url: server.url, idle: 'polling', polling: quick, ...options }) },
    deps,
  );
  await bus.start();
  cleanups.push(() => bus.stop({ deadlineMs: 0 }));
  return bus;
}

/** Counts what clients send; what procedures do inside Redis is not sent. */
async function countCommands(): Promise<{ taken(): string[] }> {
  const client = new Redis(server.url);
  cleanups.push(() => client.disconnect());
  const monitor = await client.monitor();
  cleanups.push(() => monitor.disconnect());
  let sent: string[] = [];
  monitor.on('monitor', (_time: string, args: string[], source: string) => {
    if (source !== 'lua') sent.push(args[0] ?? '');
  });
  return {
    taken() {
      const taken = sent;
      sent = [];
      return taken;
    },
  };
}

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

describe('a Redis bus that polls', () => {
  it('sends at most 8,000 commands a day while it is idle, one for each pause', async () => {
    const clock = createFakeClock();
    const bus = await open({ prefix: randomUUID() }, { clock });
    await bus.subscribe('lab.*', () => undefined, { group: 'team' });
    await bus.subscribe('lab.*', () => undefined);
    const { taken } = await countCommands();
    // Until pauses are long: 10, 20, 40 … 1,000 ms.
    await sleep(3_000);
    taken();
    const seconds = 10;
    await sleep(seconds * 1_000);
    const polls = taken().length;
    expect(polls).toBeGreaterThanOrEqual(seconds - 2);
    expect(polls).toBeLessThanOrEqual(seconds + 1);
    // Once an hour it looks at every partition.
    await clock.advance(3_600_000);
    await sleep(500);
    const look = taken().length - 1;
    expect(look).toBeGreaterThan(10);
    const { polling } = await open({ prefix: randomUUID(), polling: {} }).then((other) => other.health());
    const pauseMs = (polling?.takeoverMsMax ?? 0) - 5_000;
    const aDay = (86_400_000 / pauseMs) * (polls / seconds) + 24 * look;
    expect(aDay, `${polls} polls in ${seconds} s, ${look} commands a look`).toBeLessThan(commandsADayMax);
  });

  it('tells what an hour costs, and within what time it takes over', async () => {
    const bus = await open({ prefix: randomUUID(), polling: { pauseMsMin: 50, pauseMsMax: 30_000 } });
    const { polling } = await bus.health();
    expect(polling).toMatchObject({ takeoverMsMax: 35_000 });
    expect(polling?.commandsPerHour).toBeGreaterThan(0);
    expect(polling?.pauseMs).toBeLessThanOrEqual(30_000);
  });

  it('needs no right to subscribe, to publish, to see connections or to load functions', async () => {
    const admin = new Redis(server.url);
    const denied = '-subscribe -psubscribe -ssubscribe -publish -spublish -client -function -fcall -monitor';
    await admin.call('ACL', 'SETUSER', 'thrifty', 'on', '>secret', '~*', '+@all', ...denied.split(' '));
    const prefix = randomUUID();
    const url = `redis://thrifty:secret@127.0.0.1:${server.port}`;
    const [here, there] = [await open({ url, prefix }), await open({ url, prefix })];
    const seen: string[] = [];
    const live: string[] = [];
    await here.subscribe('lab.*', (event) => void seen.push(event.id), { group: 'team' });
    await here.subscribe('lab.*', (event) => void live.push(event.id));
    await here.subscribe('lab.ask', (_event, context) => context.reply({ answer: 42 }), { group: 'oracle' });
    const first = await there.publish('lab.work', { type: 'test.work' });
    const later = await there.publish('lab.work', { type: 'test.work', delayMs: 300 });
    await vi.waitFor(() => expect(seen).toEqual([first, later]), 10_000);
    await vi.waitFor(() => expect(live).toEqual([first, later]), 10_000);
    const { payload } = await there.request('lab.ask', { type: 'test.ask' }, { timeoutMs: 10_000 });
    expect(payload).toEqual({ answer: 42 });
    const refused = (await admin.call('ACL', 'LOG')) as unknown[][];
    admin.disconnect();
    const asked = new Set(refused.map((entry) => entry[entry.indexOf('object') + 1]));
    // Whether functions may be called, only trying tells; nothing else that is refused is ever asked.
    expect([...asked].filter((command) => !/^(fcall|function\|load)$/u.test(String(command)))).toEqual([]);
  });

  it('hears of everything although more happened between two polls than the list keeps', async () => {
    const prefix = randomUUID();
    const [slow, busy] = [
      await open({ prefix, polling: { pauseMsMin: 1_500, pauseMsMax: 1_500 } }),
      await open({ prefix }),
    ];
    const [seen, live] = [new Set<string>(), new Set<string>()];
    await slow.subscribe('lab.*', (event) => void seen.add(event.id), { group: 'team', concurrency: 50 });
    await slow.subscribe('lab.*', (event) => void live.add(event.id));
    const ids: string[] = [];
    for (let n = 0; n < 1_600; n += 1)
      ids.push(await busy.publish('lab.work', { type: 'test.work', workspaceId: `w${n % 40}` }));
    await vi.waitFor(() => expect([seen.size, live.size]).toEqual([ids.length, ids.length]), 20_000);
  });

  it('takes over what a killed process was handling within the time that health tells, and not before it is dead', async () => {
    const prefix = randomUUID();
    const bus = await open({ prefix });
    const takeoverMsMax = (await bus.health()).polling?.takeoverMsMax ?? 0;
    const children: Child[] = [];
    cleanups.push(() => Promise.all(children.map((child) => child.kill())));
    const member = async (): Promise<Child> => {
      const options = JSON.stringify({ idle: 'polling', polling: quick });
      const child = runChild('bus-redis-member.ts', [server.url, prefix, options]);
      children.push(child);
      await vi.waitFor(() => expect(child.output()).toContain('ready'), { timeout: 20_000, interval: 20 });
      return child;
    };
    const begun = (child: Child, id: string): number => child.output().split(`begin ${id}`).length - 1;
    const first = await member();
    const blocked = await bus.publish('lab.work', { type: 'test.work', payload: { blockMs: 8_000 } });
    await vi.waitFor(() => expect(begun(first, blocked)).toBe(1), 5_000);
    const second = await member();
    // A thread of its own polls, so that a process whose event loop stands still lives on.
    await vi.waitFor(() => expect(first.output()).toContain(`done ${blocked}`), 15_000);
    expect(begun(second, blocked)).toBe(0);
    const id = await bus.publish('lab.work', { type: 'test.work', payload: { waitMs: 60_000 } });
    await vi.waitFor(() => expect(begun(first, id) + begun(second, id)).toBe(1), 5_000);
    const [victim, heir] = begun(first, id) === 1 ? [first, second] : [second, first];
    await sleep(3_000);
    const from = performance.now();
    await victim.kill();
    await vi.waitFor(() => expect(begun(heir, id)).toBe(1), { timeout: 30_000, interval: 5 });
    const tookMs = performance.now() - from;
    expect(tookMs).toBeLessThan(takeoverMsMax + 500);
  });

  it('refuses to work beside processes that subscribe: neither would hear the other', async () => {
    const prefix = randomUUID();
    await open({ prefix, idle: 'subscribing' });
    await expect(open({ prefix })).rejects.toMatchObject({ code: 'conflict' });
    const other = randomUUID();
    await open({ prefix: other });
    await expect(open({ prefix: other, idle: 'subscribing' })).rejects.toThrow('idle "polling"');
  });

  it('may change its way when nobody else is left', async () => {
    const prefix = randomUUID();
    const before = await open({ prefix, idle: 'subscribing' });
    await before.publish('lab.work', { type: 'test.work' });
    await before.stop();
    const seen: unknown[] = [];
    const after = await open({ prefix });
    await after.subscribe('lab.*', (event) => void seen.push(event.id), { group: 'team', from: 'earliest' });
    await vi.waitFor(() => expect(seen).toHaveLength(1), 5_000);
  });

  it('refuses a cluster, whose partitions no single command can ask for, and pauses that make no sense', () => {
    const cluster = ['redis://127.0.0.1:1'];
    expect(() => redisEngine({ cluster, idle: 'polling' })).toThrow('cannot poll a cluster');
    const polling = { pauseMsMin: 2_000, pauseMsMax: 1_000 };
    expect(() => redisEngine({ url: server.url, idle: 'polling', polling })).toThrow('pauseMsMin');
  });
});
