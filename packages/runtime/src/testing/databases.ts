import { Client } from 'pg';
import { afterAll, afterEach, beforeAll, describe } from 'vitest';
import {
  openDatabase,
  type Database,
  type DatabaseDependencies,
  type DatabaseOptions,
  type RoomMigrations,
} from '../db/index.ts';

/** Opens a fresh, migrated database; it is stopped after the test. */
export type OpenDatabase = (
  options: Pick<DatabaseOptions, 'tables' | 'migrations'>,
  dependencies?: DatabaseDependencies,
) => Promise<Database>;

/** A private PostgreSQL, as the rig starts it. */
export interface PostgresSource {
  /** Answers the address of an empty database. */
  createDatabase(): Promise<string>;
  stop(): Promise<void>;
}

/** Runs a suite on the embedded engine: for unit tests, which need no server. */
export function describeOnSqlite(name: string, suite: (open: OpenDatabase) => void): void {
  describe(`${name} (sqlite)`, () => {
    suite(opener(async () => ({ path: ':memory:' })));
  });
}

/**
 * Runs a suite on a real PostgreSQL: for integration tests, which pass the rig's `startPostgres`. What a repository promises holds on both
 * engines; that it holds on SQLite is shown by a unit test, `describeOnSqlite` with the same suite. One server serves the whole suite.
 */
export function describeOnPostgres(
  name: string,
  startPostgres: () => Promise<PostgresSource>,
  suite: (open: OpenDatabase) => void,
): void {
  describe(`${name} (postgres)`, () => {
    let server: PostgresSource | undefined;
    beforeAll(async () => {
      server = await startPostgres();
    });
    afterAll(async () => {
      await server?.stop();
    });
    const kept = new KeptDatabases();
    suite(
      opener(
        async ({ migrations = [] }) => ({
          url: (await kept.take(migrations)) ?? (await server?.createDatabase()) ?? '',
        }),
        ({ url = '' }, { migrations = [] }) => kept.keep(migrations, url),
      ),
    );
  });
}

/** Runs a suite on both engines, where no unit test runs it on SQLite. */
export function describeOnBothDatabases(
  name: string,
  startPostgres: () => Promise<PostgresSource>,
  suite: (open: OpenDatabase) => void,
): void {
  describeOnSqlite(name, suite);
  describeOnPostgres(name, startPostgres, suite);
}

type Place = Pick<DatabaseOptions, 'path' | 'url'>;
type Options = Parameters<OpenDatabase>[0];

function opener(
  findPlace: (options: Options) => Promise<Place>,
  leave: (place: Place, options: Options) => void = () => undefined,
): OpenDatabase {
  let opened: { readonly database: Database; readonly place: Place; readonly options: Options }[] = [];
  afterEach(async () => {
    for (const { database, place, options } of opened) {
      await database.stop();
      leave(place, options);
    }
    opened = [];
  });
  return async (options, dependencies) => {
    const place = await findPlace(options);
    const database = openDatabase({ ...options, ...place }, dependencies);
    opened.push({ database, place, options });
    await database.start();
    return database;
  };
}

type Migrations = readonly RoomMigrations[];

/**
 * Databases that were used, by the migrations that made their tables: for the next test with the very same ones a database is emptied of its rows,
 * which takes a twentieth of the time of making its tables again.
 */
class KeptDatabases {
  readonly #kept: { readonly migrations: Migrations; readonly url: string }[] = [];

  keep(migrations: Migrations, url: string): void {
    this.#kept.push({ migrations, url });
  }

  async take(migrations: Migrations): Promise<string | undefined> {
    const at = this.#kept.findIndex(
      (kept) =>
        kept.migrations.length === migrations.length &&
        kept.migrations.every((room, index) => room === migrations[index]),
    );
    if (at < 0) return undefined;
    const [found] = this.#kept.splice(at, 1);
    if (found) await empty(found.url);
    return found?.url;
  }
}

async function empty(url: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    // Without the triggers of foreign keys, the order of the tables does not matter.
    await client.query(`set session_replication_role = replica;
      do $$ declare name text; begin
        for name in select tablename from pg_tables where schemaname = 'public' and tablename <> 'schema_steps' loop
          execute format('delete from %I', name);
        end loop;
      end $$`);
  } finally {
    await client.end();
  }
}
