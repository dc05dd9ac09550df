import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

import { type RouteGroup, routes } from '@raptorflow/contract';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { addresses, type Client, ClientError, createClient } from './index.ts';

interface ReceivedRequest extends IncomingMessage {
  text: string;
}

type Handler = (request: ReceivedRequest, response: ServerResponse) => void;

let server: Server;
let handle: Handler;
let baseUrl: string;
let client: Client;

beforeEach(async () => {
  handle = (_request, response) => response.end('{}');
  server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () =>
      handle(Object.assign(request, { text: Buffer.concat(chunks).toString() }), response),
    );
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  // A listening TCP server always has an address object.
  baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  client = createClient({ baseUrl, token: 'secret', workspaceId: 'ws_1' });
});

afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => {
    server.close(resolve);
  });
});

function answer(status: number, body: unknown, headers: Record<string, string> = {}): Handler {
  return (_request, response) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(JSON.stringify(body));
  };
}

async function failureOf(promise: Promise<unknown>): Promise<ClientError> {
  const error: unknown = await promise.then(
    () => null,
    (reason: unknown) => reason,
  );
  if (error instanceof ClientError) return error;
  return expect.unreachable('the call succeeded, or threw something else');
}

describe('the table of addresses', () => {
  it('is the table of the contract', () => {
    const tables: [string, RouteGroup][] = Object.entries(routes);
    const fromContract = Object.fromEntries(
      tables.map(([resource, group]) => [
        resource,
        Object.fromEntries(
          Object.entries(group).map(([name, route]) => [name, `${route.method} ${route.path}`]),
        ),
      ]),
    );
    expect(addresses).toEqual(fromContract);
  });
});

describe('a call', () => {
  it('sends method, encoded parameters, query, token and workspace', async () => {
    const seen: unknown[] = [];
    handle = (request, response) => {
      seen.push([
        request.method,
        request.url,
        request.headers.authorization,
        request.headers['x-workspace-id'],
      ]);
      answer(200, { items: [], next_cursor: null })(request, response);
    };
    await client.runs.journal({ params: { run_id: 'run/../1' }, query: { limit: 5, cursor: undefined } });
    expect(seen).toEqual([['GET', '/api/v1/runs/run%2F..%2F1/journal?limit=5', 'Bearer secret', 'ws_1']]);
  });

  it('sends JSON with its content type and the idempotency key', async () => {
    let seen: unknown;
    handle = (request, response) => {
      seen = [request.headers['content-type'], request.headers['idempotency-key'], JSON.parse(request.text)];
      answer(201, { event_id: 'evt_1' })(request, response);
    };
    const body = { channel: 'sys.state.update', type: 'note', payload: { a: 1 } };
    const result = await client.bus.publish({ body, idempotencyKey: 'k1' });
    expect(seen).toEqual(['application/json', 'k1', body]);
    expect(result.event_id).toBe('evt_1');
  });

  it('sends files as form data', async () => {
    let seen = '';
    handle = (request, response) => {
      seen = `${request.headers['content-type']}\n${request.text}`;
      answer(201, { items: [] })(request, response);
    };
    const body = new FormData();
    body.append('file', new Blob(['# Notes'], { type: 'text/markdown' }), 'notes.md');
    await client.documents.upload({ body });
    expect(seen).toContain('multipart/form-data; boundary=');
    expect(seen).toContain('filename="notes.md"');
  });

  it('answers text as text', async () => {
    handle = (_request, response) => {
      response.writeHead(200, { 'content-type': 'text/markdown' });
      response.end('# Package');
    };
    const call = { params: { campaign_id: 'cmp_1' }, query: { format: 'markdown' as const } };
    expect(await client.campaigns.package(call)).toBe('# Package');
  });

  it('takes a report of ill health as an answer', async () => {
    handle = answer(503, { status: 'unhealthy' });
    expect((await client.health.overall()).status).toBe('unhealthy');
  });

  it('can be bound to another workspace', async () => {
    let seen: unknown;
    handle = (request, response) => {
      seen = request.headers['x-workspace-id'];
      answer(200, {})(request, response);
    };
    await client.inWorkspace('ws_2').health.overall();
    expect(seen).toBe('ws_2');
    expect(client.inWorkspace('ws_2').packageUrl('cmp_1', 'html')).toBe(
      `${baseUrl}/api/v1/campaigns/cmp_1/package?format=html&workspace_id=ws_2`,
    );
  });
});

describe('a failed call', () => {
  it('throws the code, message, details and correlation id of the error body', async () => {
    handle = answer(
      429,
      { error: { code: 'rate_limited', message: 'Wait.', details: { limit: 5 } }, correlation_id: 'c-1' },
      { 'retry-after': '7' },
    );
    const error = await failureOf(client.session.current());
    expect(error).toMatchObject({
      code: 'rate_limited',
      message: 'Wait.',
      status: 429,
      details: { limit: 5 },
      correlationId: 'c-1',
      retryAfterSeconds: 7,
    });
  });

  it('says so when the answer is not ours', async () => {
    handle = (_request, response) => {
      response.writeHead(502);
      response.end('<h1>Bad gateway</h1>');
    };
    expect(await failureOf(client.session.current())).toMatchObject({
      code: 'unexpected_response',
      status: 502,
    });
    handle = (_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end('{"half":');
    };
    expect((await failureOf(client.session.current())).code).toBe('unexpected_response');
  });

  it('tells an unreachable server, a slow one and a cancelled call apart', async () => {
    const nobody = createClient({ baseUrl: 'http://127.0.0.1:9' });
    expect(await failureOf(nobody.health.overall())).toMatchObject({ code: 'unreachable', status: 0 });
    handle = () => undefined;
    const hasty = createClient({ baseUrl, timeoutMs: 50 });
    expect((await failureOf(hasty.health.overall())).code).toBe('timeout');
    const controller = new AbortController();
    const pending = failureOf(client.health.overall({ signal: controller.signal }));
    controller.abort();
    expect((await pending).code).toBe('cancelled');
  });

  it('refuses a missing parameter and an address that is none before anything is sent', async () => {
    const missing = failureOf(client.runs.get({ params: { run_id: '' } }));
    expect((await missing).code).toBe('invalid_call');
    expect(() => createClient({ baseUrl: 'localhost:8001' })).toThrow(/http:\/\/localhost:8001/u);
  });
});
