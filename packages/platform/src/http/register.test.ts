import { defineRoutes } from '@raptorflow/contract';
import { currentContext } from '@raptorflow/runtime';
import { createIds, RaptorFlowError, silentLogger } from 'raptorflow/kernel';
import type { FastifyInstance, InjectOptions, LightMyRequestResponse } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { createApp, installReference } from './app.ts';
import { sessionCookie, type Gatekeeper } from './call.ts';
import { registerRoutes } from './register.ts';
import { formData } from './testing/form-data.ts';
import { noTrail } from './testing/no-trail.ts';

const group = defineRoutes({
  open: {
    method: 'GET',
    path: '/t/open',
    role: 'public',
    tag: 't',
    summary: 'Open.',
    response: z.object({ who: z.string().nullable() }),
  },
  member: {
    method: 'POST',
    path: '/t/w/:workspace_id/things',
    role: 'member',
    tag: 't',
    summary: 'Make.',
    params: z.strictObject({ workspace_id: z.string() }),
    body: z.strictObject({ name: z.string().min(1), count: z.number().int().default(1) }),
    response: z.object({
      workspace: z.string(),
      name: z.string(),
      count: z.number(),
      seen: z.record(z.string(), z.unknown()),
    }),
    status: 201,
    bodyBytesMax: 2_000,
  },
  viewer: {
    method: 'GET',
    path: '/t/things',
    role: 'viewer',
    tag: 't',
    summary: 'List.',
    query: z.strictObject({ limit: z.coerce.number().max(10).default(5) }),
    response: z.object({ workspace: z.string(), limit: z.number() }),
  },
  operator: {
    method: 'GET',
    path: '/t/operator',
    role: 'operator',
    tag: 't',
    summary: 'Operate.',
    response: z.object({ ok: z.boolean() }),
  },
  broken: {
    method: 'GET',
    path: '/t/broken',
    role: 'public',
    tag: 't',
    summary: 'Break.',
    response: z.object({}),
  },
});

const callers: Record<string, { userId: string; operator: boolean }> = {
  'token-ada': { userId: 'usr_ada', operator: true },
  'token-bob': { userId: 'usr_bob', operator: false },
};

const gatekeeper: Gatekeeper = {
  async identify(token) {
    const found = callers[token];
    if (!found) throw new RaptorFlowError('unauthenticated', 'The token is not valid.');
    return { ...found, name: found.userId, expiresAtMs: Number.MAX_SAFE_INTEGER, tokenId: 'tok_1' };
  },
  async admit(token, hints, least) {
    const caller = await gatekeeper.identify(token);
    const workspaceId = hints.header ?? hints.query ?? hints.path ?? 'ws_first';
    if (caller.userId === 'usr_bob' && least !== 'viewer')
      throw new RaptorFlowError('forbidden', `Bob is no ${least}.`);
    return { caller, entrance: { workspaceId, role: 'member' } };
  },
};

let app: FastifyInstance;
beforeAll(async () => {
  app = await createApp(
    { version: '0', secure: false, corsOrigins: [], trustProxy: false },
    { ids: createIds(), log: silentLogger },
  );
  registerRoutes(
    app,
    group,
    {
      open: (_input, call) => ({ who: call.callerIfAny?.userId ?? null }),
      member: ({ body }, call) => ({ workspace: call.workspaceId, ...body, seen: { ...currentContext() } }),
      viewer: ({ query }, call) => ({ workspace: call.workspaceId, limit: query.limit }),
      operator: () => ({ ok: true }),
      broken: () => {
        throw new Error('a secret of the inside');
      },
    },
    { gatekeeper, audit: noTrail, allowedOrigins: ['https://console.example.net'] },
  );
  installReference(app);
  await app.ready();
});
afterAll(() => app.close());

const ada = { authorization: 'Bearer token-ada' };
const make = (extra: Partial<InjectOptions> = {}): Promise<LightMyRequestResponse> =>
  app.inject({ method: 'POST', url: '/t/w/ws_path/things', headers: ada, payload: { name: 'x' }, ...extra });
const codeOf = (body: Record<string, unknown>): unknown => (body['error'] as Record<string, unknown>)['code'];

describe('a registered route', () => {
  it('validates, fills defaults, and answers with its own status', async () => {
    const answer = await make();
    expect(answer.statusCode).toBe(201);
    expect(answer.json()).toMatchObject({ workspace: 'ws_path', name: 'x', count: 1 });
  });

  it('resolves the workspace from header, then query, then path, then the first', async () => {
    const header = { headers: { ...ada, 'x-workspace-id': 'ws_header' } };
    expect(
      (await make({ ...header, url: '/t/w/ws_path/things?workspace_id=ws_query' })).json()['workspace'],
    ).toBe('ws_header');
    expect((await make({ url: '/t/w/ws_path/things?workspace_id=ws_query' })).json()['workspace']).toBe(
      'ws_query',
    );
    const list = async (url: string): Promise<unknown> => (await app.inject({ url, headers: ada })).json();
    expect(await list('/t/things?limit=3')).toEqual({ workspace: 'ws_first', limit: 3 });
    expect(await list('/t/things?workspace_id=ws_q')).toEqual({ workspace: 'ws_q', limit: 5 });
  });

  it('puts user, workspace, role and correlation id into the context of everything it starts', async () => {
    const answer = await make({ headers: { ...ada, 'x-correlation-id': 'trace.7' } });
    expect(answer.headers['x-correlation-id']).toBe('trace.7');
    expect(answer.json()['seen']).toEqual({
      correlationId: 'trace.7',
      userId: 'usr_ada',
      workspaceId: 'ws_path',
      role: 'member',
    });
  });

  it('makes a new correlation id when the one sent could forge a log line', async () => {
    const answer = await make({ headers: { ...ada, 'x-correlation-id': 'a b' } });
    expect(answer.headers['x-correlation-id']).toMatch(/^req_/);
  });
});

describe('roles', () => {
  it('refuses nobody, strangers, and roles that are too low, each with its status and what to do', async () => {
    const nobody = await app.inject({ url: '/t/things' });
    expect([nobody.statusCode, codeOf(nobody.json())]).toEqual([401, 'unauthenticated']);
    expect(nobody.json().error.message).toContain('raptorflow token');
    expect(
      (await app.inject({ url: '/t/things', headers: { authorization: 'Bearer forged' } })).statusCode,
    ).toBe(401);
    expect((await app.inject({ url: '/t/things', headers: { authorization: 'Basic abc' } })).statusCode).toBe(
      401,
    );
    expect((await make({ headers: { authorization: 'Bearer token-bob' } })).statusCode).toBe(403);
    expect(
      (await app.inject({ url: '/t/operator', headers: { authorization: 'Bearer token-bob' } })).statusCode,
    ).toBe(403);
    expect((await app.inject({ url: '/t/operator', headers: ada })).json()).toEqual({ ok: true });
  });

  it('never reads a token from the query', async () => {
    expect((await app.inject({ url: '/t/things?token=token-ada&access_token=token-ada' })).statusCode).toBe(
      401,
    );
  });

  it('greets a known caller on a public route and takes a bad token there for nobody', async () => {
    const who = async (headers: Record<string, string>): Promise<unknown> =>
      (await app.inject({ url: '/t/open', headers })).json();
    expect(await who(ada)).toEqual({ who: 'usr_ada' });
    expect(await who({ authorization: 'Bearer forged' })).toEqual({ who: null });
  });

  it('takes a cookie for a change only from a page of its own', async () => {
    const cookies = { [sessionCookie]: 'token-ada' };
    const change = (origin?: string): ReturnType<typeof make> =>
      make({ headers: { host: 'app.test', ...(origin === undefined ? {} : { origin }) }, cookies });
    expect((await change('http://app.test')).statusCode).toBe(201);
    expect((await change('https://console.example.net')).statusCode).toBe(201);
    expect((await change('https://evil.example')).statusCode).toBe(403);
    expect((await change()).statusCode).toBe(403);
    expect((await app.inject({ url: '/t/things', cookies })).statusCode).toBe(200);
  });
});

describe('bad input', () => {
  it('answers 422 with every refused field', async () => {
    const answer = await make({ payload: { name: '', count: 1.5, extra: true } });
    expect(answer.statusCode).toBe(422);
    const { error } = answer.json() as {
      error: { message: string; details: { issues: { path: string }[] } };
    };
    expect(error.details.issues.map((issue) => issue.path)).toEqual(
      expect.arrayContaining(['body.name', 'body.count']),
    );
    expect(error.message).toContain('extra');
  });

  it('says of every refused field what to do', async () => {
    const { error } = (await make({ payload: { name: '', count: 'two' } })).json();
    expect(error.message).toBe(
      'The request is not acceptable: body.name: Give at least 1 character; body.count: Give a number, not a string.',
    );
    const list = (await app.inject({ url: '/t/things?limit=11', headers: ada })).json();
    expect(list.error.message).toBe(
      'The request is not acceptable: querystring.limit: Give a number of at most 10.',
    );
  });

  it('answers 415 to a form where JSON is wanted, and says where files go', async () => {
    const form = formData([{ field: 'file', fileName: 'notes.md', content: 'Notes' }]);
    const answer = await make({ headers: { ...ada, ...form.headers }, payload: form.payload });
    expect([answer.statusCode, codeOf(answer.json())]).toEqual([415, 'unsupported_media_type']);
    expect(answer.json().error.message).toContain('POST /api/v1/documents/upload');
  });

  it('says how much a body may have', async () => {
    const answer = await make({ payload: { name: 'x'.repeat(3_000) } });
    expect(answer.json().error.message).toContain('2,000 bytes');
  });

  it('answers 400 for what is no JSON, 415 for what is none of the known types, 413 for too much', async () => {
    const headers = { ...ada, 'content-type': 'application/json' };
    expect((await make({ headers, payload: '{"name": ' })).statusCode).toBe(400);
    expect(
      (await make({ headers: { ...ada, 'content-type': 'application/xml' }, payload: '<a/>' })).statusCode,
    ).toBe(415);
    expect((await make({ payload: { name: 'x'.repeat(3_000) } })).statusCode).toBe(413);
  });

  it('does not read the body of a stranger', async () => {
    expect((await make({ headers: {}, payload: { name: 'x'.repeat(3_000) } })).statusCode).toBe(401);
  });

  it('says nothing of the inside when something breaks', async () => {
    const answer = await app.inject({ url: '/t/broken' });
    expect(answer.statusCode).toBe(500);
    expect(answer.body).not.toContain('secret of the inside');
    expect(answer.json()).toMatchObject({
      error: { code: 'internal' },
      correlation_id: answer.headers['x-correlation-id'],
    });
  });

  it('answers an unknown address in the same form', async () => {
    const answer = await app.inject({ url: '/api/v1/nowhere' });
    expect([answer.statusCode, codeOf(answer.json())]).toEqual([404, 'not_found']);
  });
});

describe('the reference', () => {
  it('describes every route with its body, its answer and whether it needs a token', async () => {
    const document = (await app.inject({ url: '/openapi.json' })).json();
    expect(document.openapi).toBe('3.1.0');
    expect(Object.keys(document.paths)).toEqual(
      expect.arrayContaining(['/t/open', '/t/w/{workspace_id}/things']),
    );
    const made = document.paths['/t/w/{workspace_id}/things'].post;
    expect(made.requestBody.content['application/json'].schema.required).toEqual(['name']);
    expect(Object.keys(made.responses)).toEqual(['201']);
    expect(made.security).toEqual([{ bearer: [] }]);
    expect(document.paths['/t/open'].get.security).toBeUndefined();
  });

  it('sends headers that keep pages of others out', async () => {
    const { headers } = await app.inject({ url: '/t/open' });
    expect(headers['content-security-policy']).toContain("frame-ancestors 'none'");
    expect(headers['x-content-type-options']).toBe('nosniff');
    const page = await app.inject({ url: '/docs' });
    expect(page.statusCode).toBe(200);
    expect(page.headers['content-security-policy']).toContain("script-src 'self';");
    const viewer = await app.inject({ url: '/docs/viewer.js' });
    expect([viewer.statusCode, viewer.headers['content-type']]).toEqual([
      200,
      'text/javascript; charset=utf-8',
    ]);
    expect(viewer.body.length).toBeGreaterThan(100_000);
  });
});
