import { afterAll, afterEach, beforeAll, describe } from 'vitest';
import { openDatabase, type Database, type DatabaseDependencies, type DatabaseOptions } from '../db/index.ts';

/** Opens a fresh, migrated database; it is stopped after the test. */
export type OpenDatabase = (
  options: Pick<DatabaseOptions, 'tables' | 'migrations'>,
  dependencies?: DatabaseDependencies,
) => Promise<Database>;

/** A private PostgreSQL, as the rig starts it. */
export interface PostgresSource {
  /** Makes an empty database and answers its address. */
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
 * Runs a suite on both engines: what a repository promises holds on each. Integration tests pass the rig's `startPostgres`.
 */
export function describeOnBothDatabases(
  name: string,
  startPostgres: () => Promise<PostgresSource>,
  suite: (open: OpenDatabase) => void,
): void {
  describeOnSqlite(name, suite);
  describe(`${name} (postgres)`, () => {
    let server: PostgresSource | undefined;
    beforeAll(async () => {
      server = await startPostgres();
    });
    afterAll(async () => {
      await server?.stop();
    });
    suite(opener(async () => ({ url: (await server?.createDatabase()) ?? '' })));
  });
}

function opener(place: () => Promise<Pick<DatabaseOptions, 'path' | 'url'>>): OpenDatabase {
  let opened: Database[] = [];
  afterEach(async () => {
    for (const database of opened) await database.stop();
    opened = [];
  });
  return async (options, dependencies) => {
    const database = openDatabase({ ...options, ...(await place()) }, dependencies);
    opened.push(database);
    await database.start();
    return database;
  };
}
