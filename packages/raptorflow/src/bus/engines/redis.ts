import { parseOptions } from '../../kernel/index.ts';
import type { BusEngine } from '../engine.ts';
import { RedisEngine } from './redis/redis-engine.ts';
import { redisOptionsSchema, type RedisEngineOptions } from './redis/options.ts';

export type { RedisEngineOptions } from './redis/options.ts';

/**
 * The distributed engine: events in Redis ≥ 6.2 or Valkey, for any number of processes; ioredis must be installed. `open` rejects with
 * `unavailable` when the server cannot be reached, and with `invalid_configuration` when it cannot keep what `durability` asks for.
 */
export function redisEngine(options: RedisEngineOptions): BusEngine {
  return new RedisEngine(parseOptions('redisEngine', redisOptionsSchema, options));
}
