import type { Compilable, Kysely, Transaction } from 'kysely';
import type { Ambient, EventDraft } from 'raptorflow/bus';
import {
  createIds,
  Lifecycle,
  parseOptions,
  RaptorFlowError,
  silentLogger,
  systemClock,
  type Clock,
  type Ids,
  type Logger,
  type Service,
  type ServiceState,
  type StopOptions,
} from 'raptorflow/kernel';
import { silentMeter, type Meter } from 'raptorflow/metrics';
import type { ResourceScope } from 'raptorflow/resources';
import type { Durability } from 'raptorflow/storage';
import { z } from 'zod';
import {
  TableCatalogue,
  type DialectName,
  type RoomMigrations,
  type TableDeclarations,
} from './declarations.ts';
import type { Connecting, Engine, EngineDependencies, Scope } from './engine.ts';
import { migrateDatabase } from './migrator.ts';
import { OutboxDrafts, outboxMigrations, outboxTables, type OutboxTables } from './outbox.ts';
import { PostgresEngine } from './postgres/postgres-engine.ts';
import { queryMeters } from './query-meters.ts';
import { scopePlugin } from './scope.ts';
import { SqliteEngine } from './sqlite/sqlite-engine.ts';
import { allInOrder, executeAdded, type AddedStatement, type Writing } from './writing.ts';

/** How the relational core is opened: exactly one of `path` and `url`. */
export interface DatabaseOptions {
  /** SQLite: the file, or `':memory:'`. */
  readonly path?: string;
  /** PostgreSQL 15 or newer: `postgres://…`, the login of the application. */
  readonly url?: string;
  /** The login that owns the tables, where it is another one. Default: `url`. */
  readonly migrationUrl?: string;
  /** What a commit on SQLite survives; see the storage room. Default `fsync`. */
  readonly durability?: Durability;
  /** Connections of the pool to PostgreSQL. Default 10. */
  readonly connectionsMax?: number;
  /**
   * PostgreSQL: `one` refuses to start beside any other process that says `one` or `many`, `many` beside one that says `one`, with
   * `conflict`. Default: nobody is asked.
   */
  readonly processes?: 'one' | 'many';
  /** Every room's tables. */
  readonly tables?: readonly TableDeclarations[];
  /** Every room's migrations, in the order in which rooms build on each other. */
  readonly migrations?: readonly RoomMigrations[];
}

/** What the relational core is given. */
export interface DatabaseDependencies {
  readonly clock?: Clock;
  readonly ids?: Ids;
  readonly log?: Logger;
  /** Statements are counted and timed on it. */
  readonly meter?: Meter;
  /**
   * Makes the first connection to PostgreSQL: calls `attempt`, again if it likes after a failure that is `retryable`, and resolves or rejects with what the last
   * one did. Default: once.
   */
  readonly connecting?: Connecting;
  /** Connections to PostgreSQL are registered in it while somebody has taken them. Default: nowhere. */
  readonly resources?: ResourceScope;
  /** Facts of the caller's present context, kept with the events that it publishes. */
  readonly ambient?: () => Ambient | undefined;
}

/** What belongs together: rows and events, committed at once or not at all. */
export interface UnitOfWork extends Writing {
  /** The query builder inside this transaction, with the caller's types of the tables. */
  query<Tables>(): Transaction<Tables>;
}

/**
 * The relational store of the installation: one set of queries, two engines. Moments are integers of milliseconds since 1970
 * UTC, JSON is text, truth values are 0 and 1, money is integers of micro-USD; ids are text.
 *
 * Statements reject with `constraint_violated` (`details.constraint` is unique, foreign_key, not_null or check, `details.table` the table), `unavailable`, `storage_full`, `storage_corrupt`, `timeout`, and on PostgreSQL
 * `serialization_conflict`, after which the caller may run the transaction again.
 */
export interface Database extends Service {
  readonly dialect: DialectName;
  /** The query builder over the whole installation, for tables that belong to no workspace and for work across all of them. */
  system<Tables>(): Kysely<Tables>;
  /**
   * The query builder bound to a workspace: it reads and writes only that workspace's rows of tenant tables, reads shared tables,
   * and rejects everything else with `unscoped_statement`. On PostgreSQL row-level security holds as well.
   */
  forWorkspace<Tables>(workspaceId: string): Kysely<Tables>;
  /**
   * Runs `work` in one transaction, bound to a workspace or, with null, over the whole installation. Resolves with its result
   * after the commit; rejects with what it threw, and then nothing is stored and nothing published.
   *
   * Await nothing in it but its own statements: on SQLite everybody else waits, on PostgreSQL a connection is taken.
   */
  transaction<Result>(workspaceId: string | null, work: (tx: UnitOfWork) => Promise<Result>): Promise<Result>;
  /**
   * Runs statements that need nothing of each other's answers, in one transaction and in one trip to the engine. Resolves with what
   * `collect` answered after the commit, and without a commit where it answered undefined; rejects with what it threw, or with what the first
   * statement failed with, and then nothing is stored.
   */
  write<Result>(
    workspaceId: string,
    collect: (writing: Writing) => Result | undefined,
  ): Promise<Result | undefined>;
  /** Rejects with `unavailable` when the engine does not answer. */
  ping(): Promise<void>;
  /** Calls `wake` after commits that published events, of this process at once, of others when the engine tells. */
  watchOutbox(wake: () => void): Promise<() => Promise<void>>;
  /** Writes a copy of an embedded database to a new file. PostgreSQL has tools of its own: `conflict`. */
  backup(path: string): Promise<void>;
}

const text = z.string().min(1);
const optionsSchema = z
  .strictObject({
    path: text.optional(),
    url: z
      .string()
      .regex(/^postgres(ql)?:\/\//, 'must begin with postgres://')
      .optional(),
    migrationUrl: text.optional(),
    durability: z.enum(['fsync', 'process']).default('fsync'),
    connectionsMax: z.int().min(1).max(1_000).default(10),
    processes: z.enum(['one', 'many']).nullable().default(null),
    tables: z.array(z.custom<TableDeclarations>()).default([]),
    migrations: z.array(z.custom<RoomMigrations>()).default([]),
  })
  .refine(({ path, url }) => (path === undefined) !== (url === undefined), 'give either a path or a url');

type ResolvedOptions = Readonly<z.output<typeof optionsSchema>>;

/** Prepares the relational core; `start` connects and migrates. Throws `invalid_options`. */
export function openDatabase(options: DatabaseOptions, dependencies: DatabaseDependencies = {}): Database {
  return new RelationalDatabase(parseOptions('openDatabase', optionsSchema, options), dependencies);
}

class RelationalDatabase implements Database {
  readonly #engine: Engine;
  readonly #tables: TableCatalogue;
  readonly #migrations: readonly RoomMigrations[];
  readonly #clock: Clock;
  readonly #ids: Ids;
  readonly #log: Logger;
  readonly #ambient: () => Ambient | undefined;
  readonly #lifecycle: Lifecycle;
  readonly #wakes = new Set<() => void>();
  readonly #system: Kysely<unknown>;

  constructor(options: ResolvedOptions, dependencies: DatabaseDependencies) {
    this.#clock = dependencies.clock ?? systemClock;
    this.#ids = dependencies.ids ?? createIds({ clock: this.#clock });
    this.#log = (dependencies.log ?? silentLogger).child('db');
    this.#ambient = dependencies.ambient ?? (() => undefined);
    this.#tables = TableCatalogue.merge([outboxTables, ...options.tables]);
    this.#migrations = [outboxMigrations, ...options.migrations];
    const dialect = options.url === undefined ? 'sqlite' : 'postgres';
    const meters = queryMeters(dependencies.meter ?? silentMeter, dialect);
    this.#engine = createEngine(options, {
      clock: this.#clock,
      log: this.#log,
      meters,
      resources: dependencies.resources,
      connecting: dependencies.connecting ?? ((attempt) => attempt()),
    });
    this.#system = this.#engine.open({ kind: 'system' });
    this.#lifecycle = new Lifecycle('The database', {
      start: () => this.#start(),
      stop: (stopOptions) => this.#engine.stop(stopOptions),
    });
  }

  get dialect(): DialectName {
    return this.#engine.dialect;
  }

  get state(): ServiceState {
    return this.#engine.state === 'failed' ? 'failed' : this.#lifecycle.state;
  }

  start(): Promise<void> {
    return this.#lifecycle.start();
  }

  stop(options?: StopOptions): Promise<void> {
    return this.#lifecycle.stop(options);
  }

  system<Tables>(): Kysely<Tables> {
    return retype<Kysely<Tables>>(this.#system);
  }

  forWorkspace<Tables>(workspaceId: string): Kysely<Tables> {
    return this.#open<Tables>({ kind: 'workspace', id: workspaceId });
  }

  async transaction<Result>(
    workspaceId: string | null,
    work: (tx: UnitOfWork) => Promise<Result>,
  ): Promise<Result> {
    const db = this.#open<OutboxTables>(
      workspaceId === null ? { kind: 'system' } : { kind: 'workspace', id: workspaceId },
    );
    let announces = false;
    const result = await db.transaction().execute(async (transaction) => {
      const { parts, finish } = this.#collecting(workspaceId, transaction);
      const value = await work({
        ...parts,
        query: <Tables>() => retype<Transaction<Tables>>(transaction),
      });
      const { statements, hasEvents } = finish();
      announces = hasEvents;
      await allInOrder([
        ...statements.map((statement) => executeAdded(transaction, statement)),
        ...(hasEvents ? [this.#engine.announceOutbox(transaction.withoutPlugins())] : []),
      ]);
      return value;
    });
    if (announces) this.#wakeRelays();
    return result;
  }

  async write<Result>(
    workspaceId: string,
    collect: (writing: Writing) => Result | undefined,
  ): Promise<Result | undefined> {
    const scope: Scope = { kind: 'workspace', id: workspaceId };
    const db = this.#open<OutboxTables>(scope);
    const { parts, finish } = this.#collecting(workspaceId, db);
    const value = collect({ ...parts, query: <Tables>() => retype<Kysely<Tables>>(db) });
    if (value === undefined) return undefined;
    const { statements, hasEvents } = finish();
    await this.#engine.writeAll(scope, statements, hasEvents);
    if (hasEvents) this.#wakeRelays();
    return value;
  }

  ping(): Promise<void> {
    return this.#engine.ping();
  }

  async watchOutbox(wake: () => void): Promise<() => Promise<void>> {
    this.#wakes.add(wake);
    const stop = await this.#engine.watchOutbox(wake);
    return async () => {
      this.#wakes.delete(wake);
      await stop();
    };
  }

  async backup(path: string): Promise<void> {
    if (!(this.#engine instanceof SqliteEngine)) {
      throw new RaptorFlowError('conflict', 'Back PostgreSQL up with its own tools, such as pg_dump.');
    }
    await this.#engine.store.backup(path);
  }

  #wakeRelays(): void {
    for (const wake of this.#wakes) wake();
  }

  // What is sent with the commit: the statements that were added, then the rows of the outbox.
  #collecting(workspaceId: string | null, db: Kysely<OutboxTables>) {
    const drafts = new OutboxDrafts(workspaceId, this.#ids);
    const statements: AddedStatement[] = [];
    const parts = {
      workspaceId,
      add: (statement: Compilable, rows?: number): void =>
        void statements.push({ query: statement.compile(), rows }),
      publish: (channel: string, draft: EventDraft): string =>
        drafts.add(channel, { ...this.#ambientDraft(), ...draft }),
    };
    const finish = () => {
      const hasEvents = drafts.size > 0;
      if (hasEvents) parts.add(drafts.insertInto(db, this.#clock.now()));
      return { statements, hasEvents };
    };
    return { parts, finish };
  }

  #open<Tables>(scope: Scope): Kysely<Tables> {
    const db = this.#engine.open<Tables>(scope);
    return scope.kind === 'system' ? db : db.withPlugin(scopePlugin(scope.id, this.#tables));
  }

  // Workspace and channel are the draft's own business; what is kept is who caused it.
  #ambientDraft(): Omit<Ambient, 'workspaceId'> {
    const { workspaceId: _workspaceId, ...rest } = this.#ambient() ?? {};
    return rest;
  }

  async #start(): Promise<void> {
    await this.#engine.start();
    try {
      const applied = await migrateDatabase(this.#engine, this.#tables, this.#migrations, this.#clock.now());
      if (applied.length > 0) this.#log.info('The database is brought up to date.', { applied });
    } catch (error) {
      await this.#engine.stop();
      throw error;
    }
  }
}

function createEngine(options: ResolvedOptions, dependencies: EngineDependencies): Engine {
  const { path, url, migrationUrl, durability, connectionsMax, processes } = options;
  if (url !== undefined) {
    return new PostgresEngine(
      { url, migrationUrl: migrationUrl ?? url, connectionsMax, processes },
      dependencies,
    );
  }
  return new SqliteEngine({ path: path ?? ':memory:', durability }, dependencies);
}

// The types of tables exist only while compiling; each room names its own.
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- It names what the caller wants.
function retype<Builder>(db: unknown): Builder {
  return db as Builder;
}
