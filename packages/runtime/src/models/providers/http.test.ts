import { afterEach, expect, test } from 'vitest';
import { execFile } from 'node:child_process';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { createProviderFetch, type ProviderFetchOptions } from './http.ts';

const servers: Server[] = [];

afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const post = (url: string, options: ProviderFetchOptions = {}, init: RequestInit = {}) =>
  createProviderFetch(options)(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: 'Bearer key' },
    body: '{"ask":1}',
    ...init,
  });

test('sends what it is given and answers a whole response', async () => {
  const url = await serve((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (piece: string) => (body += piece));
    request.on('end', () => {
      response.setHeader('set-cookie', ['a=1', 'b=2']);
      response.setHeader('content-type', 'application/json');
      response.writeHead(201);
      response.end(JSON.stringify({ body, key: request.headers.authorization, method: request.method }));
    });
  });
  const response = await post(`${url}/v1/things?x=1`);
  expect(response.status).toBe(201);
  expect(response.headers.getSetCookie()).toEqual(['a=1', 'b=2']);
  expect(await response.json()).toEqual({ body: '{"ask":1}', key: 'Bearer key', method: 'POST' });
});

test('follows no redirect, so that a key goes nowhere else, and says where the answer pointed', async () => {
  let followed = 0;
  const elsewhere = await serve((_request, response) => {
    followed += 1;
    response.end('{}');
  });
  const url = await serve((_request, response) => {
    response.writeHead(307, { location: `${elsewhere}/v1` });
    response.end();
  });
  await expect(post(url)).rejects.toMatchObject({
    code: 'model_refused',
    message: expect.stringContaining(`${elsewhere}/v1`),
    details: { status: 307 },
  });
  expect(followed).toBe(0);
});

test.each(['application/json', 'text/event-stream'])(
  'breaks off an answer of %s beyond the limit',
  async (type) => {
    const url = await serve((_request, response) => {
      response.writeHead(200, { 'content-type': type });
      response.end('x'.repeat(50_000));
    });
    const read = async (): Promise<string> => (await post(url, { answerBytesMax: 10_000 })).text();
    await expect(read()).rejects.toMatchObject({ code: 'model_unavailable' });
  },
);

test('gives a stream piece by piece', async () => {
  const { promise: mayEnd, resolve: end } = Promise.withResolvers<void>();
  const url = await serve((_request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' });
    response.write('data: 1\n\n');
    void mayEnd.then(() => response.end('data: 2\n\n'));
  });
  const { body } = await post(url);
  const reader = body?.pipeThrough(new TextDecoderStream()).getReader();
  expect(await reader?.read()).toEqual({ done: false, value: 'data: 1\n\n' });
  end();
  expect(await reader?.read()).toEqual({ done: false, value: 'data: 2\n\n' });
});

test('goes through the proxy of the environment where Node is told to', async () => {
  const seen: string[] = [];
  const proxy = await serve((request, response) => {
    seen.push(request.url ?? '');
    response.end('{}');
  });
  const program = fileURLToPath(new URL('testing/post-through-proxy.ts', import.meta.url));
  const run = (NODE_USE_ENV_PROXY: string) =>
    promisify(execFile)(process.execPath, ['--conditions=@raptorflow/source', program], {
      env: { ...process.env, NODE_USE_ENV_PROXY, HTTP_PROXY: proxy, NO_PROXY: 'inside.test' },
    });
  const { stdout } = await run('1');
  expect(JSON.parse(stdout)).toEqual({ 'http://models.test/v1': 200, 'http://inside.test/v1': 'ENOTFOUND' });
  expect(seen).toEqual(['http://models.test/v1']);
  const without = await run('0');
  expect(JSON.parse(without.stdout)).toEqual({
    'http://models.test/v1': 'ENOTFOUND',
    'http://inside.test/v1': 'ENOTFOUND',
  });
});

test("rejects with the signal's own reason", async () => {
  const { promise: arrived, resolve: arrive } = Promise.withResolvers<void>();
  const url = await serve(() => arrive());
  const reason = new Error('enough');
  const abort = new AbortController();
  const pending = post(url, {}, { signal: abort.signal });
  await arrived;
  abort.abort(reason);
  await expect(pending).rejects.toBe(reason);
});
