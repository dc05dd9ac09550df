import type { ConnectionOptions } from 'node:tls';
import type { Cluster, Redis } from 'ioredis';
import { RaptorFlowError } from '../../../kernel/index.ts';
import type { ResolvedRedisOptions } from './options.ts';

/** Where a connection goes; can be passed to a thread, but for `onConnection`. */
export type RedisAddress = Pick<ResolvedRedisOptions, 'url' | 'sentinels' | 'cluster' | 'tls' | 'idle'> & {
  /** What the server calls the connection. */
  readonly connectionName?: string;
  readonly onConnection?: ResolvedRedisOptions['onConnection'];
};

/** What ioredis makes of it. */
export type Client = Redis | Cluster;

/** A peer that takes a command and does not answer for so long is gone (a half-open connection). */
export const silenceMsMax = 4_000;
/** A connection that is away is tried again at least so often. */
export const reconnectMsMax = 1_000;

/** A client that is not connected yet. Rejects with `missing_dependency` when ioredis is not installed. */
export async function createClient(address: RedisAddress): Promise<Client> {
  const { Redis: RedisClient, Cluster: ClusterClient } = await loadIoredis();
  const options = clientOptions(address);
  if (address.cluster) {
    const nodes = address.cluster.map(hostOf);
    return new ClusterClient(nodes, {
      redisOptions: { ...options, ...credentials(address.cluster[0] ?? '') },
      enableOfflineQueue: false,
      lazyConnect: true,
      clusterRetryStrategy: (times) => Math.min(50 * 2 ** Math.min(times, 10), reconnectMsMax),
      slotsRefreshTimeout: 2_000,
    });
  }
  if (address.sentinels) {
    return new RedisClient({
      ...options,
      ...(address.url === undefined ? {} : { ...credentials(address.url), db: databaseOf(address.url) }),
      sentinels: address.sentinels.nodes.map(hostOf),
      // Otherwise the client would speak to the master in plain text, whatever else it is told.
      enableTLSForSentinelMode: options.tls !== undefined,
      ...(isSecure(address.sentinels.nodes[0]) ? { sentinelTLS: { ...address.tls } } : {}),
      name: address.sentinels.master,
      // It was the master once; the sentinels know the present one.
      reconnectOnError: (error) => error.message.startsWith('READONLY'),
    });
  }
  return new RedisClient(address.url ?? '', options);
}

async function loadIoredis(): Promise<Pick<typeof import('ioredis'), 'Redis' | 'Cluster'>> {
  try {
    const { Redis: RedisClient, Cluster: ClusterClient } = await import('ioredis');
    return { Redis: RedisClient, Cluster: ClusterClient };
  } catch (cause) {
    throw new RaptorFlowError(
      'missing_dependency',
      'The Redis engine needs the package ioredis, which is not installed; type: npm install ioredis',
      { cause },
    );
  }
}

/** What is the same for all connections: calls fail at once when there is none, because only the caller knows what may be repeated. */
const always = {
  lazyConnect: true,
  enableOfflineQueue: false,
  autoResendUnfulfilledCommands: false,
  autoResubscribe: false,
  maxRetriesPerRequest: 0,
  connectTimeout: silenceMsMax,
  retryStrategy: (times: number): number => Math.min(50 * 2 ** Math.min(times, 10), reconnectMsMax),
} as const;

type ClientOptions = typeof always & {
  readonly connectionName?: string;
  readonly disableClientInfo: boolean;
  readonly tls?: ConnectionOptions;
};

function clientOptions(address: RedisAddress): ClientOptions {
  const secure = address.tls ?? (isSecure(address.cluster?.[0] ?? address.url) ? {} : undefined);
  return {
    ...always,
    ...(address.connectionName === undefined || address.idle === 'polling'
      ? {}
      : { connectionName: address.connectionName }),
    // Where connections have no names, nobody may ask for them, and what the client says of itself costs commands.
    disableClientInfo: address.idle === 'polling',
    ...(secure ? { tls: { ...secure } } : {}),
  };
}

/** Whether an address is one for TLS. */
function isSecure(address: string | undefined): boolean {
  return address?.startsWith('rediss://') === true;
}

// Beside sentinels the URL's host says nothing, but its database does.
function databaseOf(url: string): number {
  return Number(new URL(url).pathname.slice(1));
}

function hostOf(url: string): { host: string; port: number } {
  const { hostname, port } = new URL(url);
  return { host: hostname, port: port === '' ? 6379 : Number(port) };
}

function credentials(url: string): { username?: string; password?: string } {
  const { username, password } = new URL(url);
  return {
    ...(username === '' ? {} : { username: decodeURIComponent(username) }),
    ...(password === '' ? {} : { password: decodeURIComponent(password) }),
  };
}
