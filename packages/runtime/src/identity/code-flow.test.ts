import { createHash } from 'node:crypto';
import { startIdentityProvider, type IdentityProvider } from '@raptorflow/rig';
import { seededRandom } from 'raptorflow/kernel';
import { createFakeClock, type FakeClock } from 'raptorflow/kernel/testing';
import { createExecutor } from 'raptorflow/resilience';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createCodeFlow, type CodeFlow, type ReturnedSignIn } from './code-flow.ts';

const client = {
  clientId: 'raptorflow:web',
  clientSecret: 'a secret/with signs',
  redirectUrl: 'https://raptorflow.example/api/v1/auth/oidc/return',
};

let clock: FakeClock;
let provider: IdentityProvider;
let flow: CodeFlow;
beforeEach(async () => {
  clock = createFakeClock();
  provider = await startIdentityProvider({ nowSeconds: () => Math.floor(clock.now() / 1_000) });
  provider.client = client;
  flow = openFlow();
});
afterEach(() => provider.stop());

function openFlow(secretKey = 'a secret key of at least 32 characters'): CodeFlow {
  return createCodeFlow({ issuer: provider.issuer, ...client }, secretKey, {
    clock,
    random: seededRandom(1),
    executor: createExecutor({ retry: false }, { clock }),
  });
}

/** What a browser brings back that follows the provider's link. */
async function returned(url: string, memory: string): Promise<ReturnedSignIn> {
  const page = await (await fetch(url)).text();
  const link = /href="([^"]+)"/.exec(page)?.[1]?.replaceAll('&amp;', '&');
  if (link === undefined) return { memory, error: page };
  const { code, state, iss } = Object.fromEntries(new URL(link).searchParams);
  return { memory, code, state, issuer: iss };
}

const refused = (why: RegExp): Record<string, unknown> => ({
  code: 'sign_in_failed',
  kind: 'unauthenticated',
  message: expect.stringMatching(why) as unknown,
});

describe('a sign-in at a provider', () => {
  test('goes there with state, nonce and the hash of a verifier, and comes back with who it is', async () => {
    const { url, memory, ttlMs } = await flow.begin('/w/wsp_1/runs');
    expect(ttlMs).toBe(600_000);
    const asked = Object.fromEntries(new URL(url).searchParams);
    expect(asked).toMatchObject({
      client_id: client.clientId,
      redirect_uri: client.redirectUrl,
      scope: 'openid email profile',
      code_challenge_method: 'S256',
    });
    // The browser carries what was kept, and can read nothing of it.
    for (const value of [asked['state'], asked['nonce'], createHash('sha256').update('x').digest('hex')]) {
      expect(memory).not.toContain(value);
    }
    const done = await flow.finish(await returned(url, memory));
    expect(done).toEqual({
      user: { subject: `${provider.issuer} ada`, email: 'ada@example.com', displayName: 'Ada Lovelace' },
      to: '/w/wsp_1/runs',
    });
    expect(provider.refusals).toEqual([]);
  });

  test('is never begun twice with the same state, nonce or verifier', async () => {
    const begun = await Promise.all(Array.from({ length: 20 }, () => flow.begin('/')));
    for (const name of ['state', 'nonce', 'code_challenge']) {
      expect(new Set(begun.map(({ url }) => new URL(url).searchParams.get(name))).size).toBe(20);
    }
  });

  test('puts its secret into the form for a provider that only reads it there', async () => {
    provider.discovery = { token_endpoint_auth_methods_supported: ['client_secret_post'] };
    const { url, memory } = await flow.begin('/');
    await expect(flow.finish(await returned(url, memory))).rejects.toMatchObject(refused(/invalid_client/));
    expect(provider.refusals).toEqual(['the client does not say who it is']);
  });
});

describe('a return that is not the one expected', () => {
  const cases: Readonly<Record<string, readonly [RegExp, (back: ReturnedSignIn) => ReturnedSignIn]>> = {
    'with another state': [/another window/, (back) => ({ ...back, state: 'x'.repeat(43) })],
    'without a state': [/another window/, ({ memory, code }) => ({ memory, code })],
    'without what the browser kept': [/allow cookies/, (back) => ({ ...back, memory: undefined })],
    'with something else than was kept': [/altered/, (back) => ({ ...back, memory: 'rubbish' })],
    'with one letter changed': [
      /altered/,
      (back) => ({
        ...back,
        memory: back.memory?.replace(/.(?=.{30}$)/, (sign) => (sign === 'A' ? 'B' : 'A')),
      }),
    ],
    'without a code': [/no code/, ({ memory, state }) => ({ memory, state })],
    'with a code that was never given': [/invalid_grant/, (back) => ({ ...back, code: 'made-up' })],
    'from another issuer than was asked': [
      /another provider/,
      (back) => ({ ...back, issuer: 'https://evil.example' }),
    ],
    'with a refusal': [/access_denied/, ({ memory, state }) => ({ memory, state, error: 'access_denied' })],
  };

  test.each(Object.keys(cases))('%s is refused', async (name) => {
    const { url, memory } = await flow.begin('/');
    const [why, change] = cases[name] ?? [/never/, (back: ReturnedSignIn) => back];
    await expect(flow.finish(change(await returned(url, memory)))).rejects.toMatchObject(refused(why));
  });

  test('with the code of another sign-in is refused by its verifier', async () => {
    const [mine, theirs] = [await flow.begin('/'), await flow.begin('/')];
    const { code } = await returned(theirs.url, theirs.memory);
    const back = await returned(mine.url, mine.memory);
    await expect(flow.finish({ ...back, code })).rejects.toMatchObject(refused(/invalid_grant/));
    expect(provider.refusals).toEqual(['the verifier does not fit']);
  });

  test('a second time with the same code is refused', async () => {
    const { url, memory } = await flow.begin('/');
    const back = await returned(url, memory);
    await flow.finish(back);
    await expect(flow.finish(back)).rejects.toMatchObject(refused(/invalid_grant/));
  });

  test('after ten minutes, or at another installation, is refused', async () => {
    const { url, memory } = await flow.begin('/');
    const back = await returned(url, memory);
    await expect(openFlow('another secret key of 32 characters').finish(back)).rejects.toMatchObject(
      refused(/altered/),
    );
    await clock.advance(600_001);
    await expect(flow.finish(back)).rejects.toMatchObject(refused(/ten minutes/));
  });
});

describe('an id token', () => {
  test.each<[string, Record<string, unknown>, string]>([
    ['with the nonce of another sign-in', { nonce: 'x'.repeat(43) }, 'sign_in_failed'],
    ['without a nonce', { nonce: undefined }, 'sign_in_failed'],
    ['for another client', { aud: 'somebody-else' }, 'token_invalid'],
    ['for several, made for another', { aud: [client.clientId, 'x'], azp: 'x' }, 'sign_in_failed'],
    ['for several, made for nobody', { aud: [client.clientId, 'x'] }, 'sign_in_failed'],
    ['of another issuer', { iss: 'https://evil.example' }, 'token_invalid'],
    ['that has expired', { exp: 1_000 }, 'token_expired'],
  ])('%s is refused', async (_what, claims, code) => {
    provider.idToken = claims;
    const { url, memory } = await flow.begin('/');
    await expect(flow.finish(await returned(url, memory))).rejects.toMatchObject({ code });
  });

  test('cannot be had from a provider that is down: `unavailable`, at the beginning and at the end', async () => {
    const { url, memory } = await flow.begin('/');
    const back = await returned(url, memory);
    provider.down = true;
    await expect(flow.finish(back)).rejects.toMatchObject({ code: 'unavailable' });
    await expect(openFlow().begin('/')).rejects.toMatchObject({ code: 'unavailable' });
  });
});
