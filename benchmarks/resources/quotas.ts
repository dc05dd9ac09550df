import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { startRedis, type RedisServer } from '@raptorflow/rig';
import { Redis } from 'ioredis';
import { RateLimiterMemory, RateLimiterRedis } from 'rate-limiter-flexible';
import { createQuotas, redisQuotaStore, type QuotaDraft, type QuotaStore } from 'raptorflow/resources';
import { assertCount, fault } from '../harness/fault.ts';
import { ours, type Findings } from '../harness/findings.ts';
import type { BenchSettings, FigureAbout } from '../harness/question.ts';
import { runRace, type Leg } from '../harness/race.ts';

/** What is measured of quotas. */
export const quotaFigures: Readonly<
  Record<'quota_acquire_us' | 'quota_redis_per_s' | 'quota_redis_strangers_per_s', FigureAbout>
> = {
  quota_acquire_us: {
    about: 'a unit of a quota of a user in memory, microseconds a call',
    target: 'at most 0.5',
  },
  quota_redis_per_s: {
    about: 'units of quotas of 100 users in Redis, 1,000 requests at once, in a second',
    target: 'at least 50,000; 0 over the limit with 4 processes that ask 1,000 times at once',
  },
  quota_redis_strangers_per_s: {
    about: 'the same of 8,000 users, so that no two requests under way are of the same one',
  },
};

const peer = 'rate_limiter_flexible';
const userCount = 100;
const strangerCount = 8_000;
const workspaces = 20;
const atOnce = 1_000;
/** Nobody comes to it. */
const plenty = 1_000_000_000;
/** Passes of one measurement; the fastest counts, because others on the machine can only make a pass slower. */
const passes = 7;
const processes = 4;
const crowdLimit = 1_700;
const crowdProgram = fileURLToPath(new URL('./programs/quota-crowd.ts', import.meta.url));

const perUser: QuotaDraft = {
  id: 'requests',
  name: 'Requests',
  scope: 'user',
  resource: 'requests',
  kind: 'hard',
  period: 'hour',
  limit: plenty,
  action: 'block',
};

/** Measures quotas beside rate-limiter-flexible, in memory and on Redis. */
export async function quotas(settings: BenchSettings, findings: Findings): Promise<void> {
  const asked = (key: string): boolean => settings.only === null || settings.only.has(key);
  if (asked('quota_acquire_us')) await inMemory(settings, findings);
  if (asked('quota_redis_per_s') || asked('quota_redis_strangers_per_s')) await onRedis(settings, findings);
}

async function inMemory(settings: BenchSettings, findings: Findings): Promise<void> {
  const calls = 100 * settings.operations;
  const race = {
    title: 'quota_acquire: a unit of a quota that has room',
    legs: [ownInMemory(calls), peerInMemory(calls)],
    rounds: settings.rounds,
  };
  await runRace(race, findings, settings.print);
}

function ownInMemory(calls: number): Leg {
  return {
    who: ours,
    run: () =>
      withOwn(undefined, userCount, async (take, used) => {
        const pass = async (): Promise<void> => {
          for (let call = 0; call < calls; call += 1) await take(call);
        };
        const fastest = await fastestOf(pass, calls);
        assertCount('units counted', await used(), (passes + 1) * calls);
        return { quota_acquire_us: fastest };
      }),
  };
}

function peerInMemory(calls: number): Leg {
  return {
    who: peer,
    run: async () => {
      const limiter = new RateLimiterMemory({ points: plenty, duration: 3_600 });
      const pass = async (): Promise<void> => {
        for (let call = 0; call < calls; call += 1) await limiter.consume(userOf(call, userCount), 1);
      };
      return { quota_acquire_us: await fastestOf(pass, calls) };
    },
  };
}

async function fastestOf(pass: () => Promise<void>, calls: number): Promise<number> {
  await pass();
  let fastest = Number.POSITIVE_INFINITY;
  for (let turn = 0; turn < passes; turn += 1) {
    const begunAt = performance.now();
    await pass();
    fastest = Math.min(fastest, ((performance.now() - begunAt) * 1_000) / calls);
  }
  return fastest;
}

async function onRedis(settings: BenchSettings, findings: Findings): Promise<void> {
  const server = await startRedis({});
  try {
    for (const [figure, users] of [
      ['quota_redis_per_s', userCount],
      ['quota_redis_strangers_per_s', strangerCount],
    ] as const) {
      const race = {
        title: `${figure}: ${atOnce} requests of ${users} users at once, one process`,
        legs: [ownOnRedis(server, figure, users, settings), peerOnRedis(server, figure, users, settings)],
        rounds: settings.rounds,
      };
      await runRace(race, findings, settings.print);
    }
    const over = await overTheLimit(server);
    settings.print(`  ${processes} processes, each ${atOnce} at once: ${over} over the limit`);
    findings.note('quota_redis_per_s', 'over_limit', over);
  } finally {
    await server.stop();
  }
}

function ownOnRedis(server: RedisServer, figure: string, users: number, { legMs }: BenchSettings): Leg {
  const store = (): QuotaStore => redisQuotaStore({ url: server.url, prefix: crypto.randomUUID() });
  return {
    who: ours,
    run: () =>
      withOwn(store(), users, async (take, used) => {
        const { done, perSecond } = await pressed(take, legMs);
        assertCount('units counted', await used(), done);
        return { [figure]: perSecond };
      }),
  };
}

function peerOnRedis(server: RedisServer, figure: string, users: number, { legMs }: BenchSettings): Leg {
  return {
    who: peer,
    run: async () => {
      const client = new Redis(server.url);
      try {
        const keyPrefix = crypto.randomUUID();
        const limiter = new RateLimiterRedis({
          storeClient: client,
          points: plenty,
          duration: 3_600,
          keyPrefix,
        });
        const { perSecond } = await pressed((call) => limiter.consume(userOf(call, users), 1), legMs);
        return { [figure]: perSecond };
      } finally {
        client.disconnect();
      }
    },
  };
}

/** Keeps so many requests under way for a time. */
async function pressed(
  take: (call: number) => Promise<unknown>,
  legMs: number,
): Promise<{ readonly done: number; readonly perSecond: number }> {
  let done = 0;
  const begunAt = performance.now();
  const ask = async (first: number): Promise<void> => {
    for (let call = first; performance.now() - begunAt < legMs; call += 1) {
      await take(call);
      done += 1;
    }
  };
  await Promise.all(Array.from({ length: atOnce }, (_, number) => ask(number)));
  return { done, perSecond: (done * 1_000) / (performance.now() - begunAt) };
}

async function withOwn<Result>(
  store: QuotaStore | undefined,
  users: number,
  work: (take: (call: number) => Promise<unknown>, used: () => Promise<number>) => Promise<Result>,
): Promise<Result> {
  const service = createQuotas({ quotas: [perUser] }, store ? { store } : {});
  await service.start();
  const subjects = Array.from({ length: users }, (_, number) => ({
    resource: 'requests',
    workspaceId: `w${number % workspaces}`,
    userId: userOf(number, users),
  }));
  const used = async (): Promise<number> => {
    const usages = await Promise.all(subjects.map((subject) => service.usage(subject)));
    return usages.flat().reduce((sum, usage) => sum + usage.used, 0);
  };
  try {
    return await work((call) => {
      const subject = subjects[call % subjects.length];
      if (!subject) throw fault('there are no users');
      return service.acquire(1, subject);
    }, used);
  } finally {
    await service.stop();
  }
}

function userOf(call: number, users: number): string {
  return `user${call % users}`;
}

/** How many more are granted than the limit, to processes that ask 1,000 times each at once, and again while they take and release. */
async function overTheLimit(server: RedisServer): Promise<number> {
  const prefix = crypto.randomUUID();
  const startAt = Date.now() + 3_000;
  const crowd = Array.from({ length: processes }, () =>
    spawn(
      process.execPath,
      [...process.execArgv, crowdProgram, server.url, prefix, String(crowdLimit), String(startAt)],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    ),
  );
  const outputs = await Promise.all(
    crowd.map(async (child) => {
      const [output] = await Promise.all([text(child.stdout), once(child, 'exit')]);
      return JSON.parse(output) as { readonly granted: number; readonly most: number };
    }),
  );
  const granted = outputs.reduce((sum, output) => sum + output.granted, 0);
  assertCount('places granted at first', granted, crowdLimit);
  return Math.max(0, ...outputs.map(({ most }) => most - crowdLimit));
}
