import { SqliteTables, type SqliteDependencies, type SqlitePlace } from '../../storage/index.ts';
import type { AlertStore } from '../store.ts';

/** How the state of alerts is kept in a file; with `fsync` unless it is said. */
export type SqliteAlertStoreOptions = SqlitePlace;

const program = new URL(
  import.meta.url.endsWith('.ts') ? './sqlite-program.ts' : './sqlite-program.js',
  import.meta.url,
);

/** Keeps the state of alerts in a SQLite file, written by a worker thread. Throws `invalid_options`. */
export function sqliteAlertStore(
  options: SqliteAlertStoreOptions,
  deps: SqliteDependencies = {},
): AlertStore {
  const tables = new SqliteTables({ maker: 'sqliteAlertStore', content: 'alerts', program }, options, deps);
  return {
    open: (keeping) => tables.open(keeping),
    close: () => tables.close(),
    load: () => tables.call('load'),
    commit: (change) => tables.call('commit', change),
    history: (query) => tables.call('history', query),
    deliveries: (limit) => tables.call('deliveries', limit),
  };
}
