import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { refusalOf, startRefusingServer, type RefusingServer, type Refusal } from './refusing-server.ts';

const linkLifeMs = 10 * 60_000;
const brief = { name: 'Launch', product: 'Kettle', positioning: 'A kettle that does not whistle.' };

let world: RefusingServer;
beforeAll(async () => {
  world = await startRefusingServer();
});
afterAll(() => world.stop());
beforeEach(() => world.remember());
afterEach(() => world.assertUnchanged());

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
    const response = await fetch(`${world.server.url}/api/v1/campaigns`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(authorization === undefined ? {} : { authorization }),
      },
      body: JSON.stringify({ brief, document_ids: ['doc_none'] }),
    });
    const answer = await refusalOf(response);
    expect(answer.status).toBe(401);
    expect(answer.message).toMatch(/sign in|token/i);
  });

  it('is refused with a token that was changed by one letter, or has ended', async () => {
    const token = world.server.localToken;
    const at = token.lastIndexOf('.') + 5;
    const changed = token.slice(0, at) + (token[at] === 'A' ? 'B' : 'A') + token.slice(at + 1);
    expect(
      await world.ask('GET', '/api/v1/auth/me', undefined, { authorization: `Bearer ${changed}` }),
    ).toMatchObject({ status: 401 });
    const short = await world.client.session.issueToken({ body: { lifetime_seconds: 60 } });
    // Clocks of two machines may differ by a minute.
    world.aheadMs = 121_000;
    expect(
      await world.ask('GET', '/api/v1/auth/me', undefined, { authorization: `Bearer ${short.token}` }),
    ).toMatchObject({
      status: 401,
      message: expect.stringMatching(/expired|ended/i),
    });
  });

  it('is refused with a sign-in link that was used, has expired, or never was', async () => {
    const codeOf = (link: string): string => new URL(link).hash.slice('#code='.length);
    const exchange = (code: string): Promise<Refusal> => world.ask('POST', '/api/v1/auth/exchange', { code });
    const used = codeOf(await world.server.signInLink());
    const session = await world.client.session.exchange({ body: { code: used } });
    expect(session.user.operator).toBe(true);
    const second = await exchange(used);
    expect(second).toMatchObject({ status: 401, message: expect.stringMatching(/used|once/) });
    const late = codeOf(await world.server.signInLink());
    world.aheadMs = linkLifeMs + 1_000;
    expect(await exchange(late)).toMatchObject({ status: 401, message: expect.stringMatching(/expired/) });
    world.aheadMs = 0;
    expect(await exchange('no-such-code')).toMatchObject({ status: 401 });
  });

  it('is refused in a workspace that is not theirs, and without the operator role', async () => {
    expect(
      await world.ask('GET', '/api/v1/campaigns', undefined, { 'x-workspace-id': 'wsp_none' }),
    ).toMatchObject({
      status: 404,
    });
    const { token } = await world.client.session.issueToken({ body: {} });
    expect(
      await world.ask('GET', '/api/v1/bus/channels', undefined, { authorization: `Bearer ${token}` }),
    ).toMatchObject({
      status: 403,
      message: expect.stringContaining('operator'),
    });
  });

  it('is refused when another page spends the cookie', async () => {
    const code = new URL(await world.server.signInLink()).hash.slice('#code='.length);
    const signIn = await fetch(`${world.server.url}/api/v1/auth/exchange`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ code }),
    });
    const cookie = signIn.headers.get('set-cookie')?.split(';')[0] ?? '';
    for (const origin of ['https://evil.example', 'null', undefined]) {
      const response = await fetch(`${world.server.url}/api/v1/workspaces`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', cookie, ...(origin === undefined ? {} : { origin }) },
        body: JSON.stringify({ name: 'Mine' }),
      });
      expect([origin, response.status]).toEqual([origin, 403]);
    }
  });
});

it('sends the headers of security with pages, answers, the reference and errors', async () => {
  for (const path of ['/', '/health/live', '/docs', '/openapi.json', '/api/v1/none', '/api/v1/campaigns']) {
    const { headers } = await fetch(world.server.url + path, { headers: { accept: 'text/html' } });
    const policy = headers.get('content-security-policy') ?? '';
    expect([
      path,
      /script-src 'self'(?:;|$)/.test(policy),
      policy.includes("frame-ancestors 'none'"),
    ]).toEqual([path, true, true]);
    expect(Object.fromEntries(headers)).toMatchObject({
      'referrer-policy': 'no-referrer',
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-resource-policy': 'same-origin',
      'x-content-type-options': 'nosniff',
      'permissions-policy': expect.stringContaining('camera=()') as string,
    });
    // Plain http here; behind TLS it is sent.
    expect(headers.get('strict-transport-security')).toBeNull();
    expect(headers.get('access-control-allow-origin')).toBeNull();
  }
});
