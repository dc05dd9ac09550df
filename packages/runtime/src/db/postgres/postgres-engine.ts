import { randomUUID } from 'node:crypto';
import {
  Kysely,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  sql,
  type Dialect,
  type QueryExecutorProvider,
} from 'kysely';
import { Pool, TypeOverrides, types, type ClientConfig, type PoolConfig } from 'pg';
import {
  Lifecycle,
  RaptorFlowError,
  type Logger,
  type ServiceState,
  type StopOptions,
} from 'raptorflow/kernel';
import { trackPgPool } from 'raptorflow/resources';
import type { TableCatalogue } from '../declarations.ts';
import type { Engine, EngineDependencies, Scope } from '../engine.ts';
import { announcementOf, OutboxListener } from './outbox-listener.ts';
import { PostgresDriver, writeTogether } from './postgres-driver.ts';
import { toConnectError, toDatabaseError } from './postgres-errors.ts';
import type { AddedStatement } from '../writing.ts';
import { ProcessLock } from './process-lock.ts';
import { ensureRoles, preambleOf, protectTables } from './row-security.ts';
import { StatementNames } from './statement-names.ts';

/** How PostgreSQL is reached. */
export interface PostgresEngineOptions {
  readonly url: string;
  /** The owner of the tables, where that is another login. */
  readonly migrationUrl: string;
  readonly connectionsMax: number;
  /** Whether other processes may use the database meanwhile; null does not look. */
  readonly processes: 'one' | 'many' | null;
}

/** Any number that nothing else on the database takes; it spells "raptor". */
const migrationLock = 0x726170746f72;

const versionMin = 15;
const connectMsMax = 10_000;
/** A transaction that waits this long for its next statement was forgotten. */
const idleInTransactionMsMax = 15_000;

/** The distributed engine: a pool of connections to PostgreSQL, walls by row-level security. */
export class PostgresEngine implements Engine {
  readonly dialect = 'postgres';
  readonly #options: PostgresEngineOptions;
  readonly #dependencies: EngineDependencies;
  readonly #pool: Pool;
  readonly #names = new StatementNames();
  readonly #lifecycle: Lifecycle;
  readonly #lock: ProcessLock | undefined;
  /** Names this process among those that announce events. */
  readonly #sender = randomUUID();
  readonly #announcement = announcementOf(this.#sender);

  constructor(options: PostgresEngineOptions, dependencies: EngineDependencies) {
    this.#options = options;
    this.#dependencies = dependencies;
    this.#pool = createPool(
      {
        ...configOf(options.url),
        max: options.connectionsMax,
        // Statements do not wait for the answers of those before them.
        pipeline: true,
        idle_in_transaction_session_timeout: idleInTransactionMsMax,
      },
      dependencies.log,
    );
    const { clock, log, resources } = dependencies;
    const stopTracking =
      resources && trackPgPool(resources, this.#pool, { owner: 'database', site: 'database_pool' });
    this.#lock =
      options.processes === null
        ? undefined
        : new ProcessLock(configOf(options.url), options.processes, clock, log);
    this.#lifecycle = new Lifecycle('PostgreSQL', {
      start: async () => {
        await this.#refuseOldServer();
        await this.#lock?.start();
      },
      stop: async () => {
        await this.#lock?.stop();
        await this.#pool.end();
        stopTracking?.();
      },
    });
  }

  get state(): ServiceState {
    return this.#lifecycle.state;
  }

  start(): Promise<void> {
    return this.#lifecycle.start();
  }

  stop(options?: StopOptions): Promise<void> {
    return this.#lifecycle.stop(options);
  }

  open<Tables>(scope: Scope): Kysely<Tables> {
    return new Kysely({
      dialect: dialectOver(this.#pool, preambleOf(scope), this.#names),
      log: this.#dependencies.meters.told,
    });
  }

  async writeAll(scope: Scope, statements: readonly AddedStatement[], announces: boolean): Promise<void> {
    const { clock, meters } = this.#dependencies;
    const startedAt = clock.monotonic();
    await writeTogether(
      this.#pool,
      preambleOf(scope),
      this.#names,
      statements,
      announces ? this.#announcement : undefined,
    );
    meters.written(statements, clock.monotonic() - startedAt);
  }

  async migrate(work: (db: Kysely<unknown>) => Promise<void>): Promise<void> {
    const config = { ...configOf(this.#options.migrationUrl), max: 1 };
    const pool = createPool(config, this.#dependencies.log);
    try {
      const db = new Kysely<unknown>({ dialect: dialectOver(pool, 'begin', new StatementNames()) });
      await db.transaction().execute(async (transaction) => {
        await sql`select pg_advisory_xact_lock(${migrationLock})`.execute(transaction);
        await ensureRoles(transaction, new URL(this.#options.url).username || 'postgres');
        await work(transaction);
      });
    } finally {
      await pool.end();
    }
  }

  async protect(db: Kysely<unknown>, tables: TableCatalogue): Promise<void> {
    await protectTables(db, tables);
  }

  async ping(): Promise<void> {
    try {
      await this.#pool.query('select 1');
    } catch (error) {
      throw toDatabaseError(error);
    }
  }

  async announceOutbox(db: QueryExecutorProvider): Promise<void> {
    await sql.raw(this.#announcement).execute(db);
  }

  async watchOutbox(wake: () => void): Promise<() => Promise<void>> {
    const { clock, log } = this.#dependencies;
    const listener = new OutboxListener(configOf(this.#options.url), this.#sender, wake, clock, log);
    await listener.start();
    return () => listener.stop();
  }

  async #refuseOldServer(): Promise<void> {
    const version = await this.#dependencies.connecting(() =>
      this.#pool
        .query<{ version: number }>("select current_setting('server_version_num')::int / 10000 as version")
        .then(({ rows }) => rows[0]?.version ?? 0)
        .catch((error: unknown) => {
          throw toConnectError(error);
        }),
    );
    if (version < versionMin) {
      throw new RaptorFlowError(
        'unavailable',
        `PostgreSQL ${version} is too old; RaptorFlow needs ${versionMin} or newer.`,
      );
    }
  }
}

function configOf(url: string): ClientConfig {
  return { connectionString: url, connectionTimeoutMillis: connectMsMax, types: typeOverrides };
}

// A connection that breaks is replaced by the pool, and who uses it is told by its statement; without these listeners it would end
// the process.
function createPool(config: PoolConfig, log: Logger): Pool {
  const pool = new Pool(config);
  pool.on('error', () => undefined);
  pool.on('connect', (client) =>
    client.on('error', (error) => log.warn('A connection to PostgreSQL broke; it is replaced.', { error })),
  );
  return pool;
}

// Counts and moments are 64-bit integers and sums are numerics there; both are numbers here, as on SQLite.
const typeOverrides = new TypeOverrides();
typeOverrides.setTypeParser(types.builtins.INT8, Number);
typeOverrides.setTypeParser(types.builtins.NUMERIC, Number);

function dialectOver(pool: Pool, preamble: string, names: StatementNames): Dialect {
  return {
    createDriver: () => new PostgresDriver(pool, preamble, names),
    createQueryCompiler: () => new PostgresQueryCompiler(),
    createAdapter: () => new PostgresAdapter(),
    createIntrospector: (db: ConstructorParameters<typeof PostgresIntrospector>[0]) =>
      new PostgresIntrospector(db),
  };
}
