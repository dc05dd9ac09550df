import { defineRoutes } from '@raptorflow/contract';
import {
  createIdempotencyKeys,
  idempotencyMigrations,
  idempotencyTables,
  openDatabase,
  type Database,
} from '@raptorflow/runtime';
import type { FastifyInstance, LightMyRequestResponse } from 'fastify';
import { createIds, RaptorFlowError, silentLogger } from 'raptorflow/kernel';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { createApp } from '../app.ts';
import type { Call, Caller } from '../call.ts';
import { registerRoutes, replied } from '../register.ts';
import { noTrail } from '../testing/no-trail.ts';

const callerOf = (token: string): Caller => ({
  userId: token,
  name: token,
  operator: false,
  expiresAtMs: 1e15,
  tokenId: token,
});

const group = defineRoutes({
  make: {
    method: 'POST',
    path: '/things',
    role: 'member',
    tag: 'things',
    summary: 'Make a thing.',
    body: z.strictObject({ name: z.string() }),
    response: z.object({ id: z.string() }),
    status: 201,
  },
  key: {
    method: 'POST',
    path: '/keys',
    role: 'member',
    tag: 'things',
    summary: 'Make a key.',
    response: z.object({ secret: z.string() }),
    answersSecret: true,
  },
  talk: {
    method: 'POST',
    path: '/talks',
    role: 'member',
    tag: 'things',
    summary: 'Talk.',
    body: z.strictObject({ stream: z.boolean() }),
    response: z.object({ id: z.string() }),
    format: 'stream',
  },
});

let app: FastifyInstance;
let db: Database;
let made = 0;
let work: (call: Call) => Promise<void> = async () => undefined;
beforeEach(async () => {
  made = 0;
  work = async () => undefined;
  db = openDatabase({ path: ':memory:', tables: [idempotencyTables], migrations: [idempotencyMigrations] });
  await db.start();
  app = await createApp(
    { version: '0', secure: false, corsOrigins: [], trustProxy: false },
    { ids: createIds(), log: silentLogger },
  );
  const make = async (_input: unknown, call: Call): Promise<{ id: string }> => {
    await work(call);
    made += 1;
    return { id: `thing ${made}` };
  };
  registerRoutes(
    app,
    group,
    {
      make,
      key: async () => ({ secret: `s${(made += 1)}` }),
      talk(_input, call) {
        made += 1;
        call.reply.hijack();
        call.reply.raw.end('data: hello\n\n');
        return replied;
      },
    },
    {
      gatekeeper: {
        identify: async (token) => callerOf(token),
        admit: async (token) => ({
          caller: callerOf(token),
          entrance: { workspaceId: 'wsp_a', role: 'member' },
        }),
      },
      audit: noTrail,
      allowedOrigins: [],
      idempotency: createIdempotencyKeys({ answerCharactersMax: 1_000 }, { db }),
    },
  );
});
afterEach(async () => {
  await app.close();
  await db.stop();
});

function post(
  url: string,
  payload: object | undefined,
  key: string | undefined,
  user = 'ann',
): Promise<LightMyRequestResponse> {
  return app.inject({
    method: 'POST',
    url,
    headers: { authorization: `Bearer ${user}`, ...(key === undefined ? {} : { 'idempotency-key': key }) },
    ...(payload === undefined ? {} : { payload }),
  });
}

describe('a POST with an idempotency key', () => {
  it('is carried out once, and answered with the first answer, its status and its type', async () => {
    const first = await post('/things', { name: 'a' }, 'k1');
    const second = await post('/things', { name: 'a' }, '"k1"');
    expect([first.statusCode, first.json()]).toEqual([201, { id: 'thing 1' }]);
    expect([second.statusCode, second.body]).toEqual([201, first.body]);
    expect(second.headers['content-type']).toBe(first.headers['content-type']);
    expect([first.headers['idempotent-replayed'], second.headers['idempotent-replayed']]).toEqual([
      undefined,
      'true',
    ]);
    expect((await post('/things', { name: 'a' }, 'k1', 'bob')).json()).toEqual({ id: 'thing 2' });
    expect((await post('/things', { name: 'a' }, undefined)).json()).toEqual({ id: 'thing 3' });
  });

  it('is refused with another body or query, and may be corrected when it was not valid', async () => {
    expect((await post('/things', { nmae: 'a' }, 'k1')).statusCode).toBe(422);
    expect((await post('/things', { name: 'a' }, 'k1')).statusCode).toBe(201);
    for (const [url, name] of [
      ['/things', 'b'],
      ['/things?x=1', 'a'],
    ] as const) {
      const other = await post(url, { name }, 'k1');
      expect([other.statusCode, other.json().error.code]).toEqual([422, 'idempotency_conflict']);
    }
    expect(made).toBe(1);
  });

  it('waits for the first of fifty at once, which goes on when its client goes away', async () => {
    const { promise: door, resolve: open } = Promise.withResolvers<undefined>();
    let signal: AbortSignal | undefined;
    work = async (call) => {
      signal = call.signal;
      await door;
    };
    const all = Array.from({ length: 50 }, () => post('/things', { name: 'a' }, 'k1'));
    const early = await Promise.race(all);
    expect([early.statusCode, early.json().error.code, early.headers['retry-after']]).toEqual([
      409,
      'idempotency_in_progress',
      '1',
    ]);
    open(undefined);
    const statuses = (await Promise.all(all)).map((each) => each.statusCode);
    expect(statuses.filter((status) => status === 201)).toHaveLength(1);
    expect(made).toBe(1);
    expect(signal?.aborted).toBe(false);
    expect((await post('/things', { name: 'a' }, 'k1')).json()).toEqual({ id: 'thing 1' });
  });

  it('is tried anew after a failure of the server or of the budget, and not after another refusal', async () => {
    for (const [code, again] of [
      ['unavailable', true],
      ['budget_exceeded', true],
      ['exhausted', true],
      ['not_found', false],
    ] as const) {
      work = () => Promise.reject(new RaptorFlowError(code, 'no'));
      const failed = await post('/things', { name: 'a' }, code);
      work = async () => undefined;
      const next = await post('/things', { name: 'a' }, code);
      expect([code, next.statusCode]).toEqual([code, again ? 201 : failed.statusCode]);
    }
  });

  it('keeps no secret, no stream and no large answer, says so, and does nothing twice', async () => {
    work = (call) => Promise.resolve(void call.reply.header('x-large', '1'));
    expect((await post('/keys', undefined, 'k1')).json()).toEqual({ secret: 's1' });
    await post('/talks', { stream: true }, 'k2');
    for (const again of [
      await post('/keys', undefined, 'k1'),
      await post('/talks', { stream: true }, 'k2'),
    ]) {
      expect([again.statusCode, again.json().error.code]).toEqual([409, 'idempotency_not_replayable']);
    }
    expect(made).toBe(2);
    const stored = await db
      .system<{ idempotency_keys: { body: string | null } }>()
      .selectFrom('idempotency_keys')
      .select('body')
      .execute();
    expect(stored).toEqual([{ body: null }, { body: null }]);
  });

  it('is refused with a key that is none', async () => {
    for (const key of ['a b', 'x'.repeat(256), 'ü']) {
      expect((await post('/things', { name: 'a' }, key)).statusCode).toBe(400);
    }
  });
});
