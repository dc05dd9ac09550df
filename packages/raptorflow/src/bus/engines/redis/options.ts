import { z } from 'zod';
import { connectionWatchSchema, type ConnectionWatch } from '../../../storage/index.ts';

/** Where Redis is: one server, a master that sentinels know, or a cluster. */
export interface RedisPlace {
  /** `redis://` or, with TLS, `rediss://user:password@host:port/db`. */
  readonly url?: string;
  /** Sentinels that know where the master is; with `url` for user, password, TLS and number of the database. `rediss://` nodes are asked by TLS. */
  readonly sentinels?: { readonly master: string; readonly nodes: readonly string[] };
  /** Some nodes of a cluster, as URLs; the others are found. With TLS when the URLs say `rediss://`. */
  readonly cluster?: readonly string[];
  /** Certificates in PEM, where the system's own do not do; turns TLS on. */
  readonly tls?: {
    readonly ca?: string | undefined;
    readonly cert?: string | undefined;
    readonly key?: string | undefined;
    readonly servername?: string | undefined;
  };
  /** Hears of each connection: one for commands, one for beats and, unless it polls, one for a subscription. */
  readonly onConnection?: ConnectionWatch;
}

/** How the Redis engine finds its server and keeps its events. */
export interface RedisEngineOptions extends RedisPlace {
  /** What all keys begin with, inside their hash tag. Several buses can share a server under different prefixes. Default `raptorflow`. */
  readonly prefix?: string;
  /** Into how many partitions workspaces are spread, 1 to 256; the same for every process, and for ever. Default 16. */
  readonly partitions?: number;
  /** `fsync` demands a server whose appendfsync is `always`; `process` takes what it has and reports it. Default `process`. */
  readonly durability?: 'process' | 'fsync';
  /** How long publishers wait for a lost connection before they fail with `unavailable`. Default 10,000. */
  readonly publishTimeoutMs?: number;
  /**
   * How a process learns of work while it has none: by a subscription, at once and for 2 commands a second, or by `polling`, for servers that count
   * commands or forbid subscriptions. The same for every process. Default `subscribing`.
   */
  readonly idle?: 'subscribing' | 'polling';
  readonly polling?: PollingOptions;
  /**
   * A publish resolves when so many replicas have the event, too, and fails with `unavailable` when they do not within `publishTimeoutMs`; it may
   * have been stored all the same. Not on a cluster. Default 0.
   */
  readonly replicas?: number;
}

/** How often a process that polls does so. */
export interface PollingOptions {
  /** After something happened. Default 100. */
  readonly pauseMsMin?: number;
  /** When nothing has happened for long; pauses double up to it. A killed process is taken over 5 s after it at the latest. Default 15,000. */
  readonly pauseMsMax?: number;
}

/** Where Redis is, as it was checked. */
interface ResolvedRedisPlace {
  readonly url: string | undefined;
  readonly sentinels: { readonly master: string; readonly nodes: readonly string[] } | undefined;
  readonly cluster: readonly string[] | undefined;
  readonly tls: RedisEngineOptions['tls'] | undefined;
  readonly onConnection: ConnectionWatch | undefined;
}

/** The options with their defaults. */
export interface ResolvedRedisOptions extends ResolvedRedisPlace {
  readonly prefix: string;
  readonly partitions: number;
  readonly durability: 'process' | 'fsync';
  readonly publishTimeoutMs: number;
  readonly idle: 'subscribing' | 'polling';
  readonly polling: Required<PollingOptions>;
  readonly replicas: number;
}

const address = z
  .string()
  .regex(/^rediss?:\/\//u, 'must begin with redis:// or rediss://')
  .refine((url) => URL.canParse(url), 'must be a URL such as redis://localhost:6379');
const nodes = z
  .array(address)
  .min(1)
  .refine(
    (urls) => new Set(urls.map((url) => url.slice(0, 7))).size === 1,
    'must reach all nodes by TLS (rediss://) or none',
  );
const database = /^(\/\d{0,5})?$/u;

const place = z.strictObject({
  url: address
    .refine((url) => database.test(URL.parse(url)?.pathname ?? ''), 'may end with the number of a database')
    .optional(),
  sentinels: z.strictObject({ master: z.string().min(1), nodes }).optional(),
  cluster: nodes.optional(),
  tls: z
    .strictObject({
      ca: z.string().optional(),
      cert: z.string().optional(),
      key: z.string().optional(),
      servername: z.string().optional(),
    })
    .optional(),
  onConnection: connectionWatchSchema.optional(),
});

const polling = z
  .strictObject({
    pauseMsMin: z.int().min(10).max(60_000).default(100),
    pauseMsMax: z.int().min(10).max(300_000).default(15_000),
  })
  .refine(({ pauseMsMin, pauseMsMax }) => pauseMsMin <= pauseMsMax, 'pauseMsMin must not exceed pauseMsMax');

/** Checks what `redisEngine` is given. */
export const redisOptionsSchema: z.ZodType<ResolvedRedisOptions> = place
  .extend({
    prefix: z
      .string()
      .regex(/^[\w.:-]{1,64}$/u, 'may hold 1 to 64 letters, digits and _ . : -')
      .default('raptorflow'),
    partitions: z.int().min(1).max(256).default(16),
    durability: z.enum(['process', 'fsync']).default('process'),
    publishTimeoutMs: z.int().positive().default(10_000),
    idle: z.enum(['subscribing', 'polling']).default('subscribing'),
    polling: polling.prefault({}),
    replicas: z.int().min(0).max(16).default(0),
  })
  .transform((options) => ({
    ...options,
    url: options.url,
    sentinels: options.sentinels,
    cluster: options.cluster,
    tls: options.tls,
    onConnection: options.onConnection,
  }))
  .refine(
    (options) =>
      options.url !== undefined || options.sentinels !== undefined || options.cluster !== undefined,
    'needs a url, sentinels or cluster nodes',
  )
  .refine(
    // One poll asks for all partitions, which on a cluster lie on different servers.
    (options) => options.idle === 'subscribing' || options.cluster === undefined,
    'cannot poll a cluster: leave idle out, or use a single server or sentinels',
  )
  .refine(
    // The question names no key, so that nobody could say which of the masters it is for.
    (options) => options.replicas === 0 || options.cluster === undefined,
    'cannot wait for replicas of a cluster: leave replicas out, or use a single server or sentinels',
  );
