/** A short connection to Redis of the program's own, for what is asked before the bus works on it. */
import { RaptorFlowError } from 'raptorflow/kernel';
import type { Cluster, Redis, RedisOptions } from 'ioredis';
import { redisPlaces, redisVariable, type RedisConfig } from '../redis-address.ts';

const connectMsMax = 4_000;
const versionMin = [6, 2] as const;

/** Runs `work` on a connection and ends it. Rejects as `openRedis` does. */
export async function withRedis<T>(
  config: RedisConfig,
  work: (redis: Redis | Cluster) => Promise<T>,
): Promise<T> {
  const redis = await openRedis(config);
  try {
    return await work(redis);
  } finally {
    redis.disconnect();
  }
}

/**
 * Opens a connection, which the caller ends by `disconnect`; it does not connect again by itself. Rejects with `unavailable` when there is none, which is retryable
 * only if the server may just not be there yet; the message never holds the password. The signal ends it, too.
 */
export async function openRedis(config: RedisConfig, signal?: AbortSignal): Promise<Redis | Cluster> {
  const redis = await createClient(config);
  // The rejection only says that the connection is closed; why it is, the listener hears.
  let trouble: unknown;
  redis.on('error', (error: unknown) => (trouble = error));
  const leave = (): void => redis.disconnect();
  signal?.addEventListener('abort', leave, { once: true });
  try {
    await redis.connect();
    // The client goes on with database 0 where the server has none of this number.
    const number = databaseOf(config);
    if (number > 0) await redis.select(number);
  } catch (cause) {
    redis.disconnect();
    const why = reasonOf(trouble ?? cause);
    throw new RaptorFlowError(
      'unavailable',
      `${redisVariable(config)}: Redis at ${redisPlaces(config).join(', ')} cannot be reached (${why}); check that it runs and that address, password and TLS are right.`,
      { cause, retryable: !lastingTrouble.test(why) },
    );
  }
  signal?.removeEventListener('abort', leave);
  if (signal?.aborted === true) redis.disconnect();
  return redis;
}

/** What waiting does not mend: users, passwords, numbers of databases, certificates. */
const lastingTrouble =
  /WRONGPASS|NOAUTH|NOPERM|invalid password|DB index|SELECT is not allowed|SSL|TLS|certificate/iu;

// A host with several addresses fails with several errors and no message of its own.
function reasonOf(cause: unknown): string {
  if (cause instanceof AggregateError) return cause.errors.map(reasonOf).join(', ');
  return cause instanceof Error ? cause.message : String(cause);
}

/** Fields of a section of INFO; none where the server does not tell. */
export async function infoOf(redis: Redis | Cluster, section: string): Promise<ReadonlyMap<string, string>> {
  const text = await redis.info(section).catch(() => '');
  return new Map(
    text.split('\r\n').flatMap((line) => {
      const colon = line.indexOf(':');
      return colon < 0 ? [] : [[line.slice(0, colon), line.slice(colon + 1)] as const];
    }),
  );
}

/** Whether a version is one that the engine works on; an unknown one is believed to be. */
export function isNewEnough(version: string | undefined): boolean {
  const [major, minor] = (version ?? '').split('.').map(Number);
  if (major === undefined || Number.isNaN(major)) return true;
  return major > versionMin[0] || (major === versionMin[0] && (minor ?? 0) >= versionMin[1]);
}

/**
 * Ties the events in Redis to the database that they tell of: a process with another database would take events whose rows it does
 * not have. Throws `conflict` for another one's Redis and `unavailable` for a server that is too old.
 */
export async function claimRedis(
  redis: Redis | Cluster,
  config: RedisConfig,
  installation: string,
): Promise<void> {
  const version = (await infoOf(redis, 'server')).get('redis_version');
  if (!isNewEnough(version)) {
    throw new RaptorFlowError(
      'unavailable',
      `${redisVariable(config)}: Redis ${version} is too old; RaptorFlow needs ${versionMin.join('.')} or newer, or Valkey.`,
    );
  }
  const key = `${config.prefix}:installation`;
  await redis.setnx(key, installation);
  const owner = await redis.get(key);
  if (owner === installation) return;
  throw new RaptorFlowError(
    'conflict',
    `${redisVariable(config)}: the events under "${config.prefix}" in this Redis belong to another database. Several processes need DATABASE_URL as well, the same for all; an installation of its own needs its own REDIS_PREFIX.`,
    { details: { prefix: config.prefix } },
  );
}

/**
 * A connection that lasts and is made anew when it is lost, for commands that somebody can do without: while there is none they reject at
 * once, and one that is not answered soon does so too.
 */
export async function openLastingRedis(config: RedisConfig): Promise<Redis | Cluster> {
  const retryStrategy = (attempt: number): number => Math.min(attempt * 100, 2_000);
  const redis = await createClient(config, { retryStrategy, commandTimeout: 250, enableOfflineQueue: false });
  // Whoever asks hears of it; ioredis would write it to the console.
  redis.on('error', () => undefined);
  redis.connect().catch(() => undefined);
  return redis;
}

async function createClient(
  config: RedisConfig,
  lasting: Pick<RedisOptions, 'retryStrategy' | 'commandTimeout' | 'enableOfflineQueue'> = {},
): Promise<Redis | Cluster> {
  const { Redis: Single, Cluster: Several } = await import('ioredis');
  const options = {
    lazyConnect: true,
    enableReadyCheck: true,
    maxRetriesPerRequest: 0,
    connectTimeout: connectMsMax,
    commandTimeout: connectMsMax,
    retryStrategy: () => null,
    ...lasting,
  };
  const { url, sentinels, cluster, tls } = config;
  if (cluster) {
    return new Several(cluster.map(nodeOf), {
      redisOptions: { ...options, ...credentialsOf(cluster[0]), ...(tls ? { tls: {} } : {}) },
      clusterRetryStrategy: lasting.retryStrategy ?? (() => null),
      ...(lasting.enableOfflineQueue === false ? { enableOfflineQueue: false } : {}),
      lazyConnect: true,
    });
  }
  if (sentinels) {
    return new Single({
      ...options,
      ...credentialsOf(url),
      ...(url === undefined ? {} : { db: databaseOf(config) }),
      // Without it the master would be spoken to in plain text, although the URL asks for TLS.
      ...(url?.startsWith('rediss:') === true ? { tls: {}, enableTLSForSentinelMode: true } : {}),
      ...(sentinels.nodes[0]?.startsWith('rediss:') === true ? { sentinelTLS: {} } : {}),
      sentinels: sentinels.nodes.map(nodeOf),
      sentinelRetryStrategy: lasting.retryStrategy ?? (() => null),
      name: sentinels.master,
    });
  }
  return new Single(url ?? '', options);
}

function databaseOf({ url, cluster }: RedisConfig): number {
  return url === undefined || cluster ? 0 : Number(new URL(url).pathname.slice(1));
}

function nodeOf(address: string): { host: string; port: number } {
  const { hostname, port } = new URL(address);
  return { host: hostname, port: port === '' ? 6379 : Number(port) };
}

function credentialsOf(address: string | undefined): { username?: string; password?: string } {
  if (address === undefined) return {};
  const { username, password } = new URL(address);
  return {
    ...(username === '' ? {} : { username: decodeURIComponent(username) }),
    ...(password === '' ? {} : { password: decodeURIComponent(password) }),
  };
}
