import { createServer } from 'node:http';
import {
  forgeToken,
  newSigningKey,
  startIdentityProvider,
  toJwk,
  type IdentityProvider,
} from '@raptorflow/rig';
import { createFakeClock, type FakeClock } from 'raptorflow/kernel/testing';
import { createExecutor } from 'raptorflow/resilience';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createIssuers, type Issuers } from './issuers.ts';

const audience = 'raptorflow-api';
const secret = 'the secret that the project shares with us';
const project = 'https://project.supabase.co/auth/v1';

let clock: FakeClock;
let provider: IdentityProvider;
let other: IdentityProvider;
let issuers: Issuers;
beforeEach(async () => {
  clock = createFakeClock();
  const nowSeconds = (): number => Math.floor(clock.now() / 1_000);
  [provider, other] = await Promise.all([
    startIdentityProvider({ nowSeconds }),
    startIdentityProvider({ nowSeconds, algorithm: 'ES256' }),
  ]);
  issuers = openIssuers();
});
afterEach(() => Promise.all([provider.stop(), other.stop()]));

function openIssuers(): Issuers {
  return createIssuers(
    [
      { issuer: provider.issuer, audience, keys: 'discovery' },
      { issuer: other.issuer, audience, keys: { url: `${other.issuer}/keys` } },
      { issuer: project, audience: 'authenticated', keys: { secret } },
    ],
    // Retries would wait on a clock that stands still.
    { clock, executor: createExecutor({ retry: false }, { clock }) },
  );
}

const now = (): number => Math.floor(clock.now() / 1_000);
const supabase = (others: Record<string, unknown> = {}): Record<string, unknown> => ({
  iss: project,
  aud: 'authenticated',
  sub: 'a-uuid',
  iat: now(),
  exp: now() + 3_600,
  ...others,
});
const hs256 = { alg: 'HS256', typ: 'JWT' };

describe('a token of a trusted issuer', () => {
  test('says who holds it: issuer and subject for ever, name and verified address for now', async () => {
    const token = provider.issue(audience);
    expect(issuers.isTheirs(token)).toBe(true);
    expect(await issuers.read(token)).toEqual({
      subject: `${provider.issuer} ada`,
      email: 'ada@example.com',
      displayName: 'Ada Lovelace',
      tokenId: expect.stringMatching(/^sha256:[0-9a-f]{64}$/) as unknown,
      expiresAt: (now() + 3_600) * 1_000,
    });
  });

  test('is read with published keys of any asymmetric kind, or with the secret of a Supabase project', async () => {
    expect(await issuers.read(other.issue(audience))).toMatchObject({ subject: `${other.issuer} ada` });
    const token = forgeToken(hs256, supabase({ user_metadata: { full_name: 'Grace' } }), secret);
    expect(await issuers.read(token)).toMatchObject({ subject: `${project} a-uuid`, displayName: 'Grace' });
  });

  test('gives an address only when the issuer says that it is verified, not when its user says so', async () => {
    for (const claims of [
      { email_verified: false },
      { email_verified: 'true' },
      { email_verified: undefined, user_metadata: { email_verified: true } },
    ]) {
      expect(await issuers.read(provider.issue(audience, claims))).toMatchObject({ email: null });
    }
  });

  test('may be for several audiences, and holds a minute longer and begins a minute earlier than it says', async () => {
    for (const claims of [{ aud: ['somebody', audience] }, { exp: now() - 59 }, { nbf: now() + 60 }]) {
      const read = await issuers.read(provider.issue(audience, claims));
      expect(read.subject).toBe(`${provider.issuer} ada`);
    }
  });
});

describe('a forged token', () => {
  const key = (): ReturnType<IdentityProvider['rotate']> => provider.keys[0] ?? provider.rotate();
  const head = (others: Record<string, unknown> = {}): Record<string, unknown> => ({
    alg: 'RS256',
    kid: key().kid,
    typ: 'JWT',
    ...others,
  });
  const claims = (others: Record<string, unknown> = {}): Record<string, unknown> =>
    provider.claims(audience, others);
  const publicPem = (): string => key().publicKey.export({ type: 'spki', format: 'pem' });

  const forged: Readonly<Record<string, () => string>> = {
    'without a signature (alg=none)': () => forgeToken(head({ alg: 'none' }), claims(), null),
    'with alg=None in other letters': () => forgeToken(head({ alg: 'nOnE' }), claims(), null),
    'with the signature left out': () => forgeToken(head(), claims(), null),
    'signed HS256 with the public key as its secret': () =>
      forgeToken(head({ alg: 'HS256' }), claims(), publicPem()),
    'signed HS256 with the published key’s own JSON': () =>
      forgeToken(head({ alg: 'HS256' }), claims(), JSON.stringify(toJwk(key()))),
    'signed by another key under the id of a published one': () =>
      forgeToken(head(), claims(), newSigningKey('stranger')),
    'with a key of its own in the header': () => {
      const own = newSigningKey('own');
      return forgeToken(head({ kid: undefined, jwk: toJwk(own) }), claims(), own);
    },
    'with the address of its keys in the header': () => {
      const own = newSigningKey('own');
      return forgeToken(head({ kid: 'own', jku: 'https://evil.example/keys' }), claims(), own);
    },
    'with a critical extension that nobody knows': () =>
      forgeToken(head({ crit: ['exp'], exp: 1 }), claims(), key()),
    'for another audience': () => forgeToken(head(), claims({ aud: 'another-api' }), key()),
    'for no audience': () => forgeToken(head(), claims({ aud: undefined }), key()),
    'of another issuer that is trusted, too': () =>
      forgeToken(head({ kid: other.keys[0]?.kid }), claims({ iss: other.issuer }), key()),
    'of an issuer that is not trusted': () =>
      forgeToken(head(), claims({ iss: 'https://evil.example' }), key()),
    'that begins in two minutes': () => forgeToken(head(), claims({ nbf: now() + 120 }), key()),
    'without an expiry': () => forgeToken(head(), claims({ exp: undefined }), key()),
    'with an expiry that is no number': () => forgeToken(head(), claims({ exp: '9999999999' }), key()),
    'without a subject': () => forgeToken(head(), claims({ sub: undefined }), key()),
    'with an empty subject': () => forgeToken(head(), claims({ sub: '' }), key()),
    'with an endless subject': () => forgeToken(head(), claims({ sub: 'x'.repeat(256) }), key()),
    'of an anonymous visitor': () => forgeToken(head(), claims({ is_anonymous: true }), key()),
    'for signing out': () => forgeToken(head({ typ: 'logout+jwt' }), claims(), key()),
    'with other claims under its signature': () => {
      const [first, , last] = provider.issue(audience).split('.');
      return `${first}.${Buffer.from(JSON.stringify(claims({ sub: 'root' }))).toString('base64url')}.${last}`;
    },
    'of the Supabase project, signed RS256': () => forgeToken(head(), supabase(), key()),
    'of the Supabase project, signed with another secret': () => forgeToken(hs256, supabase(), `${secret}!`),
    'of the Supabase project, without a signature': () => forgeToken({ alg: 'none' }, supabase(), null),
    'of the Supabase project’s own service role': () =>
      forgeToken(hs256, supabase({ sub: undefined, role: 'service_role' }), secret),
    'that is longer than any token': () => forgeToken(head(), claims({ padding: 'x'.repeat(9_000) }), key()),
  };

  test.each(Object.keys(forged))('%s is refused as not valid', async (name) => {
    const token = forged[name]?.() ?? '';
    await expect(issuers.read(token)).rejects.toMatchObject({
      code: 'token_invalid',
      kind: 'unauthenticated',
      message: expect.stringMatching(/^The token is not valid: .+\. Sign in again\.$/) as unknown,
    });
  });

  test('past its expiry and a minute is refused as expired', async () => {
    await expect(issuers.read(provider.issue(audience, { exp: now() - 61 }))).rejects.toMatchObject({
      code: 'token_expired',
    });
  });

  test('is not even taken for one of theirs when it names no trusted issuer', () => {
    for (const token of [
      '',
      'rubbish',
      'a.b.c',
      forgeToken(head(), claims({ iss: 'https://evil.example' }), key()),
    ]) {
      expect(issuers.isTheirs(token)).toBe(false);
    }
  });
});

describe('the keys of an issuer', () => {
  test('are fetched once for many tokens, also when they come at the same moment', async () => {
    await Promise.all(Array.from({ length: 20 }, () => issuers.read(provider.issue(audience))));
    expect(provider.asked).toMatchObject({ discovery: 1, keys: 1 });
  });

  test('are fetched again for an unknown key, once in a cool-down however many forged ids come', async () => {
    await issuers.read(provider.issue(audience));
    await clock.advance(30_000);
    const someone = newSigningKey('someone');
    for (let count = 0; count < 10; count += 1) {
      const stranger = { ...someone, kid: `stranger-${count}` };
      const token = forgeToken({ alg: 'RS256', kid: stranger.kid }, provider.claims(audience), stranger);
      await expect(issuers.read(token)).rejects.toMatchObject({ code: 'token_invalid' });
    }
    expect(provider.asked.keys).toBe(2);
  });

  test('follow a rotation: a new key is taken after the cool-down, one taken back is refused once the keys were read anew', async () => {
    const old = provider.issue(audience);
    await issuers.read(old);
    provider.rotate(true);
    await clock.advance(30_000);
    await issuers.read(provider.issue(audience));
    await expect(issuers.read(old)).rejects.toMatchObject({ code: 'token_invalid' });
  });

  test('that are cached serve while the issuer is down; an unknown one is `unavailable` then', async () => {
    const token = provider.issue(audience, { exp: now() + 7_200 });
    await issuers.read(token);
    provider.down = true;
    await clock.advance(3_600_000);
    for (let count = 0; count < 5; count += 1) await issuers.read(token);
    await clock.advance(30_000);
    provider.rotate();
    const unknown = provider.issue(audience);
    const refusal = { code: 'unavailable', kind: 'unavailable', details: { issuer: provider.issuer } };
    await expect(issuers.read(unknown)).rejects.toMatchObject(refusal);
    const asked = provider.asked.keys;
    // Nor is it asked again at once.
    await expect(issuers.read(unknown)).rejects.toMatchObject(refusal);
    expect(provider.asked.keys).toBe(asked);
    await issuers.read(token);
    provider.down = false;
    await clock.advance(60_000);
    await issuers.read(unknown);
  });

  test('are `unavailable` when they were never had, and tried again after a moment', async () => {
    provider.down = true;
    const token = provider.issue(audience);
    await expect(issuers.read(token)).rejects.toMatchObject({ code: 'unavailable' });
    provider.down = false;
    await expect(issuers.read(token)).rejects.toMatchObject({ code: 'unavailable' });
    await clock.advance(5_000);
    await issuers.read(token);
  });

  test('serve no longer than a day without the issuer', async () => {
    const token = provider.issue(audience, { exp: now() + 200_000 });
    await issuers.read(token);
    provider.down = true;
    await clock.advance(24 * 3_600_000 + 1);
    await expect(issuers.read(token)).rejects.toMatchObject({ code: 'unavailable' });
  });

  test('are not taken from a document that speaks for another issuer, nor from elsewhere by a redirect', async () => {
    provider.discovery = { issuer: other.issuer };
    await expect(issuers.read(provider.issue(audience))).rejects.toMatchObject({
      code: 'unavailable',
      message: expect.stringContaining(`speaks for the issuer "${other.issuer}"`) as unknown,
    });
    const redirecting = createServer((_request, response) =>
      response.writeHead(302, { location: `${provider.issuer}/keys` }).end(),
    );
    await new Promise<void>((resolve) => redirecting.listen(0, '127.0.0.1', resolve));
    const { port } = redirecting.address() as { port: number };
    const url = `http://127.0.0.1:${port}/keys`;
    const strict = createIssuers([{ issuer: provider.issuer, audience, keys: { url } }], {
      clock,
      executor: createExecutor({ retry: false }, { clock }),
    });
    await expect(strict.read(provider.issue(audience))).rejects.toMatchObject({ code: 'unavailable' });
    redirecting.closeAllConnections();
    redirecting.close();
  });

  test('that are no key set are `unavailable`, with the address to look at', async () => {
    provider.discovery = { jwks_uri: `${provider.issuer}/nothing` };
    await expect(issuers.read(provider.issue(audience))).rejects.toMatchObject({
      code: 'unavailable',
      message: expect.stringContaining('/nothing does not answer with a set of keys') as unknown,
    });
  });
});
