import { z } from 'zod';

/** Limits of a store. */
export interface SqliteLimits {
  /** Most calls that share one transaction. Default 1,024. */
  readonly batchCallsMax?: number;
  /** Most calls and transactions that wait for an answer; beyond, `exhausted`. Default 65,536. */
  readonly queueCallsMax?: number;
  /** Page cache of the connection. Default 16 MiB. */
  readonly cacheBytesMax?: number;
  /** An interactive transaction open for longer is rolled back, so that a forgotten one cannot stop the store. Default 5,000. */
  readonly transactionMsMax?: number;
}

/** How a store is opened. */
export interface SqliteOptions {
  /** The database file, created when missing; `':memory:'` keeps everything in the worker's memory. */
  readonly path: string;
  /** Module of the operations, see `ProgramModule`. */
  readonly program: URL;
  /** Handed to `createProgram`; travels by structured clone. */
  readonly programOptions?: unknown;
  /**
   * What an acknowledged call survives: `fsync` – `kill -9` and loss of power (each commit is synced);
   * `process` – `kill -9`. Default `fsync`.
   */
  readonly durability?: Durability;
  readonly limits?: SqliteLimits;
}

/** What an acknowledged write survives. */
export type Durability = 'fsync' | 'process';

/** The same, with every default in its place. */
export interface ResolvedSqliteOptions {
  readonly path: string;
  readonly program: URL;
  readonly programOptions?: unknown;
  readonly durability: Durability;
  readonly limits: Required<SqliteLimits>;
}

const limits = z
  .strictObject({
    batchCallsMax: z.int().min(1).max(65_536).default(1_024),
    queueCallsMax: z.int().min(1).default(65_536),
    cacheBytesMax: z
      .int()
      .min(64 * 1024)
      .default(16 * 1024 * 1024),
    transactionMsMax: z.int().min(1).default(5_000),
  })
  .prefault({});

/** Checks options and supplies defaults. */
export const sqliteOptionsSchema: z.ZodType<ResolvedSqliteOptions> = z.strictObject({
  path: z.string().min(1),
  program: z.instanceof(URL),
  programOptions: z.unknown().optional(),
  durability: z.enum(['fsync', 'process']).default('fsync'),
  limits,
});
