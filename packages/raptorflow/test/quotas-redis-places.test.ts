import { randomUUID } from 'node:crypto';
import { startRedis, startRedisCluster, startTcpProxy, type RedisServer } from '@raptorflow/rig';
import { Redis } from 'ioredis';
import { systemClock, type Clock } from 'raptorflow/kernel';
import {
  createQuotas,
  redisQuotaStore,
  type QuotaDraft,
  type QuotaNotice,
  type Quotas,
  type QuotasOptions,
  type RedisQuotaStoreOptions,
} from 'raptorflow/resources';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';

let server: RedisServer;
beforeAll(async () => {
  server = await startRedis({});
});
afterAll(() => server.stop());
const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
});

const hard: QuotaDraft = {
  id: 'hard',
  name: 'Hard',
  scope: 'workspace',
  resource: 'place',
  kind: 'hard',
  period: 'held',
  limit: 10,
  action: 'block',
};
const soft: QuotaDraft = { ...hard, id: 'soft', resource: 'seat', kind: 'soft', action: 'warn' };
const patience = { timeout: 15_000, interval: 20 };

async function open(
  place: RedisQuotaStoreOptions,
  options: QuotasOptions = {},
  clock: Clock = systemClock,
): Promise<{ readonly quotas: Quotas; readonly notices: QuotaNotice[] }> {
  const notices: QuotaNotice[] = [];
  const quotas = createQuotas(options, {
    store: redisQuotaStore(place),
    clock,
    onNotice: (notice) => void notices.push(notice),
  });
  await quotas.start();
  cleanups.push(() => quotas.stop({ deadlineMs: 1_000 }));
  return { quotas, notices };
}

const of = (
  workspaceId: string,
  resource = 'place',
): { resource: string; workspaceId: string; userId: string } => ({
  resource,
  workspaceId,
  userId: 'ada',
});

/** A little of everything, over workspaces that live in different slots. */
async function exercise(quotas: Quotas): Promise<void> {
  const workspaces = Array.from({ length: 30 }, (_, n) => `w${n}`);
  const asked = workspaces.flatMap((workspaceId) =>
    Array.from({ length: 15 }, () => quotas.acquire(1, of(workspaceId)).catch(() => null)),
  );
  const grants = (await Promise.all(asked)).filter((grant) => grant !== null);
  expect(grants).toHaveLength(30 * 10);
  await Promise.all(grants.map((grant) => grant.release()));
  for (const workspaceId of workspaces) expect((await quotas.check(10, of(workspaceId))).allowed).toBe(true);
  expect(await quotas.violations.list({ limit: 1_000 })).toHaveLength(30 * 5);
  await quotas.reset('daily', 'root');
  expect(quotas.list()).toHaveLength(3);
}

const several: readonly QuotaDraft[] = [
  hard,
  { ...hard, id: 'daily', scope: 'user', period: 'day', timeZone: 'Europe/Berlin', limit: 100 },
  { ...hard, id: 'everybody', scope: 'global', limit: 1_000 },
];

describe('quotas on Redis', () => {
  it('work on a cluster of three masters, workspaces spread over them', async () => {
    const cluster = await startRedisCluster();
    cleanups.push(() => cluster.stop());
    const { quotas } = await open({ cluster: cluster.urls }, { quotas: several });
    await exercise(quotas);
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

  it('need no command that Redis 6.2 lacks, and say which ones they need', async () => {
    const needed =
      '+evalsha +eval +ping +hello +auth +client +info +time +get +set +mget +del +hset +hdel +hget +hgetall +hvals +hincrby +hmget +zadd +zrem +zrange +zrangebyscore +zscore +zcard +zpopmin';
    const admin = new Redis(server.url);
    await admin.call('ACL', 'SETUSER', 'quotas', 'on', '>secret', '~*', '-@all', ...needed.split(' '));
    const url = server.url.replace('redis://', 'redis://quotas:secret@');
    const dynamic: QuotaDraft = {
      ...hard,
      id: 'dynamic',
      resource: 'idea',
      kind: 'dynamic',
      period: 'second',
    };
    const { quotas } = await open({ url, prefix: randomUUID() }, { quotas: several });
    await exercise(quotas);
    await quotas.create(dynamic);
    await quotas.acquire(1, of('w1', 'idea'));
    await quotas.delete('dynamic');
    expect(quotas.report().storeFailures).toBe(0);
    await admin.call('ACL', 'DELUSER', 'quotas');
    admin.disconnect();
  });

  it('turn their periods over on the clock of the server', async () => {
    const { quotas } = await open(
      { url: server.url, prefix: randomUUID() },
      {
        quotas: [
          { ...hard, period: 'second' },
          { ...hard, id: 'all', scope: 'global', period: 'second', limit: 8 },
        ],
      },
    );
    const granted = new Map<number, number>();
    const endsAt = systemClock.monotonic() + 3_200;
    while (systemClock.monotonic() < endsAt) {
      const before = Math.floor(systemClock.now() / 1_000);
      const grants = await Promise.all(
        Array.from({ length: 5 }, () => quotas.acquire(1, of('w1')).catch(() => null)),
      );
      // What was asked over the turn of a second may belong to either.
      if (Math.floor(systemClock.now() / 1_000) !== before) continue;
      granted.set(before, (granted.get(before) ?? 0) + grants.filter((grant) => grant !== null).length);
      await systemClock.sleep(10);
    }
    const counts = [...granted.values()];
    expect(Math.max(...counts)).toBeLessThanOrEqual(8);
    expect(counts.filter((count) => count >= 3).length).toBeGreaterThanOrEqual(3);
  });

  it('let processes learn of new and changed quotas within the time of a refresh', async () => {
    const place = { url: server.url, prefix: randomUUID() };
    const [one, two] = [await open(place, { times: { refreshMs: 50 } }), await open(place)];
    await two.quotas.create({ ...hard, limit: 3 });
    await vi.waitFor(() => expect(one.quotas.list()).toMatchObject([{ limit: 3 }]), patience);
    await expect(one.quotas.acquire(4, of('w1'))).rejects.toMatchObject({ code: 'exhausted' });
    await two.quotas.delete('hard');
    await vi.waitFor(() => expect(one.quotas.list()).toEqual([]), patience);
    await one.quotas.acquire(4, of('w1'));
  });

  it('let a request wait for room that another process makes', async () => {
    const place = { url: server.url, prefix: randomUUID() };
    const quotas = [{ ...hard, action: 'queue' as const }];
    const [one, two] = [await open(place, { quotas }), await open(place)];
    const grant = await one.quotas.acquire(10, of('w1'));
    const waiting = two.quotas.acquire(10, of('w1'));
    await systemClock.sleep(300);
    expect(two.quotas.report()).toMatchObject({ waiting: 1 });
    await grant.release();
    expect((await waiting).amount).toBe(10);
  });

  it('are closed where one is hard and open where all are soft while Redis is away, and say so', async () => {
    const proxy = await startTcpProxy(server.port);
    cleanups.push(() => proxy.stop());
    const url = `redis://127.0.0.1:${proxy.port}`;
    const { quotas, notices } = await open({ url, prefix: randomUUID() }, { quotas: [hard, soft] });
    const before = await quotas.acquire(4, of('w1'));
    await proxy.stop();
    await vi.waitFor(async () => {
      await expect(quotas.acquire(1, of('w1'))).rejects.toMatchObject({ code: 'unavailable' });
    }, patience);
    const allowed = await quotas.acquire(1_000, of('w1', 'seat'));
    expect(allowed.isCounted).toBe(false);
    await allowed.release();
    await before.release();
    const outcomes = notices.flatMap((notice) => (notice.kind === 'store_failed' ? [notice.outcome] : []));
    expect(new Set(outcomes)).toEqual(new Set(['refused', 'allowed', 'not_released']));
    expect(quotas.report().storeFailures).toBe(outcomes.length);
  });

  it('have a grant back whose release was lost on the way', async () => {
    const proxy = await startTcpProxy(server.port);
    cleanups.push(() => proxy.stop());
    const place = { url: `redis://127.0.0.1:${proxy.port}`, prefix: randomUUID() };
    const { quotas } = await open(place, { quotas: [hard], times: { leaseMs: 600 } });
    const [kept, lost] = [await quotas.acquire(3, of('w1')), await quotas.acquire(7, of('w1'))];
    proxy.cut();
    const asked = quotas.acquire(1, of('w1')).catch(() => null);
    await lost.release();
    await asked;
    await vi.waitFor(async () => expect((await quotas.check(7, of('w1'))).allowed).toBe(true), patience);
    expect((await quotas.check(8, of('w1'))).allowed).toBe(false);
    await kept.release();
  });

  it('keep what they hold of a quota for everybody, also after they held nothing for a while', async () => {
    const place = { url: server.url, prefix: randomUUID() };
    const options = { quotas: [{ ...hard, scope: 'global' as const }], times: { leaseMs: 600 } };
    const [one, two] = [await open(place, options), await open(place, options)];
    await (await one.quotas.acquire(4, of('w1'))).release();
    await systemClock.sleep(1_500);
    await one.quotas.acquire(4, of('w1'));
    await systemClock.sleep(1_500);
    await expect(two.quotas.acquire(7, of('w2'))).rejects.toMatchObject({ code: 'exhausted' });
    await two.quotas.acquire(6, of('w2'));
    expect(one.notices.filter(({ kind }) => kind === 'lease_lost')).toEqual([]);
  });

  it('tell a process that was silent for longer than its lease what it has lost', async () => {
    // Its timers stand still, as in a process that was stopped.
    const frozen: Clock = {
      ...systemClock,
      setInterval: (run, periodMs) => systemClock.setInterval(run, periodMs * 1_000),
    };
    const place = { url: server.url, prefix: randomUUID() };
    const times = { leaseMs: 300 };
    const silent = await open(place, { quotas: [hard], times }, frozen);
    const grant = await silent.quotas.acquire(10, of('w1'));
    const other = await open(place, { times });
    await vi.waitFor(async () => other.quotas.acquire(6, of('w1')), patience);
    // It goes on, under a new lease, and what it believes to hold is nobody's any more.
    await silent.quotas.acquire(4, of('w1'));
    expect(silent.notices.filter(({ kind }) => kind === 'lease_lost')).toHaveLength(1);
    await grant.release();
    await expect(other.quotas.acquire(1, of('w1'))).rejects.toMatchObject({ details: { usage: 10 } });
  });
});
