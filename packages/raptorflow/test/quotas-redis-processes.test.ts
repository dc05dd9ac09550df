import { randomUUID } from 'node:crypto';
import { startRedis, type RedisServer } from '@raptorflow/rig';
import { systemClock } from 'raptorflow/kernel';
import { createQuotas, redisQuotaStore, type QuotaDraft, type Quotas } from 'raptorflow/resources';
import { openRedisLink, type RedisLink } from 'raptorflow/storage';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { runChild, type Child } from './child.ts';

let server: RedisServer;
let link: RedisLink;
beforeAll(async () => {
  server = await startRedis({});
  link = await openRedisLink({ url: server.url });
});
afterAll(async () => {
  link.close();
  await server.stop();
});
const children: Child[] = [];
afterEach(async () => {
  await Promise.all(children.splice(0).map((child) => child.kill()));
});

const limit = 1_700;
/** The same in the program. */
const leaseMs = 2_000;
const patience = { timeout: 30_000, interval: 20 };

function lines(child: Child): string[] {
  return child.output().split('\n').slice(0, -1);
}

function answers(crowd: readonly Child[], line: number): Record<string, number>[] {
  return crowd.map((child) => JSON.parse(lines(child)[line] ?? '{}') as Record<string, number>);
}

/** Four processes that ask 1,000 times each at the same moment. */
async function crowdOf(prefix: string, scope: string, mode: string): Promise<Child[]> {
  const crowd = Array.from({ length: 4 }, () =>
    runChild('quota-crowd.ts', [server.url, prefix, scope, String(limit), mode]),
  );
  children.push(...crowd);
  await vi.waitFor(() => expect(crowd.every((child) => lines(child).length >= 1)).toBe(true), patience);
  await link.send([['set', `${prefix}:go`, 1]]);
  await vi.waitFor(() => expect(crowd.every((child) => lines(child).length >= 2)).toBe(true), patience);
  return crowd;
}

async function serviceOn(prefix: string, scope: QuotaDraft['scope']): Promise<Quotas> {
  const quotas = createQuotas(
    {
      quotas: [
        {
          id: 'places',
          name: 'Places',
          scope,
          resource: 'place',
          kind: 'hard',
          period: 'held',
          limit,
          action: 'block',
        },
      ],
      times: { leaseMs },
    },
    { store: redisQuotaStore({ url: server.url, prefix }) },
  );
  await quotas.start();
  return quotas;
}

const subject = { resource: 'place', workspaceId: 'w1' };
const sum = (numbers: readonly (number | undefined)[]): number =>
  numbers.reduce<number>((total, number = 0) => total + number, 0);

describe('quotas on Redis, with four processes that ask 1,000 times each at once', () => {
  it('grant exactly the limit of a workspace, and have all of it back a lease after kill -9', async () => {
    const prefix = randomUUID();
    const crowd = await crowdOf(prefix, 'workspace', 'hold');
    expect(sum(answers(crowd, 1).map(({ granted }) => granted))).toBe(limit);
    const quotas = await serviceOn(prefix, 'workspace');
    await expect(quotas.acquire(1, subject)).rejects.toMatchObject({ details: { usage: limit } });
    // Living processes keep what they hold, however long.
    await systemClock.sleep(leaseMs + 1_000);
    await expect(quotas.acquire(1, subject)).rejects.toMatchObject({ code: 'exhausted' });
    const shares = answers(crowd, 1).map(({ granted = 0 }) => granted);
    const back = Math.max(...shares);
    await crowd[shares.indexOf(back)]?.kill();
    const killedAt = systemClock.monotonic();
    await vi.waitFor(async () => expect((await quotas.check(back, subject)).allowed).toBe(true), patience);
    expect(systemClock.monotonic() - killedAt).toBeLessThan(2 * leaseMs);
    await expect(quotas.acquire(back + 1, subject)).rejects.toMatchObject({ code: 'exhausted' });
    await Promise.all(crowd.map((child) => child.kill()));
    await vi.waitFor(async () => expect((await quotas.check(limit, subject)).allowed).toBe(true), patience);
    await quotas.stop();
  });

  it('grant no more than the limit for everybody, and nearly all of it', async () => {
    const prefix = randomUUID();
    const crowd = await crowdOf(prefix, 'global', 'hold');
    const granted = sum(answers(crowd, 1).map((answer) => answer['granted']));
    expect(granted).toBeLessThanOrEqual(limit);
    expect(granted).toBeGreaterThan(0.9 * limit);
    await Promise.all(crowd.map((child) => child.kill()));
    const quotas = await serviceOn(prefix, 'global');
    await vi.waitFor(async () => expect((await quotas.check(limit, subject)).allowed).toBe(true), patience);
    await quotas.stop();
  });

  for (const scope of ['workspace', 'global']) {
    it(`never have more held at once than the limit, taken and released without pause (${scope})`, async () => {
      const crowd = await crowdOf(randomUUID(), scope, 'cycle');
      await Promise.all(crowd.map((child) => child.ended));
      const found = answers(crowd, 2);
      expect(Math.max(...found.map(({ most = Infinity }) => most))).toBeLessThanOrEqual(limit);
      expect(sum(found.map(({ cycles }) => cycles))).toBeGreaterThan(limit);
    });
  }
});
