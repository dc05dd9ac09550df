import { mkdtempSync, rmSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { systemClock, type Clock } from 'raptorflow/kernel';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { startServer, type RunningServer } from '../src/compose/server.ts';
import { readConfig } from '../src/config.ts';

let root = '';
let server: RunningServer;
let aheadMs = 0;
const clock: Clock = {
  now: () => systemClock.now() + aheadMs,
  monotonic: () => systemClock.monotonic() + aheadMs,
  setTimeout: (fn, ms) => systemClock.setTimeout(fn, ms),
  setInterval: (fn, ms) => systemClock.setInterval(fn, ms),
  sleep: (ms, signal) => systemClock.sleep(ms, signal),
};
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'raptorflow-limits-'));
  aheadMs = 0;
});
afterEach(async () => {
  await server.stop();
  rmSync(root, { recursive: true, force: true });
});

async function start(env: Readonly<Record<string, string>>): Promise<void> {
  const config = readConfig({
    env: { RAPTORFLOW_HOME: join(root, 'home'), PORT: '0', ...env },
    directory: root,
  });
  server = await startServer(config, { clock });
}

function ask(
  path: string,
  init: Omit<RequestInit, 'headers'> & { readonly headers?: Readonly<Record<string, string>> } = {},
): Promise<Response> {
  const headers = { authorization: `Bearer ${server.localToken}`, 'content-type': 'application/json' };
  return fetch(new URL(path, server.url), { ...init, headers: { ...headers, ...init.headers } });
}

interface Refusal {
  readonly error: {
    readonly code: string;
    readonly message: string;
    readonly details: Record<string, unknown>;
  };
  readonly correlation_id: string;
}

describe('a user who asks too much', () => {
  it('is answered 429 with Retry-After, the headers of the limits and words, and is served again after that time', async () => {
    await start({ RATE_LIMIT_USER: '6' });
    for (let left = 5; left >= 0; left -= 1) {
      const served = await ask('/api/v1/agents');
      expect([served.status, served.headers.get('ratelimit-remaining')]).toEqual([200, String(left)]);
      expect(served.headers.get('ratelimit-policy')).toBe('"user";q=6;w=60, "workspace";q=30000;w=60');
    }
    const refused = await ask('/api/v1/agents');
    const body = (await refused.json()) as Refusal;
    expect(refused.status).toBe(429);
    const seconds = Number(refused.headers.get('retry-after'));
    expect(seconds).toBeGreaterThanOrEqual(9);
    expect(seconds).toBeLessThanOrEqual(10);
    expect(refused.headers.get('ratelimit')).toMatch(/^"user";r=0;t=(59|60), "workspace";r=\d+;t=\d+$/u);
    expect(body.error).toEqual({
      code: 'rate_limited',
      message: `This user sends more than 6 requests a minute; wait ${seconds} s.`,
      details: { limit: 'user', requests_per_minute: 6 },
    });
    expect(body.correlation_id).toBe(refused.headers.get('x-correlation-id'));
    aheadMs += seconds * 1_000;
    expect((await ask('/api/v1/agents')).status).toBe(200);
    expect((await ask('/api/v1/agents')).status).toBe(429);
  });

  it('is refused at the door for OpenAI clients too, before anything is done', async () => {
    await start({ RATE_LIMIT_USER: '1' });
    const body = JSON.stringify({ model: 'offline', messages: [{ role: 'user', content: 'Hello.' }] });
    const say = (stream: boolean): Promise<Response> =>
      ask('/v1/chat/completions', {
        method: 'POST',
        body: JSON.stringify({ ...(JSON.parse(body) as object), stream }),
      });
    expect((await say(false)).status).toBe(200);
    for (const stream of [false, true]) {
      const refused = await say(stream);
      expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '60']);
      expect(((await refused.json()) as Refusal).error.code).toBe('rate_limited');
    }
  });

  it('is told apart from a stranger, whose tries are counted by address', async () => {
    await start({ RATE_LIMIT_ADDRESS: '3' });
    const headers = { authorization: 'Bearer forged' };
    const statuses = [];
    for (let index = 0; index < 5; index += 1)
      statuses.push((await ask('/api/v1/agents', { headers })).status);
    expect(statuses).toEqual([401, 401, 401, 429, 429]);
    expect((await ask('/api/v1/agents')).status).toBe(200);
    expect((await ask('/health/live', { headers: { authorization: '' } })).status).toBe(200);
  });
});

interface Live {
  readonly socket: WebSocket;
  readonly opened: Promise<unknown>;
  readonly closed: Promise<{ code: number; reason: string }>;
}

function connect(path: string, protocols = [`bearer.${server.localToken}`, 'raptorflow']): Live {
  const socket = new WebSocket(new URL(path, server.url.replace('http', 'ws')), protocols);
  return {
    socket,
    opened: new Promise((resolve) => {
      socket.addEventListener('message', resolve, { once: true });
    }),
    closed: new Promise((resolve) => {
      socket.addEventListener('close', ({ code, reason }) => resolve({ code, reason }));
    }),
  };
}

const dashboard = (): string => `/ws/dashboard/${server.localUserId}`;

describe('the live sockets of one user', () => {
  it('are as many as the limit says, dashboards and logs together; a closed one makes room', async () => {
    await start({ SOCKETS_PER_USER: '2' });
    const [first, second] = [connect(dashboard()), connect('/raptor/logs/stream')];
    await Promise.all([first.opened, second.opened]);
    for (const path of [dashboard(), '/raptor/logs/stream']) {
      const { code, reason } = await connect(path).closed;
      expect([code, reason]).toEqual([4430, expect.stringContaining('close some')]);
    }
    const events = await ask('/raptor/logs/stream', { headers: { accept: 'text/event-stream' } });
    expect([events.status, events.headers.get('retry-after')]).toEqual([429, '15']);
    expect(((await events.json()) as Refusal).error.message).toContain('too many open streams');
    first.socket.close();
    await first.closed;
    const third = connect(dashboard());
    await third.opened;
    third.socket.close();
    second.socket.close();
  });

  it('count no request that was refused, and none whose client left before it was let in', async () => {
    await start({ SOCKETS_PER_USER: '2' });
    // One kept connection, many refusals on it.
    for (let index = 0; index < 4; index += 1) {
      expect((await ask('/raptor/logs/stream', { headers: { accept: 'application/json' } })).status).toBe(
        400,
      );
    }
    const headers = { authorization: `Bearer ${server.localToken}`, accept: 'text/event-stream' };
    for (let index = 0; index < 4; index += 1) {
      const leaving = httpRequest(new URL('/raptor/logs/stream', server.url), { headers, agent: false });
      leaving.on('error', () => undefined);
      leaving.end();
      await new Promise((resolve) => leaving.once('finish', resolve));
      await pause(0);
      leaving.destroy();
    }
    for (let index = 0; index < 4; index += 1) {
      const upgrade = httpRequest(new URL('/raptor/logs/stream', server.url), {
        agent: false,
        headers: {
          connection: 'Upgrade',
          upgrade: 'websocket',
          'sec-websocket-version': '13',
          'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
          'sec-websocket-protocol': `bearer.${server.localToken}`,
        },
      });
      upgrade.on('error', () => undefined);
      upgrade.on('upgrade', (_response, connection) => connection.destroy());
      upgrade.end();
      await new Promise((resolve) => upgrade.once('close', resolve));
    }
    await vi.waitFor(async () => {
      const both = [connect('/raptor/logs/stream'), connect('/raptor/logs/stream')];
      const ends = await Promise.all(both.map((each) => Promise.race([each.opened, each.closed])));
      for (const each of both) each.socket.close();
      expect(ends.map((end) => end instanceof Event)).toEqual([true, true]);
    }, 5_000);
  });

  it('end when they send too many frames, too large ones, or too many before they are let in', async () => {
    await start({});
    const [many, large] = [connect(dashboard()), connect(dashboard())];
    await Promise.all([many.opened, large.opened]);
    for (let index = 0; index < 200; index += 1) many.socket.send('ping');
    large.socket.send('x'.repeat(65 * 1024));
    expect((await many.closed).code).toBe(4429);
    expect((await large.closed).code).toBe(1009);
    const early = connect(dashboard());
    early.socket.addEventListener('open', () => {
      for (let index = 0; index < 500; index += 1) early.socket.send('ping');
    });
    expect((await early.closed).code).toBe(4429);
  });

  it('are refused with words where the user has no requests left', async () => {
    await start({ RATE_LIMIT_USER: '1' });
    expect((await ask('/api/v1/agents')).status).toBe(200);
    const { code, reason } = await connect(dashboard()).closed;
    expect(code).toBe(4430);
    expect(reason).toMatch(/^This user sends more than 1 requests a minute; wait \d+ s\.$/u);
  });
});
