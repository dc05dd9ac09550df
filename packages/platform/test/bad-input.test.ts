import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient, type Client } from '@raptorflow/client';
import { systemClock, type Clock } from 'raptorflow/kernel';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { readConfig } from '../src/config.ts';
import { startServer, type RunningServer } from '../src/compose/server.ts';

const megabyte = 1_000_000;
const linkLifeMs = 10 * 60_000;
const brief = { name: 'Launch', product: 'Kettle', positioning: 'A kettle that does not whistle.' };

interface Answer {
  readonly status: number;
  readonly code: string;
  readonly message: string;
  readonly correlationId: string | null;
}

let root = '';
let server: RunningServer;
let client: Client;
/** How far the server's clock is ahead. */
let aheadMs = 0;
const clock: Clock = {
  now: () => systemClock.now() + aheadMs,
  monotonic: () => systemClock.monotonic(),
  setTimeout: (fn, ms) => systemClock.setTimeout(fn, ms),
  setInterval: (fn, ms) => systemClock.setInterval(fn, ms),
  sleep: (ms, signal) => systemClock.sleep(ms, signal),
};

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'raptorflow-bad-input-'));
  writeFileSync(join(root, 'secret.md'), '# Secret');
  const env = { RAPTORFLOW_HOME: join(root, 'home'), PORT: '0' };
  server = await startServer(readConfig({ env, directory: root }), { clock });
  client = createClient({ baseUrl: server.url, token: server.localToken });
});
afterAll(async () => {
  await server.stop();
  rmSync(root, { recursive: true, force: true });
});

/** Everything that a bad request could have changed. */
async function everything(): Promise<unknown> {
  const [documents, campaigns, runs, agents, workspaces, letters, costs] = await Promise.all([
    client.documents.list(),
    client.campaigns.list(),
    client.runs.list(),
    client.agents.list({ query: { limit: 200 } }),
    client.workspaces.list(),
    client.bus.deadLetters({ query: { all_workspaces: true } }),
    client.costs.summary(),
  ]);
  return {
    documents: documents.items,
    campaigns: campaigns.items,
    runs: runs.items,
    agents: agents.items.map(({ id, updated_at: at }) => [id, at]),
    workspaces: workspaces.items,
    letters: letters.items.filter((letter) => letter.reason !== 'routing_error'),
    spent: costs.budget.spent_usd,
  };
}

let before: unknown;
beforeEach(async () => {
  before = await everything();
});
afterEach(async () => {
  aheadMs = 0;
  assert.deepEqual(await everything(), before);
});

async function answerOf(response: Response): Promise<Answer> {
  const body = (await response.json()) as {
    error: { code: string; message: string };
    correlation_id: string;
  };
  return {
    status: response.status,
    code: body.error.code,
    message: body.error.message,
    correlationId: body.correlation_id,
  };
}

async function ask(
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const response = await fetch(server.url + path, {
    method,
    headers: {
      authorization: `Bearer ${server.localToken}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  return answerOf(response);
}

/** Sends a body of this size piece by piece, as long as the server reads, and answers what it said. */
function pour(path: string, headers: Record<string, string | number>, bytes: number): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = httpRequest(
      server.url + path,
      { method: 'POST', headers: { authorization: `Bearer ${server.localToken}`, ...headers } },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () => {
          const text = Buffer.concat(chunks).toString();
          void answerOf(new Response(text, { status: response.statusCode ?? 0 })).then(resolve, reject);
          sent.destroy();
        });
      },
    );
    // The server hangs up on who does not stop: its answer arrives before or right after that, or never.
    sent.on('error', (error) => setTimeout(() => reject(error), 2_000));
    const piece = Buffer.alloc(megabyte / 2, 'x');
    let left = bytes;
    const send = (): void => {
      while (left > 0 && !sent.destroyed) {
        left -= piece.length;
        if (!sent.write(piece)) return void sent.once('drain', send);
      }
      sent.end();
    };
    send();
  });
}

describe('a request that cannot be served', () => {
  it.for([
    ['is cut short', '{"brief": ', 400, 'malformed_input', /JSON/],
    ['is not JSON', 'brief: yes', 400, 'malformed_input', /JSON/],
    ['is empty', '', 400, 'malformed_input', /JSON/],
    [
      'would poison prototypes',
      '{"__proto__": {"operator": true}}',
      400,
      'malformed_input',
      /JSON|prototype/,
    ],
  ] as const)('is refused when its body %s', async ([, body, status, code, says]) => {
    const answer = await ask('POST', '/api/v1/campaigns', body);
    expect(answer).toMatchObject({ status, code, message: expect.stringMatching(says) });
    expect(answer.correlationId).toMatch(/^req_/);
  });

  it('is refused when its content type is another', async () => {
    for (const type of ['text/plain', 'application/xml', 'application/x-www-form-urlencoded']) {
      const answer = await ask('POST', '/api/v1/campaigns', JSON.stringify({ brief }), {
        'content-type': type,
      });
      expect(answer).toMatchObject({ status: 415, message: expect.stringContaining('application/json') });
    }
  });

  it.for([
    ['without a product', { name: 'Launch', positioning: 'p' }, /product/],
    ['with a misspelt field', { ...brief, chanels: ['x'] }, /chanels/],
    ['with an unknown channel', { ...brief, channels: ['fax'] }, /channels/],
    ['with money as a number', { ...brief, budget_usd: 12 }, /budget_usd/],
    ['with a deadline that is no day', { ...brief, deadline: '2027-02-30' }, /deadline/],
    ['with a name as long as a book', { ...brief, name: 'x'.repeat(10_000) }, /name/],
  ] as const)('is refused for a brief %s, and the field is named', async ([, spoilt, says]) => {
    const answer = await ask('POST', '/api/v1/campaigns', { brief: spoilt, document_ids: ['doc_none'] });
    expect(answer).toMatchObject({
      status: 422,
      code: 'invalid_input',
      message: expect.stringMatching(says),
    });
  });

  it('is refused for a campaign without documents, or with one that is not here', async () => {
    expect(await ask('POST', '/api/v1/campaigns', { brief, document_ids: [] })).toMatchObject({
      status: 422,
    });
    expect(await ask('POST', '/api/v1/campaigns', { brief, document_ids: ['doc_none'] })).toMatchObject({
      status: 404,
      message: expect.stringContaining('doc_none'),
    });
  });
});

describe('a document that is too large', () => {
  const json = { 'content-type': 'application/json' };
  const form = { 'content-type': 'multipart/form-data; boundary=cut' };

  it('is refused at 100 MB by its announced length, before it is read', async () => {
    for (const [path, headers] of [
      ['/api/v1/documents', json],
      ['/api/v1/documents/upload', form],
    ] as const) {
      const answer = await pour(path, { ...headers, 'content-length': 100 * megabyte }, 100 * megabyte);
      expect([path, answer.status]).toEqual([path, 413]);
      expect(answer.message).toMatch(/\d+ bytes/);
    }
  });

  it('is refused while it is read when it announced nothing', async () => {
    const answer = await pour(
      '/api/v1/documents',
      { ...json, 'transfer-encoding': 'chunked' },
      100 * megabyte,
    );
    expect(answer.status).toBe(413);
  });

  it('is refused at 6 MB with the limit in the message, as text and as a file, and its neighbour is not stored', async () => {
    const text = 'x'.repeat(6 * megabyte);
    const answer = await ask('POST', '/api/v1/documents', { title: 'Long', text });
    expect([answer.status, answer.message]).toEqual([
      expect.any(Number),
      expect.stringMatching(/5,?000,?000/),
    ]);
    expect([413, 422]).toContain(answer.status);
    const files = new FormData();
    files.append('file', new File(['# Fine'], 'fine.md', { type: 'text/markdown' }));
    files.append('file', new File([text], 'long.md', { type: 'text/markdown' }));
    const response = await fetch(`${server.url}/api/v1/documents/upload`, {
      method: 'POST',
      headers: { authorization: `Bearer ${server.localToken}` },
      body: files,
    });
    expect(await answerOf(response)).toMatchObject({
      status: 413,
      message: expect.stringContaining('5000000'),
    });
  });

  it('is refused when it is no text at all', async () => {
    const files = new FormData();
    files.append(
      'file',
      new File([Buffer.from([0x89, 0x50, 0xff, 0x00])], 'logo.md', { type: 'text/markdown' }),
    );
    const response = await fetch(`${server.url}/api/v1/documents/upload`, {
      method: 'POST',
      headers: { authorization: `Bearer ${server.localToken}` },
      body: files,
    });
    const answer = await answerOf(response);
    expect([400, 415, 422]).toContain(answer.status);
    expect(answer.message.length).toBeGreaterThan(20);
  });
});

describe('an event that nobody could handle', () => {
  const draft = { type: 'lord_command', payload: {} };

  it('is refused on a channel that is not declared, with its name', async () => {
    const channel = 'sys.guild.wizards.broadcast';
    const answer = await ask('POST', '/api/v1/bus/publish', { ...draft, channel });
    expect(answer).toMatchObject({ status: 422, message: expect.stringContaining('wizards') });
    await client.bus.discard({ body: { reason: 'routing_error' } });
  });

  it('is refused with a payload that breaks its contract, with the field that does', async () => {
    const channel = 'sys.guild.research.broadcast';
    const answer = await ask('POST', '/api/v1/bus/publish', { ...draft, channel });
    expect(answer).toMatchObject({ status: 422, message: expect.stringMatching(/campaign_id/) });
    await client.bus.discard({ body: { reason: 'schema_violation' } });
  });

  it('is refused on what is no channel at all', async () => {
    expect(await ask('POST', '/api/v1/bus/publish', { ...draft, channel: '../../etc' })).toMatchObject({
      status: 422,
      message: expect.stringContaining('channel'),
    });
    expect(await ask('GET', '/api/v1/agents?guild=wizards')).toMatchObject({
      status: 422,
      message: expect.stringMatching(/guild.*research|research/),
    });
  });
});

describe('somebody who is not let in', () => {
  const forged = (claims: object): string =>
    [{ alg: 'none', typ: 'JWT' }, claims]
      .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
      .join('.') + '.';

  it.for([
    ['no token', undefined],
    ['a wrong token', 'Bearer not-a-token'],
    ['a token without a signature', `Bearer ${forged({ sub: 'usr_1', operator: true })}`],
    ['an empty token', 'Bearer '],
    ['another kind of credentials', 'Basic cm9vdDpyb290'],
  ] as const)('is told how to sign in: %s', async ([, authorization]) => {
    const response = await fetch(`${server.url}/api/v1/campaigns`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(authorization === undefined ? {} : { authorization }),
      },
      body: JSON.stringify({ brief, document_ids: ['doc_none'] }),
    });
    const answer = await answerOf(response);
    expect(answer.status).toBe(401);
    expect(answer.message).toMatch(/sign in|token/i);
  });

  it('is refused with a token that was changed by one letter, or has ended', async () => {
    const token = server.localToken;
    const at = token.lastIndexOf('.') + 5;
    const changed = token.slice(0, at) + (token[at] === 'A' ? 'B' : 'A') + token.slice(at + 1);
    expect(
      await ask('GET', '/api/v1/auth/me', undefined, { authorization: `Bearer ${changed}` }),
    ).toMatchObject({ status: 401 });
    const short = await client.session.issueToken({ body: { lifetime_seconds: 60 } });
    // Clocks of two machines may differ by a minute.
    aheadMs = 121_000;
    expect(
      await ask('GET', '/api/v1/auth/me', undefined, { authorization: `Bearer ${short.token}` }),
    ).toMatchObject({
      status: 401,
      message: expect.stringMatching(/expired|ended/i),
    });
  });

  it('is refused with a sign-in link that was used, has expired, or never was', async () => {
    const codeOf = (link: string): string => new URL(link).hash.slice('#code='.length);
    const exchange = (code: string): Promise<Answer> => ask('POST', '/api/v1/auth/exchange', { code });
    const used = codeOf(await server.signInLink());
    const session = await client.session.exchange({ body: { code: used } });
    expect(session.user.operator).toBe(true);
    const second = await exchange(used);
    expect(second).toMatchObject({ status: 401, message: expect.stringMatching(/used|once/) });
    const late = codeOf(await server.signInLink());
    aheadMs = linkLifeMs + 1_000;
    expect(await exchange(late)).toMatchObject({ status: 401, message: expect.stringMatching(/expired/) });
    aheadMs = 0;
    expect(await exchange('no-such-code')).toMatchObject({ status: 401 });
  });

  it('is refused in a workspace that is not theirs, and without the operator role', async () => {
    expect(await ask('GET', '/api/v1/campaigns', undefined, { 'x-workspace-id': 'wsp_none' })).toMatchObject({
      status: 404,
    });
    const { token } = await client.session.issueToken({ body: {} });
    expect(
      await ask('GET', '/api/v1/bus/channels', undefined, { authorization: `Bearer ${token}` }),
    ).toMatchObject({
      status: 403,
      message: expect.stringContaining('operator'),
    });
  });

  it('is refused when another page spends the cookie', async () => {
    const code = new URL(await server.signInLink()).hash.slice('#code='.length);
    const signIn = await fetch(`${server.url}/api/v1/auth/exchange`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ code }),
    });
    const cookie = signIn.headers.get('set-cookie')?.split(';')[0] ?? '';
    for (const origin of ['https://evil.example', 'null', undefined]) {
      const response = await fetch(`${server.url}/api/v1/workspaces`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', cookie, ...(origin === undefined ? {} : { origin }) },
        body: JSON.stringify({ name: 'Mine' }),
      });
      expect([origin, response.status]).toEqual([origin, 403]);
    }
  });
});

describe('a name that climbs out of its place', () => {
  const climbs = [
    '..%2f..%2fsecret.md',
    '..%5c..%5csecret.md',
    '%2e%2e%2fsecret.md',
    '..',
    '%00',
    '....//secret.md',
  ];

  it.for([
    '/api/v1/campaigns/{}/package?format=markdown',
    '/api/v1/campaigns/{}',
    '/api/v1/documents/{}',
    '/api/v1/agents/{}',
    '/api/v1/runs/{}/journal',
    '/api/v1/bus/channels/{}',
    '/api/v1/bus/messages/{}',
  ])('reads nothing at %s', async (path) => {
    for (const climb of climbs) {
      const response = await fetch(server.url + path.replace('{}', climb), {
        headers: { authorization: `Bearer ${server.localToken}` },
      });
      expect([climb, response.status]).toEqual([climb, expect.toBeOneOf([400, 404, 422])]);
      expect(await response.text()).not.toContain('Secret');
    }
  });

  it('starts no sample', async () => {
    for (const climb of [...climbs, 'kilnwatch%2f..%2fkilnwatch', 'Kilnwatch']) {
      const answer = await ask('POST', `/api/v1/campaigns/samples/${climb}/run`);
      expect([climb, answer.status]).toEqual([climb, expect.toBeOneOf([400, 404, 422])]);
    }
    expect(await ask('POST', '/api/v1/campaigns/samples/nobody/run')).toMatchObject({
      status: 404,
      message: expect.stringContaining('nobody'),
    });
  });

  it('gets no file of the server', async () => {
    for (const path of [
      '/..%2fpackage.json',
      '/assets/..%2f..%2fpackage.json',
      '/%2e%2e/%2e%2e/etc/passwd',
      '//etc/passwd',
    ]) {
      const response = await fetch(server.url + path);
      const text = await response.text();
      expect(text).not.toMatch(/"@raptorflow\/dashboard"|root:/);
    }
  });
});
