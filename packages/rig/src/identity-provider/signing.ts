import { createHmac, generateKeyPairSync, sign, type KeyObject } from 'node:crypto';

/** What a provider signs with. */
export type SigningAlgorithm = 'RS256' | 'ES256';

/** A key of a provider: the private half, and what it publishes. */
export interface SigningKey {
  readonly kid: string;
  readonly alg: SigningAlgorithm;
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}

/** Makes a key. */
export function newSigningKey(kid: string, alg: SigningAlgorithm = 'RS256'): SigningKey {
  return { kid, alg, ...newPair(alg) };
}

// Making an RSA key takes a good part of a second: what matters in no test is made once.
const usualPairs = new Map<SigningAlgorithm, ReturnType<typeof newPair>>();

/** The same key for all providers of a process that sign so. */
export function usualSigningKey(kid: string, alg: SigningAlgorithm = 'RS256'): SigningKey {
  const pair = usualPairs.get(alg) ?? newPair(alg);
  usualPairs.set(alg, pair);
  return { kid, alg, ...pair };
}

function newPair(alg: SigningAlgorithm): { readonly privateKey: KeyObject; readonly publicKey: KeyObject } {
  return alg === 'RS256'
    ? generateKeyPairSync('rsa', { modulusLength: 2048 })
    : generateKeyPairSync('ec', { namedCurve: 'P-256' });
}

/** The public half, as it stands in a key set. */
export function toJwk(key: SigningKey): Record<string, unknown> {
  return { ...key.publicKey.export({ format: 'jwk' }), kid: key.kid, alg: key.alg, use: 'sig' };
}

/**
 * A JSON Web Token made by hand, so that it can be made wrong: any header over any claims, signed with any key; a string signs with HMAC, null
 * leaves the signature empty.
 */
export function forgeToken(
  header: Readonly<Record<string, unknown>>,
  claims: Readonly<Record<string, unknown>>,
  key: SigningKey | string | null,
): string {
  const head = [header, claims]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.');
  return `${head}.${signatureOf(head, key)}`;
}

function signatureOf(text: string, key: SigningKey | string | null): string {
  if (key === null) return '';
  if (typeof key === 'string') return createHmac('sha256', key).update(text).digest('base64url');
  const options = key.alg === 'ES256' ? ({ dsaEncoding: 'ieee-p1363' } as const) : {};
  return sign('sha256', Buffer.from(text), { key: key.privateKey, ...options }).toString('base64url');
}
