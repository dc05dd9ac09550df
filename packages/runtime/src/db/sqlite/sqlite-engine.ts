import { Kysely, SqliteAdapter, SqliteIntrospector, SqliteQueryCompiler, type Dialect } from 'kysely';
import { Lifecycle, type Clock, type ServiceState, type StopOptions } from 'raptorflow/kernel';
import { openSqlite, type Durability, type SqliteStore } from 'raptorflow/storage';
import type { Engine, EngineDependencies, Scope } from '../engine.ts';
import { toScalars } from '../parameters.ts';
import type { QueryMeters } from '../query-meters.ts';
import { allInOrder, lostRace, type AddedStatement } from '../writing.ts';
import type { StatementResult } from './relational-program.ts';
import { SqliteDriver } from './sqlite-driver.ts';

/** How the embedded engine is opened. */
export interface SqliteEngineOptions {
  readonly path: string;
  readonly durability: Durability;
}

/** Migrations may rewrite large tables. */
const migrationMsMax = 600_000;

/** Rows of the query builder's transactions are few; one that stays open this long was forgotten. */
const transactionMsMax = 15_000;

/** The embedded engine: SQLite in a worker thread. One process owns the file, so scopes need no walls of the engine's own. */
export class SqliteEngine implements Engine {
  readonly dialect = 'sqlite';
  readonly store: SqliteStore;
  readonly #lifecycle: Lifecycle;
  readonly #meters: QueryMeters;
  readonly #clock: Clock;

  constructor(options: SqliteEngineOptions, { meters, ...dependencies }: EngineDependencies) {
    this.#meters = meters;
    this.#clock = dependencies.clock;
    const fromSource = import.meta.url.endsWith('.ts');
    const program = new URL(
      fromSource ? './relational-program.ts' : './relational-program.js',
      import.meta.url,
    );
    this.store = openSqlite({ ...options, program, limits: { transactionMsMax } }, dependencies);
    this.#lifecycle = new Lifecycle('The embedded database', {
      start: () => this.store.start(),
      stop: (stopOptions) => this.store.stop(stopOptions),
    });
  }

  get state(): ServiceState {
    return this.store.state === 'failed' ? 'failed' : this.#lifecycle.state;
  }

  start(): Promise<void> {
    return this.#lifecycle.start();
  }

  stop(options?: StopOptions): Promise<void> {
    return this.#lifecycle.stop(options);
  }

  open<Tables>(): Kysely<Tables> {
    return new Kysely({ dialect: dialectOver(new SqliteDriver(this.store)), log: this.#meters.told });
  }

  async writeAll(_scope: Scope, statements: readonly AddedStatement[]): Promise<void> {
    const transaction = await this.store.begin();
    const startedAt = this.#clock.monotonic();
    try {
      await allInOrder(
        statements.map(async ({ query, rows }) => {
          const statement = { sql: query.sql, parameters: toScalars(query.parameters) };
          const { changes } = await transaction.call<StatementResult>('write', statement);
          if (rows !== undefined && rows !== changes) throw lostRace();
        }),
      );
    } catch (error) {
      await transaction.rollback();
      throw error;
    }
    await transaction.commit();
    this.#meters.written(statements, this.#clock.monotonic() - startedAt);
  }

  async migrate(work: (db: Kysely<unknown>) => Promise<void>): Promise<void> {
    // A transaction of SQLite that writes excludes all others, so it is the lock as well.
    const db = new Kysely<unknown>({ dialect: dialectOver(new SqliteDriver(this.store, migrationMsMax)) });
    await db.transaction().execute(work);
  }

  async protect(): Promise<void> {
    // The process that owns the file is the only one; there is nobody to keep out.
  }

  async ping(): Promise<void> {
    await this.store.call('read', { sql: 'SELECT 1', parameters: [] });
  }

  async watchOutbox(): Promise<() => Promise<void>> {
    // Only this process commits, and it wakes its relay itself.
    return async () => undefined;
  }

  async announceOutbox(): Promise<void> {
    // See `watchOutbox`.
  }
}

function dialectOver(driver: SqliteDriver): Dialect {
  return {
    createDriver: () => driver,
    createQueryCompiler: () => new SqliteQueryCompiler(),
    createAdapter: () => new ConcurrentSqliteAdapter(),
    createIntrospector: (db: ConstructorParameters<typeof SqliteIntrospector>[0]) =>
      new SqliteIntrospector(db),
  };
}

// Kysely would otherwise let one statement at a time through; the store queues and batches them itself.
class ConcurrentSqliteAdapter extends SqliteAdapter {
  override get supportsMultipleConnections(): boolean {
    return true;
  }
}
