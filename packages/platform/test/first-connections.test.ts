import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient } from '@raptorflow/client';
import {
  findFreePort,
  startPostgres,
  startRedis,
  startTcpProxy,
  type PostgresServer,
  type RedisServer,
  type TcpProxy,
} from '@raptorflow/rig';
import { silentLogger, systemClock, type Logger } from 'raptorflow/kernel';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { ProgramDeps } from '../src/compose/program.ts';
import { startServer, type RunningServer } from '../src/compose/server.ts';
import { readConfig } from '../src/config.ts';

let root: string;
let postgres: PostgresServer;
let redis: RedisServer;
let proxy: TcpProxy;
let servers: RunningServer[] = [];
beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'raptorflow-first-'));
  [postgres, redis] = await Promise.all([
    startPostgres(),
    startRedis({ settings: { requirepass: 'the-right-one' } }),
  ]);
  proxy = await startTcpProxy(postgres.port);
});
afterEach(async () => {
  await Promise.all(servers.map((server) => server.stop()));
  servers = [];
});
afterAll(async () => {
  await Promise.all([proxy.stop(), postgres.stop(), redis.stop()]);
  rmSync(root, { recursive: true, force: true });
});

let homes = 0;
async function start(env: Record<string, string>, deps: ProgramDeps = {}): Promise<RunningServer> {
  homes += 1;
  const home = join(root, String(homes));
  const all = { RAPTORFLOW_HOME: home, PORT: '0', METRICS: 'false', REDIS_PREFIX: `first${homes}`, ...env };
  const server = await startServer(readConfig({ env: all, directory: root }), deps);
  servers.push(server);
  return server;
}

/** The two operations as the server shows them. */
async function connectionsOf(server: RunningServer): Promise<Record<string, { retries: number }>> {
  const client = createClient({ baseUrl: server.url, token: server.localToken });
  const { items } = await client.periscope.operations();
  return Object.fromEntries(
    items
      .filter(({ name }) => name.startsWith('connect:'))
      .map(({ name, calls, failures, retries }) => [name, { calls, failures, retries }]),
  );
}

/** How a start ends that fails, and after how long. */
async function refusal(env: Record<string, string>): Promise<{ error: unknown; tookMs: number }> {
  const began = systemClock.monotonic();
  const error: unknown = await start(env).catch((reason: unknown) => reason);
  return { error, tookMs: systemClock.monotonic() - began };
}

describe('a start beside servers that are not there yet', () => {
  it('waits for Redis and for PostgreSQL, and shows both as operations', async () => {
    const [database, port] = await Promise.all([postgres.createDatabase(), findFreePort()]);
    const late = new URL(database);
    late.port = String(proxy.port);
    // PostgreSQL takes connections and ends them, as behind a balancer that has nobody to pass them to yet.
    proxy.cutAt = 'user';
    const warnings: string[] = [];
    const log: Logger = { ...silentLogger, child: () => log, warn: (message) => void warnings.push(message) };
    const starting = start({ DATABASE_URL: late.href, REDIS_URL: `redis://127.0.0.1:${port}` }, { log });
    await vi.waitFor(() => {
      expect(warnings).toContainEqual(expect.stringMatching(/^PostgreSQL cannot be reached.*waits for it/u));
      expect(warnings).toContainEqual(expect.stringMatching(/^REDIS_URL: .*waits for it/u));
    }, 15_000);
    proxy.cutAt = undefined;
    const own = await startRedis({ port });
    try {
      const server = await starting;
      const { 'connect:redis': toRedis, 'connect:postgres': toPostgres } = await connectionsOf(server);
      await server.stop();
      expect([toRedis, toPostgres]).toMatchObject([
        { calls: 1, failures: 0 },
        { calls: 1, failures: 0 },
      ]);
      expect(Math.min(toRedis?.retries ?? 0, toPostgres?.retries ?? 0)).toBeGreaterThan(0);
    } finally {
      await own.stop();
    }
  });

  it('is refused at once for a login, a database or a number of a database that is wrong', async () => {
    const [database, right] = [await postgres.createDatabase(), redis.url.replace('//', '//:the-right-one@')];
    const missing = new URL(database);
    missing.pathname = '/nowhere';
    const stranger = new URL(database);
    stranger.username = 'stranger';
    for (const [env, words] of [
      [{ REDIS_URL: redis.url.replace('//', '//:wrong@') }, /^REDIS_URL: .*WRONGPASS/u],
      [{ REDIS_URL: `${right}/99` }, /^REDIS_URL: .*DB index/u],
      [{ DATABASE_URL: missing.href }, /no such database .*DATABASE_URL/u],
      [{ DATABASE_URL: stranger.href }, /refuses the login .*DATABASE_URL/u],
      // The other one's waiting does not hold up what is known already.
      [{ REDIS_URL: 'redis://127.0.0.1:1', DATABASE_URL: missing.href }, /no such database/u],
    ] as const) {
      const { error, tookMs } = await refusal(env);
      expect(error).toMatchObject({ code: 'unavailable', message: expect.stringMatching(words) });
      expect(tookMs, words.source).toBeLessThan(4_000);
    }
  });

  it('is refused with the same words when the time is over, and ends at once when it is interrupted', async () => {
    const nowhere = { REDIS_URL: 'redis://127.0.0.1:1' };
    const [once, waited] = [
      await refusal({ ...nowhere, CONNECT_WAIT_SECONDS: '0' }),
      await refusal({ ...nowhere, CONNECT_WAIT_SECONDS: '1' }),
    ];
    expect(once.error).toMatchObject({
      code: 'unavailable',
      message: expect.stringMatching(/^REDIS_URL: .*check that it runs/u),
    });
    expect(waited.error).toMatchObject({ message: (once.error as Error).message });
    const interruption = new AbortController();
    const starting = start(nowhere, { signal: interruption.signal });
    setTimeout(() => interruption.abort(), 300);
    await expect(starting).rejects.toMatchObject({ code: 'cancelled' });
  });
});
