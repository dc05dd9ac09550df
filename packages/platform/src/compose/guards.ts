/** What stands between the door and the routes: limits of requests, and the answers of those that are repeated. */
import { createIdempotencyKeys, type Database, type IdempotencyKeys } from '@raptorflow/runtime';
import type { Config } from '../config.ts';
import { createRateLimits, type RateLimits } from '../http/plugins/rate-limits.ts';
import type { RedisConfig } from '../redis-address.ts';
import { profileOf } from './profile.ts';
import { openSharedRateCounter, type SharedRateCounter } from './shared-rate-counter.ts';
import type { CommonDeps } from './stores.ts';

/** Both, to be started after the database and stopped before it. */
export interface Guards {
  readonly limits: RateLimits;
  readonly idempotency: IdempotencyKeys;
  start(): Promise<void>;
  stop(): Promise<void>;
}

/**
 * Wires them. Limits are counted in Redis for all processes, except where each of its commands is paid for (`REDIS_IDLE=polling`): there,
 * and while it is away, each process counts for itself.
 */
export function createGuards(config: Config, db: Database, { clock, log, own }: CommonDeps): Guards {
  const open = (redis: RedisConfig): Promise<SharedRateCounter> => openSharedRateCounter(redis, own.lasting);
  let counter: SharedRateCounter | undefined;
  const redis = config.redis?.idle === 'polling' ? undefined : config.redis;
  const shared =
    redis === undefined
      ? undefined
      : {
          take: async (buckets: Parameters<SharedRateCounter['take']>[0]) =>
            (counter ??= await open(redis)).take(buckets),
        };
  const idempotency = createIdempotencyKeys(
    // The directory is locked: what another process claimed, a dead one did.
    { soleOwner: profileOf(config).profile === 'embedded' },
    { db, clock, log },
  );
  return {
    limits: createRateLimits(config.http.limits, { clock, log: log.child('limits'), shared }),
    idempotency,
    async start() {
      if (redis) counter = await open(redis);
      await idempotency.start();
    },
    async stop() {
      counter?.close();
      await idempotency.stop();
    },
  };
}
