/** The counter of rate limits for all processes that share a Redis. */
import type { Cluster, Redis } from 'ioredis';
import { trackRedis, type ResourceScope } from 'raptorflow/resources';
import type { Count, RateCounter } from '../http/plugins/rate-limits.ts';
import { windowMs } from '../http/plugins/rate-limits.ts';
import type { RedisConfig } from '../redis-address.ts';
import { openLastingRedis } from './redis-link.ts';

// Each key holds the moment at which its bucket is full again, in milliseconds of the server's clock, and ends then. All or none are taken.
const script = `
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + tonumber(time[2]) / 1000
local window = tonumber(ARGV[1])
local next, waits, refused = {}, {}, false
for i, key in ipairs(KEYS) do
  local step = window / tonumber(ARGV[i + 1])
  next[i] = math.max(tonumber(redis.call('GET', key) or now), now) + step
  waits[i] = math.max(0, next[i] - now - window - 0.001)
  if waits[i] > 0 then refused = true end
end
local answer = {}
for i, key in ipairs(KEYS) do
  local full = next[i]
  if refused then
    full = full - window / tonumber(ARGV[i + 1])
  else
    redis.call('SET', key, string.format('%.4f', full), 'PX', math.ceil(full - now))
  end
  answer[#answer + 1] = string.format('%.4f', full - now)
  answer[#answer + 1] = string.format('%.4f', waits[i])
end
return answer`;

// Takes back what one of several keys was charged.
const giveBackScript = `
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + tonumber(time[2]) / 1000
local full = tonumber(redis.call('GET', KEYS[1]) or now) - tonumber(ARGV[1]) / tonumber(ARGV[2])
if full > now then
  redis.call('SET', KEYS[1], string.format('%.4f', full), 'PX', math.ceil(full - now))
else
  redis.call('DEL', KEYS[1])
end`;

/** The counter, and how it is closed. */
export interface SharedRateCounter extends RateCounter {
  close(): void;
}

/** Connects in the background; until there is a connection `take` rejects at once. */
export async function openSharedRateCounter(
  config: RedisConfig,
  resources?: ResourceScope,
): Promise<SharedRateCounter> {
  const redis = await openLastingRedis(config);
  if (resources) trackRedis(resources, redis, { owner: 'rate_limits', site: 'rate_limits' });
  const keyOf = (key: string): string => `${config.prefix}:rate:${key}`;
  // Keys of a cluster lie in several places, and a script runs in one: there they are taken one after the other, and given back when a later
  // one is empty. Between the two somebody else may be refused; nobody is let through for it.
  const together = config.cluster === undefined;
  return {
    async take(buckets) {
      if (together)
        return run(
          redis,
          buckets.map(({ key, limit }) => [keyOf(key), limit]),
        );
      const counts: Count[] = [];
      for (const { key, limit } of buckets) {
        const [count] = await run(redis, [[keyOf(key), limit]]);
        if (!count) break;
        counts.push(count);
        if (count.waitMs === 0) continue;
        for (const taken of buckets.slice(0, counts.length - 1)) {
          await redis.eval(giveBackScript, 1, keyOf(taken.key), windowMs, taken.limit);
        }
        break;
      }
      return buckets.map((_, index) => counts[index] ?? { fullInMs: 0, waitMs: 0 });
    },
    close: () => redis.disconnect(),
  };
}

async function run(
  redis: Redis | Cluster,
  buckets: readonly (readonly [key: string, limit: number])[],
): Promise<Count[]> {
  const keys = buckets.map(([key]) => key);
  const answer = (await redis.eval(
    script,
    keys.length,
    ...keys,
    windowMs,
    ...buckets.map(([, limit]) => limit),
  )) as string[];
  return keys.map((_, index) => ({
    fullInMs: Number(answer[2 * index]),
    waitMs: Number(answer[2 * index + 1]),
  }));
}
