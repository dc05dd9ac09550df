import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startPostgres, startRedis, type PostgresServer, type RedisServer } from '@raptorflow/rig';
import { Redis } from 'ioredis';
import { silentLogger, type Logger } from 'raptorflow/kernel';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { startServer, type RunningServer } from '../src/compose/server.ts';
import { readConfig } from '../src/config.ts';

let root: string;
let postgres: PostgresServer;
let redis: RedisServer;
let admin: Redis;
/** Nobody else's: what another test still looks for on a port that it gave back comes to 0. */
const database = 7;
beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'raptorflow-connections-'));
  [postgres, redis] = await Promise.all([startPostgres(), startRedis()]);
  admin = new Redis(redis.url);
});
afterAll(async () => {
  admin.disconnect();
  await Promise.all([postgres.stop(), redis.stop()]);
  rmSync(root, { recursive: true, force: true });
});

async function ask<T>(server: RunningServer, method: 'GET' | 'POST', path: string): Promise<T> {
  const answer = await fetch(new URL(path, server.url), {
    method,
    headers: { authorization: `Bearer ${server.localToken}` },
  });
  expect(answer.status).toBe(200);
  return ((await answer.json()) as { data: T }).data;
}

/** Connections that the server of Redis has in our database. */
async function connected(): Promise<number> {
  const list = String(await admin.call('client', 'list'));
  return list.split('\n').filter((line) => line.includes(` db=${database} `)).length;
}

it('a server shows its connections to Redis with their owners, as many as Redis has; none is a leak, and none stays', async () => {
  const warnings: string[] = [];
  const log: Logger = { ...silentLogger, child: () => log, warn: (text) => void warnings.push(text) };
  const env = {
    RAPTORFLOW_HOME: join(root, 'home'),
    PORT: '0',
    DATABASE_URL: await postgres.createDatabase(),
    REDIS_URL: `${redis.url}/${database}`,
  };
  const server = await startServer(readConfig({ env, directory: root }), { log });
  const path = '/api/v1/metrics/resources';
  try {
    const shown = await ask<{ resource_type: string; owner: string; call_site: string }[]>(
      server,
      'GET',
      `${path}?scope=installation&resource_type=database_connection`,
    );
    expect(shown.map(({ owner, call_site: site }) => `${owner} at ${site}`).toSorted()).toEqual([
      'bus at bus.beats',
      'bus at bus.commands',
      'bus at bus.subscription',
      'cleanup at cleanup.commands',
      'metrics at metrics.commands',
      'metrics at metrics.commands',
      'quotas at quotas.commands',
      'rate_limits at rate_limits',
    ]);
    await vi.waitFor(async () => expect(await connected()).toBe(shown.length), 5_000);
    await ask(server, 'POST', `${path}/leaks/scan`);
    expect(await ask(server, 'GET', `${path}/leaks?scope=installation`)).toEqual([]);
  } finally {
    await server.stop();
  }
  await vi.waitFor(async () => expect(await connected()).toBe(0), 5_000);
  expect(warnings.filter((text) => text.includes('connections open'))).toEqual([]);
});
