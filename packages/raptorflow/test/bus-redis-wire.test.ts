import { randomUUID } from 'node:crypto';
import { startRedis, type RedisServer } from '@raptorflow/rig';
import { Redis } from 'ioredis';
import { createBus, redisEngine, type Bus } from 'raptorflow/bus';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { ChannelPolicies } from '../src/bus/channel-policies.ts';
import type { NewEvent } from '../src/bus/engine.ts';
import type { Caller } from '../src/bus/engines/redis/agreement.ts';
import { writeHold, writeRecord, type ClaimRecord, type Flight } from '../src/bus/engines/redis/flight.ts';
import { tagIn, tagOf } from '../src/bus/engines/redis/partitioning.ts';
import { encodeTurn, type TurnCargo } from '../src/bus/engines/redis/turn-message.ts';
import { procedureName, Stranger } from './stranger.ts';
import { wireEvents, wireSteps, wireTags } from './wire-vectors.ts';

let server: RedisServer;
beforeAll(async () => {
  server = await startRedis();
});
afterAll(() => server.stop());

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
});

async function open(prefix: string): Promise<Bus> {
  const bus = createBus({ engine: redisEngine({ url: server.url, prefix }) });
  await bus.start();
  cleanups.push(() => bus.stop({ deadlineMs: 0 }));
  return bus;
}

/** What Lua encodes has its fields in any order. */
function ordered(answer: unknown): unknown {
  if (Array.isArray(answer)) return answer.map(ordered);
  return typeof answer === 'string' && /^[[{]/u.test(answer) ? (JSON.parse(answer) as unknown) : answer;
}

/** The second event of the vectors in the hands of the session. */
function flightOf(record: ClaimRecord, body: string, now: number): Flight {
  const [channel, workspace, priority] = ['lab.tasks', 'acme', 'normal'] as const;
  return {
    ref: 2,
    partition: 6,
    record,
    group: 'team',
    fence: 2,
    key: `1 ${now * 2_048 + 1}`,
    lane: { lane: '1', channel, workspace, priority, retentionMs: 3_600_000 },
    attempt: 1,
    expiresAt: now + 60_000,
    held: false,
    redriven: false,
    expired: false,
    lock: 'key:k',
    history: [],
    body,
  };
}

describe('the vectors of docs/reference/redis-wire.md', () => {
  it('are what Redis does and keeps', async () => {
    // Whoever comes first loads the library.
    await open(randomUUID());
    const client = new Redis(server.url);
    cleanups.push(() => client.disconnect());
    expect(wireSteps.length).toBeGreaterThan(10);
    for (const { say, procedure, keys, args, command, answer } of wireSteps) {
      const found = command
        ? await client.call(...command)
        : await client.call(
            'fcall',
            await procedureName(client, procedure ?? ''),
            keys.length,
            ...keys,
            ...args,
          );
      expect(ordered(found), say).toEqual(ordered(answer));
    }
  });

  it('are what the engine sends', () => {
    const [now, [first, second]] = [1_767_225_600_000, wireEvents];
    const known = { session: 'ses_1', generation: '0' };
    const [channel, workspace, priority] = ['lab.tasks', 'acme', 'normal'] as const;
    const eventOf = (body: string, more: Partial<NewEvent>): NewEvent => {
      const { id, type } = JSON.parse(body) as { id: string; type: string };
      return { id, type, channel, workspace, priority, body, ...more };
    };
    const plain = { events: [eventOf(first, { isFresh: true })], repeated: false };
    const special = { orderingKey: 'k', dedupeKey: 'once', dedupeMs: 600_000, expiresInMs: 60_000 };
    const repeated = { events: [eventOf(second, special)], repeated: true };
    const record: ClaimRecord = { name: 'team|m1.1', flights: new Map(), othersWait: false };
    const flight = flightOf(record, second, now);
    record.flights.set(2, flight);
    const failed = [{ attempt: 1, at: new Date(now + 9).toISOString(), error: 'Error: not yet' }];
    const hold = { kind: 'hold', group: 'team', key: flight.key, lane: '1', lock: 'key:k' } as const;
    const claim = { group: 'team', want: 10, half: 0, strict: false, alone: 0, inHand: null };
    const encode = (at: number, cargo: Partial<TurnCargo>, caller: Caller | null): unknown =>
      encodeTurn(
        { units: [], settlements: [], claims: [], looksAround: false, ...cargo },
        {
          now: at,
          caller,
          deadLettersPerReasonMax: 10_000,
          policyOf: (name) => new ChannelPolicies([]).of(name),
        },
      );
    const settle = (...records: (readonly [string, string])[]): TurnCargo['settlements'][number] => ({
      ops: [],
      records,
      letters: [],
    });
    const turns = [
      encode(now, { units: [plain] }, null),
      encode(now, { units: [repeated] }, null),
      encode(now + 1, { units: [repeated] }, null),
      encode(now + 5, { claims: [{ ...claim, record: 'team|m1.1' }] }, { ...known, generation: '+0' }),
      encode(now + 9, { settlements: [settle([record.name, writeRecord(record)])] }, known),
      encode(
        now + 9,
        {
          settlements: [
            {
              ...settle(['team|m1.1', '']),
              ops: [{ ...hold, record: writeHold(flight, 1, failed), dueAt: now + 1_009 }],
            },
          ],
        },
        known,
      ),
      encode(now + 1_010, { claims: [{ ...claim, record: 'team|m1.2' }] }, known),
      encode(now + 1_011, { settlements: [settle(['team|m1.2', ''])] }, known),
      encode(
        now + 1_012,
        { settlements: [{ ...settle(['team|m1.2', '']), ops: [{ ...hold, kind: 'end' }] }] },
        { ...known, generation: '1' },
      ),
    ];
    const shown = wireSteps.filter(({ procedure }) => procedure === 'turn' || procedure === 'settle');
    expect(turns).toEqual(shown.map(({ args }) => args));
  });

  it('tell where workspaces are', () => {
    expect(wireTags.length).toBeGreaterThanOrEqual(4);
    for (const [name, tag, partition] of wireTags)
      expect([tagOf(name), tagOf(name) % 16]).toEqual([tag, partition]);
    expect(wireEvents.map((body) => tagIn((JSON.parse(body) as { id: string }).id))).toEqual([102, 102]);
  });
});

describe('a program that knows nothing but docs/reference/redis-wire.md', () => {
  it('publishes what the engine hands out and finds', async () => {
    const prefix = randomUUID();
    const bus = await open(prefix);
    const seen: unknown[] = [];
    await bus.subscribe('lab.*', ({ id, payload }) => void seen.push({ id, payload }), { group: 'team' });
    const stranger = await Stranger.arrive(server.url, prefix);
    cleanups.push(() => stranger.vanish());
    const id = await stranger.publish('lab.tasks', 'zürich', { n: 1 });
    await vi.waitFor(() => expect(seen).toEqual([{ id, payload: { n: 1 } }]), 5_000);
    expect(await bus.getMessage(id)).toMatchObject({ id, workspaceId: 'zürich' });
  });

  it('handles what the engine publishes, shares a group with its members, and is taken over when it dies', async () => {
    const prefix = randomUUID();
    const bus = await open(prefix);
    const stranger = await Stranger.arrive(server.url, prefix);
    cleanups.push(() => stranger.vanish());
    await stranger.join('team', 'lab.*');
    const ids: string[] = [];
    for (let n = 0; n < 30; n += 1) {
      ids.push(
        await bus.publish('lab.tasks', { type: 'task.created', payload: { n }, workspaceId: `w${n}` }),
      );
    }
    const own = await stranger.claimAll('team', 20);
    expect(own.length).toBe(20);
    expect((await bus.groups.list())[0]).toMatchObject({ name: 'team', members: 1, inFlight: 20, lag: 30 });
    // Three handlers have begun and will not end; the others are done.
    await stranger.begin(own.slice(0, 3));
    await stranger.acknowledge(own.slice(3));
    const seen = new Map<string, number>();
    await bus.subscribe('lab.*', ({ id }, { attempt }) => void seen.set(id, attempt), { group: 'team' });
    await vi.waitFor(() => expect(seen.size).toBe(10), 5_000);
    // While it beats, what it has in its hands is its own.
    await new Promise((resolve) => setTimeout(resolve, 3_000));
    expect(seen.size).toBe(10);
    stranger.vanish();
    await vi.waitFor(() => expect(seen.size).toBe(13), 5_000);
    expect(own.slice(0, 3).map(({ id }) => seen.get(id))).toEqual([2, 2, 2]);
    const handled = [...seen.keys(), ...own.slice(3).map(({ id }) => id)];
    expect(handled.toSorted()).toEqual(ids.toSorted());
    await vi.waitFor(async () => expect((await bus.groups.list())[0]).toMatchObject({ lag: 0, members: 1 }));
  });
});
