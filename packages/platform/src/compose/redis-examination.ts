/** What `doctor` wants to know of Redis. */
import type { Cluster, Redis } from 'ioredis';
import { redisPlaces, redisVariable, type RedisConfig } from '../redis-address.ts';
import { infoOf, isNewEnough, withRedis } from './redis-link.ts';

/** One thing that was looked at. */
export interface RedisFinding {
  readonly check: string;
  readonly verdict: 'ok' | 'warning' | 'broken';
  readonly found: string;
  /** What to do; absent when all is well. */
  readonly remedy?: string;
}

/** Looks at the server: whether it answers, is new enough, throws nothing away and keeps what it acknowledged. Never rejects. */
export async function examineRedis(config: RedisConfig): Promise<RedisFinding[]> {
  const check = `Redis ${redisPlaces(config).join(', ')}`;
  try {
    return await withRedis(config, async (redis) => {
      const version = (await infoOf(redis, 'server')).get('redis_version');
      return [reachable(check, version), await examineMemory(redis), ...(await examinePersistence(redis))];
    });
  } catch (error) {
    return [
      {
        check,
        verdict: 'broken',
        found: error instanceof Error ? error.message : String(error),
        remedy: `Start Redis, or correct ${redisVariable(config)}; without it events would lie in the data directory.`,
      },
    ];
  }
}

function reachable(check: string, version: string | undefined): RedisFinding {
  const found =
    version === undefined ? 'answers, without telling its version' : `answers, version ${version}`;
  return isNewEnough(version)
    ? { check, verdict: 'ok', found }
    : { check, verdict: 'broken', found, remedy: 'Update it to Redis 6.2 or newer, or to Valkey.' };
}

async function examineMemory(redis: Redis | Cluster): Promise<RedisFinding> {
  const check = 'Redis memory';
  const policy = (await infoOf(redis, 'memory')).get('maxmemory_policy');
  if (policy === undefined) return hidden(check, 'maxmemory-policy');
  if (policy === 'noeviction') return { check, verdict: 'ok', found: 'maxmemory-policy noeviction' };
  return {
    check,
    verdict: 'broken',
    found: `maxmemory-policy ${policy}: events may be thrown away when memory runs out`,
    remedy: 'Type: redis-cli config set maxmemory-policy noeviction, and set it in redis.conf.',
  };
}

async function examinePersistence(redis: Redis | Cluster): Promise<RedisFinding[]> {
  const check = 'Redis persistence';
  const [appendonly, appendfsync] = await Promise.all([
    settingOf(redis, 'appendonly'),
    settingOf(redis, 'appendfsync'),
  ]);
  if (appendonly === undefined) return [hidden(check, 'appendonly')];
  if (appendonly !== 'yes') {
    return [
      {
        check,
        verdict: 'warning',
        found: 'no append-only file: acknowledged events end with Redis',
        remedy: 'Type: redis-cli config set appendonly yes, and set it in redis.conf.',
      },
    ];
  }
  const found = `append-only file, appendfsync ${appendfsync ?? 'unknown'}`;
  if (appendfsync !== 'no') return [{ check, verdict: 'ok', found }];
  return [
    {
      check,
      verdict: 'warning',
      found,
      remedy: 'Set appendfsync to everysec (a loss of power loses two seconds) or always (it loses nothing).',
    },
  ];
}

function hidden(check: string, setting: string): RedisFinding {
  return {
    check,
    verdict: 'warning',
    found: `Redis does not tell its ${setting}`,
    remedy: `Ask its operator whether events are kept: ${setting === 'appendonly' ? 'appendonly has to be yes' : 'maxmemory-policy has to be noeviction'}.`,
  };
}

async function settingOf(redis: Redis | Cluster, name: string): Promise<string | undefined> {
  try {
    const answer: unknown = await redis.call('config', 'get', name);
    return Array.isArray(answer) && typeof answer[1] === 'string' ? answer[1] : undefined;
  } catch {
    return undefined;
  }
}
