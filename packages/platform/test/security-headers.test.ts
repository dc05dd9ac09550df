import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { createServer as createTlsServer, request as httpsRequest, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeCertificate } from '@raptorflow/rig';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { startServer, type RunningServer } from '../src/compose/server.ts';
import { readConfig } from '../src/config.ts';

let root = '';
let server: RunningServer;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'raptorflow-headers-'));
});
afterEach(async () => {
  await server.stop();
  rmSync(root, { recursive: true, force: true });
});

async function start(env: Readonly<Record<string, string>> = {}): Promise<void> {
  const own = { RAPTORFLOW_HOME: join(root, 'home'), PORT: '0' };
  server = await startServer(readConfig({ env: { ...own, ...env }, directory: root }));
}

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

interface Asked {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Authority of a TLS server. */
  readonly ca?: string;
}

/** Asks with exactly these headers; `fetch` would forbid some of them. */
function ask(address: string, { method = 'GET', headers = {}, body, ca }: Asked = {}): Promise<Answer> {
  const url = new URL(address, server.url);
  return new Promise((resolve, reject) => {
    const settings = { method, headers: { ...headers }, agent: false as const };
    const request =
      url.protocol === 'https:' ? httpsRequest(url, { ...settings, ca }) : httpRequest(url, settings);
    request.on('error', reject);
    request.on('response', (response) => {
      let text = '';
      const done = (): void => resolve({ status: response.statusCode ?? 0, headers: response.headers, text });
      response.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk;
        // A live stream has no end to wait for.
        if (response.headers['content-type']?.startsWith('text/event-stream') === true) {
          done();
          request.destroy();
        }
      });
      response.on('end', done);
    });
    request.end(body);
  });
}

const bearer = (): Record<string, string> => ({ authorization: `Bearer ${server.localToken}` });
const hsts = 'strict-transport-security';

describe('security headers', () => {
  it('stand on every kind of answer: pages, JSON, errors, the reference, and streams', async () => {
    await start();
    const answers = [
      await ask('/'),
      await ask('/nowhere'),
      await ask('/health'),
      await ask('/docs'),
      await ask('/api/v1/agents'),
      await ask('/api/v1/agents', { headers: bearer() }),
      await ask('/raptor/logs/stream', { headers: { ...bearer(), accept: 'text/event-stream' } }),
      await ask('/v1/chat/completions', {
        method: 'POST',
        headers: { ...bearer(), 'content-type': 'application/json' },
        body: JSON.stringify({
          model: 'offline',
          stream: true,
          messages: [{ role: 'user', content: 'Hi.' }],
        }),
      }),
    ];
    expect(answers.map(({ status }) => status)).toEqual([
      expect.any(Number),
      404,
      200,
      200,
      401,
      200,
      200,
      200,
    ]);
    for (const { headers } of answers) {
      expect(headers).toMatchObject({
        'x-content-type-options': 'nosniff',
        'x-frame-options': 'SAMEORIGIN',
        'referrer-policy': 'no-referrer',
        'cross-origin-opener-policy': 'same-origin',
        'cross-origin-resource-policy': 'same-origin',
        'content-security-policy': expect.stringContaining("frame-ancestors 'none'"),
        'permissions-policy': expect.stringContaining('camera=()'),
      });
      expect(headers[hsts]).toBeUndefined();
      expect(headers['x-powered-by'] ?? headers.server).toBeUndefined();
    }
  });

  it('HSTS: by TLS through a trusted proxy on every answer, and not where that proxy was reached by plain HTTP', async () => {
    await start({ TRUST_PROXY: 'true' });
    const certificate = makeCertificate();
    onTestFinished(() => certificate.remove());
    const proxy = await startTlsProxy(certificate);
    onTestFinished(() => void proxy.close());
    const secure = `https://localhost:${(proxy.address() as AddressInfo).port}`;
    for (const path of ['/', '/health', '/api/v1/agents']) {
      const { headers } = await ask(secure + path, { ca: certificate.pem });
      expect([path, headers[hsts]]).toEqual([path, 'max-age=31536000; includeSubDomains']);
    }
    const plain = await ask('/health', { headers: { 'x-forwarded-proto': 'http' } });
    expect(plain.headers[hsts]).toBeUndefined();
  });

  it('HSTS: no stranger switches it on by a header, and a public address of https is enough', async () => {
    await start();
    const forged = { headers: { 'x-forwarded-proto': 'https' } };
    expect((await ask('/health', forged)).headers[hsts]).toBeUndefined();
    await server.stop();
    await start({ PUBLIC_URL: 'https://raptor.example.com' });
    expect((await ask('/health')).headers[hsts]).toBe('max-age=31536000; includeSubDomains');
  });
});

/** What stands before the server in production: ends TLS and says so. */
async function startTlsProxy(certificate: ReturnType<typeof makeCertificate>): Promise<Server> {
  const pair = { key: readFileSync(certificate.keyFile), cert: readFileSync(certificate.certFile) };
  const proxy = createTlsServer(pair, (request, response) => {
    const headers = { ...request.headers, 'x-forwarded-proto': 'https', 'x-forwarded-for': '203.0.113.7' };
    const onward = httpRequest(
      new URL(request.url ?? '/', server.url),
      { method: request.method ?? 'GET', headers, agent: false },
      (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(response);
      },
    );
    request.pipe(onward);
  });
  await new Promise<void>((resolve) => {
    proxy.listen(0, '127.0.0.1', resolve);
  });
  return proxy;
}

describe('pages of other origins', () => {
  const friend = 'https://app.example.com';
  const preflight = (origin: string, method: string): Promise<Answer> =>
    ask('/api/v1/budgets/guild/research', {
      method: 'OPTIONS',
      headers: {
        origin,
        'access-control-request-method': method,
        'access-control-request-headers': 'authorization,content-type,idempotency-key,x-workspace-id',
      },
    });

  it('on the list may read answers with credentials and their headers, and change with every method', async () => {
    await start({ CORS_ORIGINS: `https://admin.example.com, ${friend}` });
    const read = await ask('/api/v1/agents', { headers: { ...bearer(), origin: friend } });
    expect(read.headers).toMatchObject({
      'access-control-allow-origin': friend,
      'access-control-allow-credentials': 'true',
      vary: expect.stringMatching(/origin/iu),
    });
    expect(read.headers['access-control-expose-headers']).toContain('retry-after');
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE']) {
      const { status, headers } = await preflight(friend, method);
      expect([method, status, headers['access-control-allow-origin']]).toEqual([method, 204, friend]);
      expect(headers['access-control-allow-methods']?.split(', ')).toContain(method);
      expect(headers['access-control-allow-headers']).toContain('idempotency-key');
    }
    const failed = await ask('/api/v1/agents', { headers: { origin: friend } });
    expect([failed.status, failed.headers['access-control-allow-origin']]).toEqual([401, friend]);
    const stream = await ask('/raptor/logs/stream', {
      headers: { ...bearer(), origin: friend, accept: 'text/event-stream' },
    });
    expect(stream.headers['access-control-allow-origin']).toBe(friend);
  });

  it('that are not on it, among them "null" and look-alikes, are allowed nothing', async () => {
    await start({ CORS_ORIGINS: friend });
    for (const origin of [
      'null',
      'https://evil.example',
      `${friend}.evil.example`,
      'http://app.example.com',
      `${friend}:8443`,
    ]) {
      for (const answer of [
        await preflight(origin, 'POST'),
        await ask('/api/v1/agents', { headers: { ...bearer(), origin } }),
      ]) {
        expect([origin, answer.headers['access-control-allow-origin']]).toEqual([origin, undefined]);
      }
    }
  });

  it('change nothing with the cookie of a session unless they are on the list; nor does a page without an origin', async () => {
    await start({ CORS_ORIGINS: friend, PUBLIC_URL: 'https://raptor.example.com' });
    const cookie = await signIn();
    const change = async (origin?: string): Promise<number> => {
      const headers = {
        cookie,
        'content-type': 'application/json',
        ...(origin === undefined ? {} : { origin }),
      };
      const body = JSON.stringify({ name: 'Made by a page' });
      return (await ask('/api/v1/workspaces', { method: 'POST', headers, body })).status;
    };
    for (const origin of [undefined, 'null', 'https://evil.example']) expect(await change(origin)).toBe(403);
    for (const origin of [friend, new URL(server.url).origin, 'https://raptor.example.com']) {
      expect([origin, await change(origin)]).toEqual([origin, 201]);
    }
  });

  it('cannot be listed as "*", "null" or with a path', () => {
    for (const CORS_ORIGINS of ['*', 'null', `${friend}/`, `${friend}/app`, 'app.example.com', 'file://x']) {
      expect(() => readConfig({ env: { CORS_ORIGINS }, directory: root })).toThrow('CORS_ORIGINS');
    }
    return start();
  });
});

/** The cookie of a session in a browser. */
async function signIn(): Promise<string> {
  const link = new URL(await server.signInLink());
  const code = new URLSearchParams(link.hash.slice(1)).get('code');
  const { headers, status, text } = await ask('/api/v1/auth/exchange', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ code }),
  });
  expect([status, text]).toEqual([200, expect.any(String)]);
  return (headers['set-cookie'] ?? []).map((each) => each.split(';')[0]).join('; ');
}
