/**
 * One of several processes that want the same places: asks 1,000 times at once and holds what it gets; then takes and releases without pause, and a
 * witness in Redis counts how many are held at once. Arguments: URL, prefix, limit, when to begin (epoch milliseconds).
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { createQuotas, redisQuotaStore, type QuotaGrant } from 'raptorflow/resources';

const [, , url = '', prefix = '', limit = '0', startAt = '0'] = process.argv;
const atOnce = 1_000;
/** By then all have asked. */
const holdMs = 3_000;
const cycleMs = 2_000;

const quotas = createQuotas(
  {
    quotas: [
      {
        id: 'places',
        name: 'Places',
        scope: 'workspace',
        resource: 'place',
        kind: 'hard',
        period: 'held',
        limit: Number(limit),
        action: 'block',
      },
    ],
  },
  { store: redisQuotaStore({ url, prefix }) },
);
await quotas.start();
const witness = new Redis(url);
const key = `${prefix}:witness`;
const attempt = async (): Promise<QuotaGrant | null> =>
  quotas.acquire(1, { resource: 'place', workspaceId: 'w1' }).catch(() => null);

await sleep(Math.max(0, Number(startAt) - Date.now()));
const grants = (await Promise.all(Array.from({ length: atOnce }, attempt))).filter((grant) => grant !== null);
await sleep(holdMs);
await Promise.all(grants.map((grant) => grant.release()));

let most = 0;
const endsAt = performance.now() + cycleMs;
const cycle = async (): Promise<void> => {
  while (performance.now() < endsAt) {
    const grant = await attempt();
    if (!grant) continue;
    most = Math.max(most, await witness.incr(key));
    await witness.decr(key);
    await grant.release();
  }
};
await Promise.all(Array.from({ length: atOnce }, cycle));
await quotas.stop();
witness.disconnect();
console.log(JSON.stringify({ granted: grants.length, most }));
