import { systemClock } from 'raptorflow/kernel';
import { createQuotas, redisQuotaStore, type QuotaDraft, type QuotaGrant } from 'raptorflow/resources';
import { openRedisLink } from 'raptorflow/storage';

/*
 * A process among several that want the same places. Once the key `go` is there it asks 1,000 times at once and prints what it got as JSON; then, with
 * `hold`, it keeps what it has until it is killed, else it takes and releases for some time, and counts on a witness in Redis how many are held at once.
 * Arguments: URL, prefix, scope of the quota, limit, `hold` or `cycle`.
 */

const [, , url = '', prefix = '', scope = 'workspace', limitText = '0', mode = 'hold'] = process.argv;
const limit = Number(limitText);
const asked = 1_000;
const cycleMs = 1_500;

const quota: QuotaDraft = {
  id: 'places',
  name: 'Places',
  scope: scope as QuotaDraft['scope'],
  resource: 'place',
  kind: 'hard',
  period: 'held',
  limit,
  action: 'block',
};
const quotas = createQuotas(
  { quotas: [quota], times: { leaseMs: 2_000 } },
  { store: redisQuotaStore({ url, prefix }) },
);
await quotas.start();
const subject = { resource: 'place', workspaceId: 'w1' };
const link = await openRedisLink({ url });

const witness = async (by: number): Promise<number> => {
  const [now] = await link.send([['incrby', `${prefix}:witness`, by]]);
  return Number(now);
};
const attempt = async (): Promise<QuotaGrant | null> => quotas.acquire(1, subject).catch(() => null);

process.stdout.write('ready\n');
while ((await link.send([['exists', `${prefix}:go`]]))[0] !== 1) await systemClock.sleep(5);
const grants = (await Promise.all(Array.from({ length: asked }, attempt))).filter((grant) => grant !== null);
process.stdout.write(`${JSON.stringify({ granted: grants.length })}\n`);

if (mode === 'cycle') {
  await Promise.all(grants.map((grant) => grant.release()));
  const endsAt = systemClock.monotonic() + cycleMs;
  let [most, cycles] = [0, 0];
  const cycle = async (): Promise<void> => {
    while (systemClock.monotonic() < endsAt) {
      const grant = await attempt();
      if (!grant) continue;
      most = Math.max(most, await witness(1));
      await witness(-1);
      await grant.release();
      cycles += 1;
    }
  };
  await Promise.all(Array.from({ length: asked }, cycle));
  process.stdout.write(`${JSON.stringify({ most, cycles })}\n`);
  await quotas.stop();
  link.close();
} else {
  await systemClock.sleep(600_000);
}
