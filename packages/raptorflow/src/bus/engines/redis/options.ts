import { z } from 'zod';

/** How the Redis engine finds its server and keeps its events. */
export interface RedisEngineOptions {
  /** `redis://` or, with TLS, `rediss://user:password@host:port/db`. */
  readonly url?: string;
  /** Sentinels that know where the master is; with `url` for user, password and TLS. */
  readonly sentinels?: { readonly master: string; readonly nodes: readonly string[] };
  /** Some nodes of a cluster, as URLs; the others are found. */
  readonly cluster?: readonly string[];
  /** Certificates in PEM, where the system's own do not do; turns TLS on. */
  readonly tls?: {
    readonly ca?: string | undefined;
    readonly cert?: string | undefined;
    readonly key?: string | undefined;
    readonly servername?: string | undefined;
  };
  /** What all keys begin with, inside their hash tag. Several buses can share a server under different prefixes. Default `raptorflow`. */
  readonly prefix?: string;
  /** Into how many partitions workspaces are spread, 1 to 256; the same for every process, and for ever. Default 16. */
  readonly partitions?: number;
  /** `fsync` demands a server whose appendfsync is `always`; `process` takes what it has and reports it. Default `process`. */
  readonly durability?: 'process' | 'fsync';
  /** How long publishers wait for a lost connection before they fail with `unavailable`. Default 10,000. */
  readonly publishTimeoutMs?: number;
}

/** The options with their defaults. */
export interface ResolvedRedisOptions {
  readonly url: string | undefined;
  readonly sentinels: { readonly master: string; readonly nodes: readonly string[] } | undefined;
  readonly cluster: readonly string[] | undefined;
  readonly tls: RedisEngineOptions['tls'] | undefined;
  readonly prefix: string;
  readonly partitions: number;
  readonly durability: 'process' | 'fsync';
  readonly publishTimeoutMs: number;
}

const address = z.string().regex(/^rediss?:\/\//u, 'must begin with redis:// or rediss://');

/** Checks what `redisEngine` is given. */
export const redisOptionsSchema: z.ZodType<ResolvedRedisOptions> = z
  .strictObject({
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
    prefix: z
      .string()
      .regex(/^[\w.:-]{1,64}$/u, 'may hold 1 to 64 letters, digits and _ . : -')
      .default('raptorflow'),
    partitions: z.int().min(1).max(256).default(16),
    durability: z.enum(['process', 'fsync']).default('process'),
    publishTimeoutMs: z.int().positive().default(10_000),
  })
  .transform((options) => ({
    ...options,
    url: options.url,
    sentinels: options.sentinels,
    cluster: options.cluster,
    tls: options.tls,
  }))
  .refine(
    (options) =>
      options.url !== undefined || options.sentinels !== undefined || options.cluster !== undefined,
    'needs a url, sentinels or cluster nodes',
  );
