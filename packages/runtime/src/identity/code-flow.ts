import { createHash, hkdfSync, timingSafeEqual } from 'node:crypto';
import { EncryptJWT, jwtDecrypt } from 'jose';
import { RaptorFlowError, type Clock, type Random } from 'raptorflow/kernel';
import { z } from 'zod';
import { createDiscovery } from './issuer-discovery.ts';
import { askIssuer, type IssuerExecutor } from './issuer-http.ts';
import { createIssuerKeys } from './issuer-keys.ts';
import { toForeignUser, verifyWithKeys, type ForeignUser } from './issuers.ts';
import { newSecret } from './secret.ts';

/** Sign-in at an OpenID provider, in the browser. */
export interface CodeFlowOptions {
  readonly issuer: string;
  readonly clientId: string;
  /** Absent for a public client; the proof key protects the code either way. */
  readonly clientSecret?: string | undefined;
  /** Where the provider sends the browser back to; registered there. */
  readonly redirectUrl: string;
}

/** How a sign-in begins. */
export interface BegunSignIn {
  /** Where the browser goes. */
  readonly url: string;
  /** What the browser keeps meanwhile, encrypted: for a cookie that scripts cannot read. */
  readonly memory: string;
  /** How long it has, in milliseconds. */
  readonly ttlMs: number;
}

/** What the browser brings back. */
export interface ReturnedSignIn {
  readonly memory: string | undefined;
  readonly state?: string | undefined;
  readonly code?: string | undefined;
  /** Which issuer answers (RFC 9207), where it says so. */
  readonly issuer?: string | undefined;
  /** Why the provider refuses. */
  readonly error?: string | undefined;
}

/** The authorization code flow (RFC 6749, 4.1; OpenID Connect Core 3.1) with a proof key (RFC 7636), state and nonce. */
export interface CodeFlow {
  /** Begins; `to` is where the person wants to be afterwards. Throws `unavailable` when the provider does not answer. */
  begin(to: string): Promise<BegunSignIn>;
  /** Who came back, and where they want to be. Throws `sign_in_failed`, `token_invalid`, and `unavailable`. */
  finish(returned: ReturnedSignIn): Promise<{ readonly user: ForeignUser; readonly to: string }>;
}

/** What the flow works with. */
export interface CodeFlowDeps {
  readonly executor: IssuerExecutor;
  readonly clock: Clock;
  readonly random: Random;
}

const ttlMs = 10 * 60 * 1_000;
const audience = 'raptorflow-sign-in';
const memorySchema = z.object({ state: z.string(), nonce: z.string(), verifier: z.string(), to: z.string() });
const tokenAnswerSchema = z.object({ id_token: z.string().min(1) });

/** Builds the flow; `secretKey` is the installation's, of which the key of the memory is derived. */
export function createCodeFlow(options: CodeFlowOptions, secretKey: string, deps: CodeFlowDeps): CodeFlow {
  const { issuer, clientId, redirectUrl } = options;
  const { executor, clock, random } = deps;
  const discover = createDiscovery(issuer, { executor, clock });
  const keys = createIssuerKeys({ issuer, addressOf: async () => (await discover()).keysUrl }, deps);
  const memoryKey = new Uint8Array(hkdfSync('sha256', secretKey, '', audience, 32));
  return {
    async begin(to) {
      const { authorizationUrl } = await discover();
      if (authorizationUrl === undefined) throw noSuchEndpoint(issuer, 'authorization_endpoint');
      const memory = { state: newSecret(random), nonce: newSecret(random), verifier: newSecret(random), to };
      const url = new URL(authorizationUrl);
      const challenge = createHash('sha256').update(memory.verifier).digest('base64url');
      for (const [name, value] of [
        ['response_type', 'code'],
        ['client_id', clientId],
        ['redirect_uri', redirectUrl],
        ['scope', 'openid email profile'],
        ['state', memory.state],
        ['nonce', memory.nonce],
        ['code_challenge', challenge],
        ['code_challenge_method', 'S256'],
      ] as const) {
        url.searchParams.set(name, value);
      }
      const encrypted = await new EncryptJWT(memory)
        .setProtectedHeader({ alg: 'dir', enc: 'A256GCM' })
        .setAudience(audience)
        .setExpirationTime(Math.floor((clock.now() + ttlMs) / 1_000))
        .encrypt(memoryKey);
      return { url: url.href, memory: encrypted, ttlMs };
    },
    async finish(returned) {
      const memory = await readMemory(returned.memory, memoryKey, clock);
      if (!isSame(returned.state ?? '', memory.state)) {
        throw failed('it was begun in another window or by somebody else');
      }
      if (returned.issuer !== undefined && returned.issuer !== issuer) {
        throw failed('another provider answered than was asked');
      }
      if (returned.error !== undefined) {
        throw failed(`the provider says "${returned.error.slice(0, 80)}"`);
      }
      if (returned.code === undefined) throw failed('the provider sent no code');
      const discovery = await discover();
      const idToken = await redeem(returned.code, memory.verifier, options, discovery, executor);
      const payload = await verifyWithKeys(
        idToken,
        { issuer, audience: clientId, keys, discovery },
        { clock },
      );
      if (typeof payload['nonce'] !== 'string' || !isSame(payload['nonce'], memory.nonce)) {
        throw failed('the token belongs to another sign-in');
      }
      // A token for several audiences says which of them it was made for.
      const { azp } = payload;
      if (Array.isArray(payload.aud) && payload.aud.length > 1 && azp === undefined) {
        throw failed('the token does not say for whom it was made');
      }
      if (azp !== undefined && azp !== clientId) throw failed('the token was made for another application');
      return { user: toForeignUser(payload), to: memory.to };
    },
  };
}

async function readMemory(
  text: string | undefined,
  key: Uint8Array,
  clock: Clock,
): Promise<z.output<typeof memorySchema>> {
  if (text === undefined)
    throw failed(
      'the browser kept nothing of its beginning; allow cookies, and open RaptorFlow under its public address',
    );
  try {
    const { payload } = await jwtDecrypt(text, key, {
      audience,
      currentDate: new Date(clock.now()),
      keyManagementAlgorithms: ['dir'],
      contentEncryptionAlgorithms: ['A256GCM'],
    });
    return memorySchema.parse(payload);
  } catch (cause) {
    throw failed('it took longer than ten minutes, or what the browser kept of it was altered', cause);
  }
}

async function redeem(
  code: string,
  verifier: string,
  { issuer, clientId, clientSecret, redirectUrl }: CodeFlowOptions,
  discovery: { readonly tokenUrl: string | undefined; readonly secretInForm: boolean },
  executor: IssuerExecutor,
): Promise<string> {
  const { tokenUrl, secretInForm } = discovery;
  if (tokenUrl === undefined) throw noSuchEndpoint(issuer, 'token_endpoint');
  const form = new URLSearchParams({
    grant_type: 'authorization_code',
    code,
    redirect_uri: redirectUrl,
    code_verifier: verifier,
  });
  const headers: Record<string, string> = {};
  if (clientSecret !== undefined && !secretInForm) {
    const pair = `${encodeURIComponent(clientId)}:${encodeURIComponent(clientSecret)}`;
    headers['authorization'] = `Basic ${Buffer.from(pair).toString('base64')}`;
  } else {
    form.set('client_id', clientId);
    if (clientSecret !== undefined) form.set('client_secret', clientSecret);
  }
  const answer = await askIssuer(executor, {
    operation: 'identity.code',
    issuer,
    url: tokenUrl,
    form,
    headers,
    // A code works once: whether a lost answer had spent it nobody knows.
    repeatable: false,
  });
  const read = tokenAnswerSchema.safeParse(answer.body);
  if (answer.status === 200 && read.success) return read.data.id_token;
  throw failed(`the provider does not accept its code (status ${answer.status}${reasonIn(answer.body)})`);
}

function reasonIn(body: unknown): string {
  return typeof body === 'object' && body !== null && 'error' in body && typeof body.error === 'string'
    ? `, ${body.error.slice(0, 80)}`
    : '';
}

function isSame(given: string, kept: string): boolean {
  const [left, right] = [Buffer.from(given), Buffer.from(kept)];
  return left.length === right.length && timingSafeEqual(left, right);
}

function failed(why: string, cause?: unknown): RaptorFlowError {
  return new RaptorFlowError(
    'sign_in_failed',
    `The sign-in did not come to its end: ${why}. Begin again from the sign-in page.`,
    { cause },
  );
}

function noSuchEndpoint(issuer: string, name: string): RaptorFlowError {
  return new RaptorFlowError(
    'unavailable',
    `The discovery document of ${issuer} names no ${name}; it cannot be signed in at.`,
    { retryable: false },
  );
}
