import { errors, jwtVerify, SignJWT } from 'jose';
import { RaptorFlowError, type Clock, type Ids } from 'raptorflow/kernel';

/** What a token of ours says about its holder. */
export interface TokenClaims {
  readonly userId: string;
  readonly displayName: string;
  /** Whether the holder may act as the installation's operator. */
  readonly operator: boolean;
}

/** A token read and found good: signature, issuer, audience and times. */
export interface VerifiedToken extends TokenClaims {
  /** Names the token itself, so that it can be revoked. */
  readonly tokenId: string;
  /** Epoch milliseconds. */
  readonly expiresAt: number;
}

/** A new token. */
export interface IssuedToken {
  readonly token: string;
  readonly tokenId: string;
  /** Epoch milliseconds. */
  readonly expiresAt: number;
}

/** Signs and reads tokens of this installation. */
export interface TokenMint {
  issue(claims: TokenClaims, ttlMs: number): Promise<IssuedToken>;
  /** Throws `token_expired`, or `token_invalid` for anything else that is wrong with it. */
  read(token: string): Promise<VerifiedToken>;
}

/** How far the clocks of two machines may differ. */
export const clockSkewSeconds = 60;
const algorithm = 'HS256';
/** Longer input is refused before any cryptography. */
export const tokenCharactersMax = 8_192;

/** Tokens whose signature is remembered; one more makes the oldest forgotten. */
const tokensReadMax = 1_000;

/** Builds the mint: JWTs signed with HMAC-SHA-256 (RFC 7519, RFC 7515), no other algorithm is ever accepted. */
export function createTokenMint(
  options: { readonly secretKey: string; readonly issuer: string; readonly audience: string },
  deps: { readonly clock: Clock; readonly ids: Ids },
): TokenMint {
  // Made into a key once: a request is not to pay for that.
  const making = crypto.subtle.importKey(
    'raw',
    new TextEncoder().encode(options.secretKey),
    { name: 'HMAC', hash: 'SHA-256' },
    false,
    ['sign', 'verify'],
  );
  const { issuer, audience } = options;
  const { clock, ids } = deps;
  // A signature that was good stays good: of a token that was read before only the times are looked at again.
  const read = new Map<string, ReadToken>();
  return {
    async issue(claims, ttlMs) {
      // Times inside a token are whole seconds; the expiry reported is the one written.
      const issuedAt = Math.floor(clock.now() / 1_000);
      const expiry = issuedAt + Math.max(1, Math.floor(ttlMs / 1_000));
      const tokenId = ids.next('tok');
      const token = await new SignJWT({ name: claims.displayName, operator: claims.operator })
        .setProtectedHeader({ alg: algorithm, typ: 'JWT' })
        .setSubject(claims.userId)
        .setIssuer(issuer)
        .setAudience(audience)
        .setIssuedAt(issuedAt)
        .setNotBefore(issuedAt)
        .setExpirationTime(expiry)
        .setJti(tokenId)
        .sign(await making);
      return { token, tokenId, expiresAt: expiry * 1_000 };
    },
    async read(token) {
      if (token.length > tokenCharactersMax) throw invalidToken('it is too long');
      const seen = read.get(token);
      if (seen !== undefined && isTimely(seen, clock.now())) return seen.verified;
      try {
        const { payload } = await jwtVerify(token, await making, {
          algorithms: [algorithm],
          issuer,
          audience,
          clockTolerance: clockSkewSeconds,
          currentDate: new Date(clock.now()),
          requiredClaims: ['exp', 'nbf', 'sub', 'jti'],
        });
        const { sub, jti, exp, nbf, name, operator } = payload;
        if (!sub || !jti || exp === undefined) throw invalidToken('a claim is missing');
        const verified = {
          userId: sub,
          displayName: typeof name === 'string' ? name : '',
          operator: operator === true,
          tokenId: jti,
          expiresAt: exp * 1_000,
        };
        const [oldest] = read.size >= tokensReadMax ? read.keys() : [];
        if (oldest !== undefined) read.delete(oldest);
        read.set(token, { verified, notBefore: (nbf ?? 0) * 1_000 });
        return verified;
      } catch (error) {
        throw toTokenError(error);
      }
    },
  };
}

interface ReadToken {
  readonly verified: VerifiedToken;
  /** Epoch milliseconds. */
  readonly notBefore: number;
}

function isTimely({ verified, notBefore }: ReadToken, nowMs: number): boolean {
  const skewMs = clockSkewSeconds * 1_000;
  return nowMs >= notBefore - skewMs && nowMs < verified.expiresAt + skewMs;
}

/** What is wrong with a token, in our words; anything that is no error of the token stays as it is. */
export function toTokenError(error: unknown): unknown {
  if (error instanceof errors.JWTExpired) {
    return new RaptorFlowError('token_expired', 'The token has expired; sign in again.', { cause: error });
  }
  if (error instanceof errors.JWTClaimValidationFailed) {
    return invalidToken(`its claim "${error.claim}" is not accepted here`, error);
  }
  if (error instanceof errors.JOSEError) return invalidToken('its form or signature is wrong', error);
  return error;
}

/** The error for a token that is refused, with the reason. */
export function invalidToken(why: string, cause?: unknown): RaptorFlowError {
  return new RaptorFlowError('token_invalid', `The token is not valid: ${why}. Sign in again.`, { cause });
}
