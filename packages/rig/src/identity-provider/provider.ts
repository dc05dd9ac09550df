import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  forgeToken,
  newSigningKey,
  toJwk,
  usualSigningKey,
  type SigningAlgorithm,
  type SigningKey,
} from './signing.ts';

/** A client that may sign people in, as it is registered. */
export interface RegisteredClient {
  readonly clientId: string;
  readonly clientSecret: string;
  readonly redirectUrl: string;
}

/** How a provider behaves. */
export interface IdentityProviderOptions {
  /** Seconds since 1970, for the times in tokens. Default: now. */
  readonly nowSeconds?: () => number;
  readonly algorithm?: SigningAlgorithm;
}

/** An OpenID provider on this machine, with real keys and real signatures; it checks what a real one checks. */
export interface IdentityProvider {
  readonly issuer: string;
  /** Whoever sits in front of the browser: the claims of their tokens. */
  person: Record<string, unknown>;
  client: RegisteredClient | undefined;
  /** The keys that it publishes; the last one signs. */
  readonly keys: SigningKey[];
  /** While true, nothing is answered but 503. */
  down: boolean;
  /** How often each address was asked. */
  readonly asked: { keys: number; discovery: number; token: number };
  /** Put over the discovery document. */
  discovery: Record<string, unknown>;
  /** Put over the claims of the next id tokens, to make them wrong. */
  idToken: Record<string, unknown>;
  /** Why the token endpoint refused, newest last. */
  readonly refusals: string[];
  /** The usual claims of a token for an audience, with others put over them. */
  claims(audience: string, others?: Record<string, unknown>): Record<string, unknown>;
  /** A token as it issues them. */
  issue(audience: string, others?: Record<string, unknown>): string;
  /** Makes a new key, which signs from now on; the old ones go when `replace`. */
  rotate(replace?: boolean): SigningKey;
  stop(): Promise<void>;
}

interface GivenCode {
  readonly challenge: string;
  readonly redirectUrl: string;
  readonly nonce: string;
}

/** Starts a provider on a free port of this machine. */
export async function startIdentityProvider(
  options: IdentityProviderOptions = {},
): Promise<IdentityProvider> {
  const now = options.nowSeconds ?? (() => Math.floor(Date.now() / 1_000));
  const server = createServer((request, response) => {
    serve(provider, codes, request, response).catch(() => response.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const codes = new Map<string, GivenCode>();
  let made = 0;
  const newKey = (): SigningKey => newSigningKey(`key-${(made += 1)}`, options.algorithm);
  const provider: IdentityProvider = {
    issuer,
    person: { sub: 'ada', email: 'ada@example.com', email_verified: true, name: 'Ada Lovelace' },
    client: undefined,
    keys: [usualSigningKey('key-0', options.algorithm)],
    down: false,
    asked: { keys: 0, discovery: 0, token: 0 },
    discovery: {},
    idToken: {},
    refusals: [],
    claims: (audience, others = {}) => ({
      iss: issuer,
      aud: audience,
      iat: now(),
      exp: now() + 3_600,
      ...provider.person,
      ...others,
    }),
    issue(audience, others) {
      const key = signerOf(provider);
      return forgeToken({ alg: key.alg, kid: key.kid, typ: 'JWT' }, provider.claims(audience, others), key);
    },
    rotate(replace = false) {
      const key = newKey();
      if (replace) provider.keys.length = 0;
      provider.keys.push(key);
      return key;
    },
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  return provider;
}

function signerOf(provider: IdentityProvider): SigningKey {
  const key = provider.keys.at(-1);
  if (key) return key;
  return provider.rotate();
}

async function serve(
  provider: IdentityProvider,
  codes: Map<string, GivenCode>,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const url = new URL(request.url ?? '/', provider.issuer);
  const json = (status: number, body: unknown): void => {
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  };
  if (url.pathname === '/.well-known/openid-configuration') provider.asked.discovery += 1;
  if (url.pathname === '/keys') provider.asked.keys += 1;
  if (provider.down) return json(503, { error: 'temporarily_unavailable' });
  switch (url.pathname) {
    case '/.well-known/openid-configuration':
      return json(200, { ...documentOf(provider.issuer), ...provider.discovery });
    case '/keys':
      return json(200, { keys: provider.keys.map(toJwk) });
    case '/authorize':
      return authorize(provider, codes, url, response);
    case '/token':
      provider.asked.token += 1;
      return redeem(provider, codes, request, json);
    case '/favicon.ico':
      return void response.writeHead(204).end();
    default:
      return json(404, { error: 'not_found' });
  }
}

function documentOf(issuer: string): Record<string, unknown> {
  return {
    issuer,
    jwks_uri: `${issuer}/keys`,
    authorization_endpoint: `${issuer}/authorize`,
    token_endpoint: `${issuer}/token`,
    response_types_supported: ['code'],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: ['RS256', 'ES256'],
    token_endpoint_auth_methods_supported: ['client_secret_basic'],
    code_challenge_methods_supported: ['S256'],
  };
}

// Whoever sits there is asked, and has one link to follow.
function authorize(
  provider: IdentityProvider,
  codes: Map<string, GivenCode>,
  url: URL,
  response: ServerResponse,
): void {
  const ask = url.searchParams;
  const { client } = provider;
  const redirectUrl = ask.get('redirect_uri') ?? '';
  const wrong = [
    client === undefined || ask.get('client_id') !== client.clientId ? 'client_id' : '',
    redirectUrl !== client?.redirectUrl ? 'redirect_uri' : '',
    ask.get('response_type') === 'code' ? '' : 'response_type',
    ask.get('scope')?.split(' ').includes('openid') ? '' : 'scope',
    ask.get('code_challenge_method') === 'S256' && ask.get('code_challenge')?.length === 43
      ? ''
      : 'code_challenge',
    (ask.get('state')?.length ?? 0) >= 22 ? '' : 'state',
    (ask.get('nonce')?.length ?? 0) >= 22 ? '' : 'nonce',
  ].filter((name) => name !== '');
  if (wrong.length > 0) {
    response.writeHead(400, { 'content-type': 'text/plain' }).end(`wrong: ${wrong.join(', ')}`);
    return;
  }
  const code = randomBytes(24).toString('base64url');
  codes.set(code, {
    challenge: ask.get('code_challenge') ?? '',
    redirectUrl,
    nonce: ask.get('nonce') ?? '',
  });
  const back = new URL(redirectUrl);
  back.searchParams.set('code', code);
  back.searchParams.set('state', ask.get('state') ?? '');
  back.searchParams.set('iss', provider.issuer);
  const href = back.href.replaceAll('&', '&amp;').replaceAll('"', '&quot;');
  response
    .writeHead(200, { 'content-type': 'text/html; charset=utf-8' })
    .end(`<!doctype html><title>Provider</title><h1>Provider</h1><a href="${href}">Continue</a>`);
}

async function redeem(
  provider: IdentityProvider,
  codes: Map<string, GivenCode>,
  request: IncomingMessage,
  json: (status: number, body: unknown) => void,
): Promise<void> {
  let text = '';
  for await (const chunk of request) text += String(chunk);
  const form = new URLSearchParams(text);
  const { client } = provider;
  const pair = `${encodeURIComponent(client?.clientId ?? '')}:${encodeURIComponent(client?.clientSecret ?? '')}`;
  const refuse = (error: string, why: string): void => {
    provider.refusals.push(why);
    json(400, { error });
  };
  if (request.headers.authorization !== `Basic ${Buffer.from(pair).toString('base64')}`) {
    return refuse('invalid_client', 'the client does not say who it is');
  }
  const code = form.get('code') ?? '';
  const given = codes.get(code);
  // Once, whatever comes of it.
  codes.delete(code);
  if (form.get('grant_type') !== 'authorization_code' || !given) {
    return refuse('invalid_grant', 'the code is not known, or was used');
  }
  if (form.get('redirect_uri') !== given.redirectUrl) {
    return refuse('invalid_grant', 'the redirect is another');
  }
  const challenge = createHash('sha256')
    .update(form.get('code_verifier') ?? '')
    .digest('base64url');
  if (challenge !== given.challenge) return refuse('invalid_grant', 'the verifier does not fit');
  json(200, {
    access_token: randomBytes(16).toString('base64url'),
    token_type: 'Bearer',
    expires_in: 3_600,
    id_token: provider.issue(client?.clientId ?? '', { nonce: given.nonce, ...provider.idToken }),
  });
}
