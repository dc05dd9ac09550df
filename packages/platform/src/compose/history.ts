/** Where the past of this process's metrics is kept: in a file of its own, or in Redis beside that of all other processes. */
import { createHash } from 'node:crypto';
import { hostname } from 'node:os';
import { join } from 'node:path';
import {
  createHistory,
  redisHistoryStore,
  sqliteHistoryStore,
  type History,
  type HistoryStore,
  type RedisHistoryOptions,
} from 'raptorflow/metrics';
import type { Config } from '../config.ts';
import type { OwnResources } from './own-resources.ts';
import { profileOf } from './profile.ts';
import type { CommonDeps } from './stores.ts';

/** The file of the embedded profile. */
const metricsFile = 'metrics.db';

/** The history of a process, not started yet. */
export function createProcessHistory(config: Config, role: 'server' | 'worker', deps: CommonDeps): History {
  const { metrics, clock, log } = deps;
  return createHistory(
    { source: processSource(config, role) },
    { metrics, store: storeOf(config, deps), clock, log },
  );
}

function storeOf(config: Config, { operations, thread, own }: CommonDeps): HistoryStore {
  const place = sharedMetricsPlace(config, own);
  if (!place) return sqliteHistoryStore({ path: join(config.home, metricsFile) }, { thread });
  const store = redisHistoryStore(place);
  operations.pourInto(store.operations);
  return store;
}

/** Where processes of an installation tell each other what they measure; undefined where there is one process. */
export function sharedMetricsPlace(config: Config, own: OwnResources): ReturnType<typeof sharedPlace> {
  return sharedPlace(config, 'metrics', own);
}

/** Where a room keeps in Redis what all processes share, its connections registered as the room's; undefined where there is one process. */
export function sharedPlace(
  config: Config,
  room: string,
  own: OwnResources,
): (RedisHistoryOptions & { readonly prefix: string }) | undefined {
  const { redis } = config;
  if (profileOf(config).profile === 'embedded' || !redis) return undefined;
  const { url, sentinels, cluster, tls, prefix } = redis;
  return {
    ...(url === undefined ? {} : { url }),
    ...(sentinels === undefined ? {} : { sentinels }),
    ...(cluster === undefined ? {} : { cluster }),
    ...(tls === undefined ? {} : { tls }),
    prefix: `${prefix}:${room}`,
    onConnection: own.connections(room),
  };
}

/** What a process is called. A server keeps its directory, and with it its name; of a host's workers none has anything but its number. */
export function processSource(config: Config, role: 'server' | 'worker'): string {
  if (profileOf(config).profile === 'embedded') return role;
  const host = hostname()
    .replaceAll(/[^\w.-]/gu, '_')
    .slice(0, 60);
  const place = createHash('sha256').update(config.home).digest('hex').slice(0, 8);
  return role === 'server' ? `server-${host}-${place}` : `worker-${host}-${process.pid}`;
}
