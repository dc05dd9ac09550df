import fc from 'fast-check';
import { startIdentityProvider, type IdentityProvider } from '@raptorflow/rig';
import { createFakeClock } from 'raptorflow/kernel/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openIdentityWorld, type IdentityAnswer, type IdentityWorld } from '../testing/identity-world.ts';
import { localAddress } from './provider-sign-in.ts';

const client = {
  clientId: 'raptorflow',
  clientSecret: 'shared',
  redirectUrl: 'http://flow.test/api/v1/auth/oidc/return',
};

let provider: IdentityProvider;
let world: IdentityWorld;
beforeEach(async () => {
  const clock = createFakeClock();
  provider = await startIdentityProvider({ nowSeconds: () => Math.floor(clock.now() / 1_000) });
  provider.client = client;
  world = await openIdentityWorld({
    clock,
    providers: { codeFlow: { issuer: provider.issuer, ...client } },
  });
});
afterEach(() => Promise.all([world.stop(), provider.stop()]));

const cookiesOf = (answer: IdentityAnswer): string[] =>
  [answer.headers['set-cookie'] ?? []].flat().map(String);

/** Goes there and comes back, as a browser does: with the cookie that it was given. */
async function there(to?: string): Promise<{ back: string; cookie: string }> {
  const query = to === undefined ? '' : `?to=${encodeURIComponent(to)}`;
  const begun = await world.send(null, 'GET', `/api/v1/auth/oidc/begin${query}`);
  expect(begun.status).toBe(302);
  const [kept = ''] = cookiesOf(begun);
  expect(kept).toMatch(
    /^raptorflow_sign_in=[^;]+; Max-Age=600; Path=\/api\/v1\/auth\/oidc; HttpOnly; SameSite=Lax$/,
  );
  const page = await (await fetch(String(begun.headers['location']))).text();
  const link = new URL((/href="([^"]+)"/.exec(page)?.[1] ?? '').replaceAll('&amp;', '&'));
  return { back: link.pathname + link.search, cookie: kept.split(';')[0] ?? '' };
}

describe('a sign-in at the provider', () => {
  it('ends in a session of our own, in a cookie that scripts and other sites cannot use, where it was asked for', async () => {
    const { back, cookie } = await there('/w/wsp_1/runs?status=failed');
    const done = await world.send(null, 'GET', back, undefined, { cookie });
    expect([done.status, done.headers['location']]).toEqual([302, '/w/wsp_1/runs?status=failed']);
    const [forgotten = '', session = ''] = cookiesOf(done);
    expect(forgotten).toMatch(/^raptorflow_sign_in=; .*Expires=Thu, 01 Jan 1970/);
    expect(session).toMatch(/^raptorflow_session=[^;]+; Path=\/; .*HttpOnly; SameSite=Strict$/);
    const me = await world.send(null, 'GET', '/api/v1/auth/me', undefined, {
      cookie: session.split(';')[0] ?? '',
    });
    expect(me.body).toMatchObject({
      user: { email: 'ada@example.com', display_name: 'Ada Lovelace', operator: true },
      workspaces: [{ role: 'owner' }],
    });
    expect(provider.refusals).toEqual([]);
  });

  it('makes the same person again the next time, and is offered where it is configured', async () => {
    const ids = new Set<unknown>();
    for (let time = 0; time < 2; time += 1) {
      const { back, cookie } = await there();
      const done = await world.send(null, 'GET', back, undefined, { cookie });
      const session = cookiesOf(done)[1]?.split(';')[0] ?? '';
      ids.add(
        (await world.send(null, 'GET', '/api/v1/auth/me', undefined, { cookie: session })).body.user.id,
      );
    }
    expect(ids.size).toBe(1);
    expect((await world.send(null, 'GET', '/api/v1/auth/methods')).body).toEqual({
      token: true,
      links: true,
      provider: { name: 'id.example', url: '/api/v1/auth/oidc/begin' },
    });
  });

  it('that fails leads to the sign-in page with a reason and nobody signed in', async () => {
    const { back, cookie } = await there();
    const other = await there();
    for (const [url, kept] of [
      [back, ''],
      [back, other.cookie],
      [back.replace(/state=[^&]+/, 'state=x'), cookie],
      ['/api/v1/auth/oidc/return?error=access_denied', cookie],
    ] as const) {
      const done = await world.send(null, 'GET', url, undefined, kept === '' ? {} : { cookie: kept });
      expect(done.status).toBe(302);
      expect(done.headers['location']).toMatch(/^\/sign-in#problem=sign_in_failed&correlation_id=req_/);
      expect(cookiesOf(done).some((each) => each.startsWith('raptorflow_session'))).toBe(false);
    }
  });

  it('is not there where no provider is configured', async () => {
    await world.stop();
    world = await openIdentityWorld();
    expect((await world.send(null, 'GET', '/api/v1/auth/oidc/begin')).status).toBe(404);
    expect((await world.send(null, 'GET', '/api/v1/auth/methods')).body.provider).toBeNull();
  });

  it('says `unavailable` when the provider is down', async () => {
    provider.down = true;
    const begun = await world.send(null, 'GET', '/api/v1/auth/oidc/begin');
    expect([begun.status, begun.body.error.code]).toEqual([503, 'unavailable']);
  });
});

describe('where somebody wanted to be', () => {
  it.each([
    [undefined, '/'],
    ['/w/wsp_1?x=1#y', '/w/wsp_1?x=1#y'],
    ['https://evil.example', '/'],
    ['//evil.example', '/'],
    ['/\\evil.example', '/'],
    ['/\t/evil.example', '/'],
    ['/a\\..\\..\\evil', '/'],
    ['javascript:alert(1)', '/'],
    ['', '/'],
  ])('%j becomes %j', (to, address) => {
    expect(localAddress(to)).toBe(address);
  });

  it('is on this server, whatever is asked', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.webUrl(),
          fc.string().map((text) => `/${text}`),
        ),
        (to) => {
          const address = localAddress(to);
          expect(new URL(address, 'https://here.example').origin).toBe('https://here.example');
        },
      ),
      { numRuns: 2_000 },
    );
  });
});
