import { afterAll, afterEach, beforeAll, describe } from 'vitest';
import { openDatabase, type Database, type DatabaseDependencies, type DatabaseOptions } from '../db/index.ts';

/** Opens a fresh, migrated database; it is stopped after the test. */
export type OpenDatabase = (
  options: Pick<DatabaseOptions, 'tables' | 'migrations'>,
  dependencies?: DatabaseDependencies,
) => Promise<Database>;

/** A private PostgreSQL, as the rig starts it. */
export interface PostgresSource {
  /** Answers the address of an empty database. */
  createDatabase(): Promise<string>;
  /** Gives a database back that nobody uses any more, so that it can be the next empty one. */
  giveBack(url: string): void;
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
    suite(
      opener(
        async () => ({ url: (await server?.createDatabase()) ?? '' }),
        ({ url = '' }) => server?.giveBack(url),
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

function opener(
  findPlace: () => Promise<Place>,
  leave: (place: Place) => void = () => undefined,
): OpenDatabase {
  let opened: { readonly database: Database; readonly place: Place }[] = [];
  afterEach(async () => {
    for (const { database, place } of opened) {
      await database.stop();
      leave(place);
    }
    opened = [];
  });
  return async (options, dependencies) => {
    const place = await findPlace();
    const database = openDatabase({ ...options, ...place }, dependencies);
    opened.push({ database, place });
    await database.start();
    return database;
  };
}
