import { systemClock } from '../../../kernel/index.ts';
import { SqliteTables, type SqliteDependencies, type SqlitePlace } from '../../../storage/index.ts';
import type { CleanupStore } from '../store.ts';

/** How tasks are kept in a file; with `fsync` unless it is said. */
export type SqliteCleanupStoreOptions = SqlitePlace;

const program = new URL(
  import.meta.url.endsWith('.ts') ? './sqlite-program.ts' : './sqlite-program.js',
  import.meta.url,
);

/** Keeps tasks and results in a SQLite file, written by a worker thread. Throws `invalid_options`. */
export function sqliteCleanupStore(
  options: SqliteCleanupStoreOptions,
  deps: SqliteDependencies = {},
): CleanupStore {
  const tables = new SqliteTables(
    { maker: 'sqliteCleanupStore', content: 'cleanup tasks', program },
    options,
    deps,
  );
  const { clock = systemClock } = deps;
  return {
    open: (keeping) => tables.open(keeping),
    close: () => tables.close(),
    now: () => Promise.resolve(clock.now()),
    load: () => tables.call('load'),
    read: (id) => tables.call('read', id),
    write: (change) => tables.call('write', change),
    remove: (id, expected) => tables.call('remove', { id, expected }),
    results: (query) => tables.call('results', query),
  };
}
