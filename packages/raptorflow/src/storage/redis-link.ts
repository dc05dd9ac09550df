import type { Cluster, Redis } from 'ioredis';
import { z } from 'zod';
import { parseOptions, RaptorFlowError } from '../kernel/index.ts';
import { connectionWatchSchema, type ConnectionWatch } from './connection-watch.ts';

/** Where Redis is: one server, a master that sentinels know, or a cluster. */
export interface RedisLinkOptions {
  /** `redis://` or, with TLS, `rediss://user:password@host:port/db`. */
  readonly url?: string;
  /** Sentinels that know where the master is; with `url` for user, password and number of the database. */
  readonly sentinels?: { readonly master: string; readonly nodes: readonly string[] };
  /** Some nodes of a cluster, as URLs; the others are found. */
  readonly cluster?: readonly string[];
  /** Certificates in PEM, where the system's own do not do; turns TLS on. */
  readonly tls?: {
    readonly ca?: string;
    readonly cert?: string;
    readonly key?: string;
    readonly servername?: string;
  };
  /** Hears of the connection. */
  readonly onConnection?: ConnectionWatch;
}

/** A command and its arguments. */
export type RedisCommand = readonly [name: string, ...args: (string | number | Buffer)[]];

/** One connection to Redis, for stores that send bytes and read bytes. It reconnects by itself. */
export interface RedisLink {
  /** Sends commands together and answers in their order; text comes as buffers. Rejects with the first failure: `unavailable` or `storage_full`. */
  send(commands: readonly RedisCommand[]): Promise<unknown[]>;
  /** The same in one transaction: all or nothing. On a cluster all keys must lie in one slot. */
  transact(commands: readonly RedisCommand[]): Promise<unknown[]>;
  close(): void;
}

const address: z.ZodString = z
  .string()
  .regex(/^rediss?:\/\//u, 'must begin with redis:// or rediss://')
  .refine((url) => URL.canParse(url), 'must be a URL such as redis://localhost:6379');

/** Checks where Redis is. Parts that take these options put them into a schema of their own. */
export const redisLinkShape: {
  url: z.ZodOptional<typeof address>;
  sentinels: z.ZodOptional<
    z.ZodObject<{ master: z.ZodString; nodes: z.ZodArray<typeof address> }, z.core.$strict>
  >;
  cluster: z.ZodOptional<z.ZodArray<typeof address>>;
  tls: z.ZodOptional<
    z.ZodObject<Record<'ca' | 'cert' | 'key' | 'servername', z.ZodOptional<z.ZodString>>, z.core.$strict>
  >;
  onConnection: z.ZodOptional<typeof connectionWatchSchema>;
} = {
  url: address.optional(),
  sentinels: z.strictObject({ master: z.string().min(1), nodes: z.array(address).min(1) }).optional(),
  cluster: z.array(address).min(1).optional(),
  tls: z
    .strictObject({
      ca: z.string().optional(),
      cert: z.string().optional(),
      key: z.string().optional(),
      servername: z.string().optional(),
    })
    .optional(),
  onConnection: connectionWatchSchema.optional(),
};

const optionsSchema = z
  .strictObject(redisLinkShape)
  .refine(
    ({ url, sentinels, cluster }) => url !== undefined || sentinels !== undefined || cluster !== undefined,
    'needs a url, sentinels or cluster nodes',
  );

const silenceMsMax = 4_000;
const commandMsMax = 10_000;
const reconnectMsMax = 1_000;

const always = {
  lazyConnect: true,
  enableOfflineQueue: false,
  autoResendUnfulfilledCommands: false,
  maxRetriesPerRequest: 0,
  connectTimeout: silenceMsMax,
  commandTimeout: commandMsMax,
  retryStrategy: (times: number): number => Math.min(50 * 2 ** Math.min(times, 10), reconnectMsMax),
} as const;

/**
 * Connects to Redis. Rejects with `unavailable` when it cannot be reached, `missing_dependency` when ioredis is not installed and `invalid_options`.
 * Commands fail at once while the connection is away, because only the caller knows what may be repeated.
 */
export async function openRedisLink(options: RedisLinkOptions): Promise<RedisLink> {
  const checked = parseOptions('openRedisLink', optionsSchema, options);
  const client = await createClient(checked);
  let trouble: unknown;
  // Without a listener ioredis prints to the console; what matters reaches the callers as rejections.
  client.on('error', (error: Error) => (trouble = error));
  try {
    await client.connect();
  } catch (cause) {
    client.disconnect();
    throw new RaptorFlowError('unavailable', `Redis cannot be reached (${messageOf(trouble ?? cause)}).`, {
      cause,
    });
  }
  const closed = checked.onConnection?.({ use: 'commands', close: () => client.disconnect() });
  return new IoredisLink(client, closed);
}

type Checked = z.output<typeof optionsSchema>;

async function createClient(options: Checked): Promise<Redis | Cluster> {
  const { Redis: RedisClient, Cluster: ClusterClient } = await loadIoredis();
  const { url, sentinels, cluster, tls } = options;
  const isSecure = tls !== undefined || (cluster?.[0] ?? url)?.startsWith('rediss://') === true;
  const common = { ...always, ...(isSecure ? { tls: { ...tls } } : {}) };
  if (cluster) {
    return new ClusterClient(cluster.map(hostOf), {
      redisOptions: { ...common, ...credentials(cluster[0]) },
      enableOfflineQueue: false,
      lazyConnect: true,
      clusterRetryStrategy: always.retryStrategy,
      slotsRefreshTimeout: 2_000,
    });
  }
  if (sentinels) {
    return new RedisClient({
      ...common,
      ...credentials(url),
      db: url === undefined ? 0 : Number(new URL(url).pathname.slice(1)),
      sentinels: sentinels.nodes.map(hostOf),
      name: sentinels.master,
      enableTLSForSentinelMode: isSecure,
      ...(sentinels.nodes[0]?.startsWith('rediss://') ? { sentinelTLS: { ...tls } } : {}),
      reconnectOnError: (error) => error.message.startsWith('READONLY'),
    });
  }
  return new RedisClient(url ?? '', common);
}

async function loadIoredis(): Promise<Pick<typeof import('ioredis'), 'Redis' | 'Cluster'>> {
  try {
    const { Redis: RedisClient, Cluster: ClusterClient } = await import('ioredis');
    return { Redis: RedisClient, Cluster: ClusterClient };
  } catch (cause) {
    throw new RaptorFlowError(
      'missing_dependency',
      'Redis needs the package ioredis, which is not installed; type: npm install ioredis',
      { cause },
    );
  }
}

class IoredisLink implements RedisLink {
  readonly #client: Redis | Cluster;
  readonly #closed: (() => void) | undefined;

  constructor(client: Redis | Cluster, closed: (() => void) | undefined) {
    this.#client = client;
    this.#closed = closed;
  }

  async send(commands: readonly RedisCommand[]): Promise<unknown[]> {
    try {
      // Written in one turn of the event loop, these travel together; each goes to the node of its key.
      return await Promise.all(commands.map(([name, ...args]) => this.#client.callBuffer(name, ...args)));
    } catch (error) {
      throw translated(error);
    }
  }

  async transact(commands: readonly RedisCommand[]): Promise<unknown[]> {
    const transaction = this.#client.multi();
    for (const [name, ...args] of commands) transaction.callBuffer(name, ...args);
    let results: [error: Error | null, result: unknown][] | null;
    try {
      results = await transaction.exec();
    } catch (error) {
      throw translated(error);
    }
    return (results ?? []).map(([error, result]) => {
      if (error) throw translated(error);
      return result;
    });
  }

  close(): void {
    this.#client.disconnect();
    this.#closed?.();
  }
}

/** The client's own words for a connection that is not there, or went away under a call. */
const awayWords = /enableOfflineQueue|Connection is closed|max retries per request/u;

function translated(error: unknown): RaptorFlowError {
  const message = messageOf(error);
  if (message.includes('OOM ')) {
    return new RaptorFlowError('storage_full', 'Redis has no memory left; nothing of the call was stored.', {
      cause: error,
    });
  }
  const text = awayWords.test(message)
    ? 'Redis does not answer; see that it runs. The connection is made again by itself.'
    : `Redis did not take the call (${message}).`;
  return new RaptorFlowError('unavailable', text, { cause: error });
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function hostOf(url: string): { host: string; port: number } {
  const { hostname, port } = new URL(url);
  return { host: hostname, port: port === '' ? 6379 : Number(port) };
}

function credentials(url: string | undefined): { username?: string; password?: string } {
  if (url === undefined) return {};
  const { username, password } = new URL(url);
  return {
    ...(username === '' ? {} : { username: decodeURIComponent(username) }),
    ...(password === '' ? {} : { password: decodeURIComponent(password) }),
  };
}
