import { z } from 'zod';
import { parseOptions, RaptorFlowError, type Clock, type Logger } from '../../kernel/index.ts';
import { openSqlite, type SqliteStore } from '../../storage/index.ts';
import type { AlertRecord, Delivery } from '../record.ts';
import type { AlertChange, AlertKeeping, AlertStore, HistoryPage, HistoryQuery } from '../store.ts';

/** How the state of alerts is kept in a file. */
export interface SqliteAlertStoreOptions {
  /** The file, created when missing; `':memory:'` forgets at `close`. It belongs to one process at a time. */
  readonly path: string;
  /** What a committed change survives: `fsync` – `kill -9` and loss of power; `process` – `kill -9`. Default `fsync`. */
  readonly durability?: 'fsync' | 'process';
}

const optionsSchema = z.strictObject({
  path: z.string().min(1),
  durability: z.enum(['fsync', 'process']).default('fsync'),
});

const programUrl = new URL(
  import.meta.url.endsWith('.ts') ? './sqlite-program.ts' : './sqlite-program.js',
  import.meta.url,
);

/** Keeps the state of alerts in a SQLite file, written by a worker thread. Throws `invalid_options`. */
export function sqliteAlertStore(
  options: SqliteAlertStoreOptions,
  deps: { readonly clock?: Clock; readonly log?: Logger } = {},
): AlertStore {
  return new SqliteAlertStore(parseOptions('sqliteAlertStore', optionsSchema, options), deps);
}

class SqliteAlertStore implements AlertStore {
  readonly #options: Required<SqliteAlertStoreOptions>;
  readonly #deps: { readonly clock?: Clock; readonly log?: Logger };
  #store: SqliteStore | undefined;

  constructor(
    options: Required<SqliteAlertStoreOptions>,
    deps: { readonly clock?: Clock; readonly log?: Logger },
  ) {
    this.#options = options;
    this.#deps = deps;
  }

  async open(keeping: AlertKeeping): Promise<void> {
    const store = openSqlite({ ...this.#options, program: programUrl, programOptions: keeping }, this.#deps);
    await store.start();
    this.#store = store;
  }

  async close(): Promise<void> {
    const store = this.#store;
    this.#store = undefined;
    await store?.stop();
  }

  async load(): Promise<readonly AlertRecord[]> {
    return this.#opened().call('load');
  }

  async commit(change: AlertChange): Promise<void> {
    await this.#opened().call('commit', change);
  }

  async history(query: HistoryQuery): Promise<HistoryPage> {
    return this.#opened().call('history', query);
  }

  async deliveries(limit: number): Promise<readonly Delivery[]> {
    return this.#opened().call('deliveries', limit);
  }

  #opened(): SqliteStore {
    if (this.#store) return this.#store;
    throw new RaptorFlowError('unavailable', 'The store of alerts is not open.');
  }
}
