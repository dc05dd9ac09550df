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
import { createPeriscope } from 'raptorflow/resilience';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { z } from 'zod';
import { createApp } from './app.ts';
import { forwardRoutes } from './forward.ts';
import { registerRoutes } from './register.ts';
import { noTrail } from './testing/no-trail.ts';

const group = defineRoutes({
  make: {
    method: 'POST',
    path: '/things',
    role: 'member',
    tag: 'things',
    summary: 'Make a thing.',
    body: z.strictObject({ name: z.string(), size: z.number().default(1) }),
    response: z.object({ id: z.string() }),
    status: 201,
  },
});

let db: Database;
let [near, far]: FastifyInstance[] = [];
let made = 0;
let refusal: RaptorFlowError | undefined;
beforeEach(async () => {
  [made, refusal] = [0, undefined];
  db = openDatabase({ path: ':memory:', tables: [idempotencyTables], migrations: [idempotencyMigrations] });
  await db.start();
  far = await server(() => undefined);
  const address = await far.listen({ port: 0, host: '127.0.0.1' });
  near = await server(() => address);
});
afterEach(async () => {
  await near?.close();
  await far?.close();
  await db.stop();
});

/** One of two servers on the same stores. */
async function server(addressOf: () => string | undefined): Promise<FastifyInstance> {
  const app = await createApp(
    { version: '0', secure: false, corsOrigins: [], trustProxy: false },
    { ids: createIds(), log: silentLogger },
  );
  const caller = { userId: 'ann', name: 'Ann', operator: false, expiresAtMs: 1e15, tokenId: 'tok' };
  void app.register(async (scope) => {
    forwardRoutes(scope, addressOf, createPeriscope({}));
    registerRoutes(
      scope,
      group,
      {
        async make() {
          if (refusal) throw refusal;
          return { id: `thing ${(made += 1)}` };
        },
      },
      {
        gatekeeper: {
          identify: async () => caller,
          admit: async () => ({ caller, entrance: { workspaceId: 'wsp_a', role: 'member' } }),
        },
        audit: noTrail,
        allowedOrigins: [],
        idempotency: createIdempotencyKeys({}, { db }),
      },
    );
  });
  await app.ready();
  return app;
}

function post(app: FastifyInstance | undefined, key: string, body: object): Promise<LightMyRequestResponse> {
  const headers = { authorization: 'Bearer ann', 'idempotency-key': key };
  return (app ?? expect.unreachable()).inject({ method: 'POST', url: '/things', headers, payload: body });
}

it('a request with an idempotency key is carried out once, whichever server is asked and whichever answers', async () => {
  const first = await post(near, 'k1', { name: 'a' });
  const again = [await post(near, 'k1', { name: 'a' }), await post(far, 'k1', { name: 'a' })];
  expect([first.statusCode, first.json()]).toEqual([201, { id: 'thing 1' }]);
  for (const each of again) {
    expect([each.statusCode, each.json(), each.headers['idempotent-replayed']]).toEqual([
      201,
      { id: 'thing 1' },
      'true',
    ]);
  }
  expect((await post(far, 'k2', { name: 'b' })).json()).toEqual({ id: 'thing 2' });
  expect((await post(near, 'k2', { name: 'b' })).json()).toEqual({ id: 'thing 2' });
  expect((await post(near, 'k2', { name: 'c' })).statusCode).toBe(422);
  expect(made).toBe(2);
});

it('a refusal by the other server says when to try again', async () => {
  refusal = new RaptorFlowError('rate_limited', 'Too much.', { retryAfterMs: 7_000 });
  const refused = await post(near, 'k1', { name: 'a' });
  expect([refused.statusCode, refused.headers['retry-after']]).toEqual([429, '7']);
});
