import { createHash } from 'node:crypto';
import { decodeJwt, jwtVerify, type CryptoKey, type JWTPayload, type JWTVerifyOptions } from 'jose';
import type { Clock } from 'raptorflow/kernel';
import { createDiscovery, asymmetricAlgorithms, type Discovery } from './issuer-discovery.ts';
import type { IssuerExecutor } from './issuer-http.ts';
import { createIssuerKeys, type IssuerKeys } from './issuer-keys.ts';
import { clockSkewSeconds, invalidToken, tokenCharactersMax, toTokenError } from './token.ts';

/** An issuer whose tokens are accepted beside our own. */
export interface IssuerOptions {
  /** The `iss` of its tokens, to the letter. */
  readonly issuer: string;
  /** The `aud` that its tokens must have. */
  readonly audience: string;
  /**
   * What its tokens are signed with: a secret shared with it (HS256 and nothing else), or keys that it publishes, at an address or where its
   * discovery document says (asymmetric algorithms and nothing else).
   */
  readonly keys: { readonly secret: string } | { readonly url: string } | 'discovery';
}

/** Somebody as an issuer knows them. */
export interface ForeignUser {
  /** Issuer and their `sub` there: the same person for ever, whatever name and address become. */
  readonly subject: string;
  /** Only when the issuer says that it is verified. */
  readonly email: string | null;
  readonly displayName: string;
}

/** A foreign token found good. */
export interface ForeignToken extends ForeignUser {
  /** Names this very token, so that it can be signed out. */
  readonly tokenId: string;
  /** Epoch milliseconds. */
  readonly expiresAt: number;
}

/** What issuers are asked with. */
export interface IssuersDeps {
  readonly executor: IssuerExecutor;
  readonly clock: Clock;
}

/** The issuers that are trusted. */
export interface Issuers {
  /** Whether a token says that one of them made it; nothing is checked yet. */
  isTheirs(token: string): boolean;
  /** Throws `token_expired`, `token_invalid`, and `unavailable` when the keys cannot be had. */
  read(token: string): Promise<ForeignToken>;
}

/** Builds the issuers. */
export function createIssuers(options: readonly IssuerOptions[], deps: IssuersDeps): Issuers {
  const verifiers = new Map(options.map((each) => [each.issuer, createVerifier(each, deps)]));
  return {
    isTheirs: (token) => verifiers.has(claimedIssuer(token) ?? ''),
    async read(token) {
      const verify = verifiers.get(claimedIssuer(token) ?? '');
      if (!verify) throw invalidToken('its issuer is not accepted here');
      const payload = await verify(token);
      return { ...toForeignUser(payload), tokenId: tokenIdOf(token), expiresAt: expiryOf(payload) };
    },
  };
}

/** Checks one token of one issuer and answers its claims. */
export type Verifier = (token: string) => Promise<JWTPayload>;

function createVerifier({ issuer, audience, keys }: IssuerOptions, deps: IssuersDeps): Verifier {
  if (typeof keys === 'object' && 'secret' in keys) {
    const secret = new TextEncoder().encode(keys.secret);
    return (token) =>
      verifyClaims(token, async () => secret, { issuer, audience, algorithms: ['HS256'] }, deps);
  }
  const discovery = keys === 'discovery' ? createDiscovery(issuer, deps) : undefined;
  const issuerKeys = createIssuerKeys(
    {
      issuer,
      addressOf: async () => (keys === 'discovery' ? (await discovery?.())?.keysUrl : keys.url) ?? '',
    },
    deps,
  );
  return async (token) =>
    verifyWithKeys(token, { issuer, audience, keys: issuerKeys, discovery: await discovery?.() }, deps);
}

/** Checks a token against the keys that its issuer publishes. */
export function verifyWithKeys(
  token: string,
  by: {
    readonly issuer: string;
    readonly audience: string;
    readonly keys: IssuerKeys;
    readonly discovery?: Discovery | undefined;
  },
  deps: { readonly clock: Clock },
): Promise<JWTPayload> {
  const { issuer, audience, keys, discovery } = by;
  const algorithms = [...(discovery?.algorithms ?? asymmetricAlgorithms)];
  return verifyClaims(token, (header) => keys.find(header), { issuer, audience, algorithms }, deps);
}

/** What a token for the API says that it is; a logout token or a secured request object is none. */
const tokenTypes: ReadonlySet<string> = new Set(['jwt', 'at+jwt']);

async function verifyClaims(
  token: string,
  key: (header: Parameters<IssuerKeys['find']>[0]) => Promise<CryptoKey | Uint8Array>,
  expected: Pick<JWTVerifyOptions, 'issuer' | 'audience' | 'algorithms'>,
  deps: { readonly clock: Clock },
): Promise<JWTPayload> {
  if (token.length > tokenCharactersMax) throw invalidToken('it is too long');
  try {
    const { payload, protectedHeader } = await jwtVerify(token, key, {
      ...expected,
      clockTolerance: clockSkewSeconds,
      currentDate: new Date(deps.clock.now()),
      requiredClaims: ['exp', 'sub'],
    });
    const { typ } = protectedHeader;
    if (typ !== undefined && !tokenTypes.has(typ.toLowerCase().replace(/^application\//, ''))) {
      throw invalidToken(`it is a ${typ.slice(0, 40)} and none for signing in`);
    }
    return payload;
  } catch (error) {
    throw toTokenError(error);
  }
}

function claimedIssuer(token: string): string | undefined {
  if (token.length > tokenCharactersMax) return undefined;
  try {
    return decodeJwt(token).iss;
  } catch {
    return undefined;
  }
}

const subjectCharactersMax = 255;
const nameCharactersMax = 120;

/** Who the claims of a checked token are about. Throws `token_invalid` for claims that name nobody. */
export function toForeignUser(payload: JWTPayload): ForeignUser {
  const { iss, sub } = payload;
  if (iss === undefined || sub === undefined || sub === '' || sub.length > subjectCharactersMax) {
    throw invalidToken('it does not say who it is about');
  }
  if (payload['is_anonymous'] === true) throw invalidToken('it is that of an anonymous visitor');
  const email = payload['email_verified'] === true ? textOf(payload['email'])?.toLowerCase() : undefined;
  return {
    // A space is in no issuer's address, so no two people share a subject.
    subject: `${iss} ${sub}`,
    email: email ?? null,
    displayName: nameOf(payload) ?? email?.split('@')[0] ?? 'Member',
  };
}

function nameOf(payload: JWTPayload): string | undefined {
  const metadata = payload['user_metadata'];
  const names: unknown[] = [payload['name'], payload['preferred_username']];
  if (typeof metadata === 'object' && metadata !== null && 'full_name' in metadata) {
    names.push(metadata.full_name);
  }
  return names.map(textOf).find((name) => name !== undefined);
}

function textOf(value: unknown): string | undefined {
  if (typeof value !== 'string') return undefined;
  const text = value.replaceAll(/\p{Cc}/gu, ' ').trim();
  return text === '' ? undefined : text.slice(0, nameCharactersMax);
}

function tokenIdOf(token: string): string {
  return `sha256:${createHash('sha256').update(token).digest('hex')}`;
}

function expiryOf(payload: JWTPayload): number {
  return (payload.exp ?? 0) * 1_000;
}
