import { SqliteTables, type SqliteDependencies, type SqlitePlace } from '../../../../storage/index.ts';
import type { AdviceStore } from '../store.ts';

/** How it is kept in a file which recommendations were carried out; with `fsync` unless it is said. */
export type SqliteAdviceStoreOptions = SqlitePlace;

const program = new URL(
  import.meta.url.endsWith('.ts') ? './sqlite-program.ts' : './sqlite-program.js',
  import.meta.url,
);

/** Keeps in a SQLite file which recommendations were carried out, written by a worker thread. Throws `invalid_options`. */
export function sqliteAdviceStore(
  options: SqliteAdviceStoreOptions,
  deps: SqliteDependencies = {},
): AdviceStore {
  const tables = new SqliteTables({ maker: 'sqliteAdviceStore', content: 'advice', program }, options, deps);
  return {
    open: (keeping) => tables.open(keeping),
    close: () => tables.close(),
    load: () => tables.call('load'),
    keep: (applied) => tables.call('keep', applied),
  };
}
