import { randomUUID } from 'node:crypto';
import {
  findFreePort,
  makeCertificate,
  startRedis,
  startRedisCluster,
  type RedisServer,
} from '@raptorflow/rig';
import { Redis } from 'ioredis';
import { createBus, redisEngine, type Bus, type RedisEngineOptions } from 'raptorflow/bus';
import { afterEach, describe, expect, it, vi } from 'vitest';

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
});

async function open(options: RedisEngineOptions): Promise<Bus> {
  const bus = createBus({ engine: redisEngine({ prefix: randomUUID(), ...options }) });
  await bus.start();
  cleanups.push(() => bus.stop({ deadlineMs: 1_000 }));
  return bus;
}

/** A little of everything, over workspaces that live in different partitions. */
async function exercise(bus: Bus): Promise<unknown> {
  const handled: string[] = [];
  const live: string[] = [];
  await bus.subscribe('lab.*', (event) => void live.push(event.id));
  await bus.subscribe(
    'lab.*',
    (event, context) => {
      const { n } = event.payload as { n: number };
      if (n % 7 === 0 && context.attempt === 1) throw new Error('once more');
      if (n % 11 === 0) throw Object.assign(new Error('never'), { permanent: true });
      handled.push(event.id);
    },
    { group: 'team', retry: { baseMs: 5, capMs: 10 } },
  );
  const ids: string[] = [];
  for (let n = 1; n <= 60; n += 1) {
    const draft = { type: 'test.event', payload: { n }, workspaceId: `w${n % 20}`, requestId: 'ask' };
    ids.push(await bus.publish(`lab.${n % 3}`, draft));
  }
  const letters = ids.filter((_, index) => (index + 1) % 11 === 0);
  await vi.waitFor(() => expect(handled.length).toBe(60 - letters.length), 10_000);
  await vi.waitFor(() => expect(live.length).toBe(60), 10_000);
  expect(new Set(handled).size).toBe(handled.length);
  expect((await bus.deadLetters.list()).items.map(({ event }) => event.id).toSorted()).toEqual(
    letters.toSorted(),
  );
  for (const id of ids.slice(0, 10)) expect(await bus.getMessage(id)).toMatchObject({ id });
  expect(await bus.replayChannel('lab.*', () => undefined)).toBe(60);
  expect((await bus.trace('ask'))?.counts.events).toBe(60 + letters.length);
  return bus.groups.list();
}

/** What stands at the end of it. */
const allDone = [{ name: 'team', members: 1, lag: 0 }];

describe('the redis engine', () => {
  it('works on a cluster of three masters, its partitions spread over them', async () => {
    const cluster = await startRedisCluster();
    cleanups.push(() => cluster.stop());
    expect(await exercise(await open({ cluster: cluster.urls }))).toMatchObject(allDone);
    const sizes = await Promise.all(
      cluster.urls.map(async (url) => {
        const client = new Redis(url);
        const size = await client.dbsize();
        client.disconnect();
        return size;
      }),
    );
    expect(sizes.every((size) => size > 0)).toBe(true);
  });

  it('finds the master through sentinels', async () => {
    const server = await startRedis();
    cleanups.push(() => server.stop());
    const port = await findFreePort();
    const sentinel = await startSentinel(port, server.port);
    cleanups.push(() => sentinel.stop());
    const sentinels = { master: 'bus', nodes: [`redis://127.0.0.1:${port}`] };
    expect(await exercise(await open({ sentinels }))).toMatchObject(allDone);
  });

  it('speaks TLS, and refuses a server that nobody vouches for', async () => {
    const certificate = makeCertificate();
    cleanups.push(() => certificate.remove());
    const port = await findFreePort();
    const server = await startRedis({
      settings: {
        'tls-port': String(port),
        'tls-cert-file': certificate.certFile,
        'tls-key-file': certificate.keyFile,
        'tls-ca-cert-file': certificate.certFile,
        'tls-auth-clients': 'no',
      },
    });
    cleanups.push(() => server.stop());
    const url = `rediss://localhost:${port}`;
    expect(await exercise(await open({ url, tls: { ca: certificate.pem } }))).toMatchObject(allDone);
    await expect(open({ url })).rejects.toMatchObject({ code: 'unavailable' });
  });

  it('needs no command that Redis 6.2 lacks, and says which ones it needs', async () => {
    const server = await startRedis();
    cleanups.push(() => server.stop());
    const admin = new Redis(server.url);
    const needed =
      '+evalsha +eval +ping +hello +auth +client +info +time +subscribe +unsubscribe +publish +config|get +hset +hdel +hget +hgetall +hkeys +hvals +hlen +hexists +hincrby +hmget +xadd +xrange +xtrim +xdel +xlen +zadd +zrem +zrange +zrevrange +zrangebyscore +zrevrangebyscore +zscore +zcard +sadd +srem +sismember +smembers +rpush +lpop +llen +lrange +lrem +get +set +del +exists +pttl +pexpire';
    await admin.call('ACL', 'SETUSER', 'bus', 'on', '>secret', '~*', '&*', '-@all', ...needed.split(' '));
    admin.disconnect();
    expect(await exercise(await open({ url: `redis://bus:secret@127.0.0.1:${server.port}` }))).toMatchObject(
      allDone,
    );
  });

  it('says where it did not get through and how to mend it, and never tells the password', async () => {
    const port = await findFreePort();
    const refused = open({ url: `redis://user:secret@127.0.0.1:${port}` });
    await expect(refused).rejects.toMatchObject({ code: 'unavailable' });
    await expect(refused).rejects.toThrow(`127.0.0.1:${port}`);
    await expect(refused).rejects.not.toThrow('secret');
  });

  it('says what a crash can lose, and refuses fsync where the server does not sync', async () => {
    const servers: RedisServer[] = [
      await startRedis(),
      await startRedis({ appendfsync: 'everysec' }),
      await startRedis({ appendfsync: 'always' }),
    ];
    cleanups.push(() => Promise.all(servers.map((server) => server.stop())));
    const health = await Promise.all(servers.map(async ({ url }) => (await open({ url })).health()));
    expect(health.map(({ durability }) => durability)).toEqual(['memory', 'process', 'fsync']);
    const [, everysec, always] = servers.map(({ url }) => url);
    await expect(open({ url: everysec ?? '', durability: 'fsync' })).rejects.toMatchObject({
      code: 'invalid_configuration',
    });
    await open({ url: always ?? '', durability: 'fsync' });
  });
});

async function startSentinel(port: number, master: number): Promise<RedisServer> {
  return startRedis({ port, sentinelOf: { name: 'bus', port: master } });
}
