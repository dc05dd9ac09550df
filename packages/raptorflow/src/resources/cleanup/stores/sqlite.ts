import { z } from 'zod';
import {
  parseOptions,
  RaptorFlowError,
  systemClock,
  type Clock,
  type Logger,
} from '../../../kernel/index.ts';
import { openSqlite, type SqliteStore } from '../../../storage/index.ts';
import type {
  CleanupResultsPage,
  CleanupResultsQuery,
  CleanupStore,
  CleanupWrite,
  StoredCleanupTask,
} from '../store.ts';

/** How tasks are kept in a file. */
export interface SqliteCleanupStoreOptions {
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

/** Keeps tasks and results in a SQLite file, written by a worker thread. Throws `invalid_options`. */
export function sqliteCleanupStore(
  options: SqliteCleanupStoreOptions,
  deps: { readonly clock?: Clock; readonly log?: Logger } = {},
): CleanupStore {
  return new SqliteCleanupStore(parseOptions('sqliteCleanupStore', optionsSchema, options), deps);
}

class SqliteCleanupStore implements CleanupStore {
  readonly #options: Required<SqliteCleanupStoreOptions>;
  readonly #deps: { readonly clock?: Clock; readonly log?: Logger };
  #store: SqliteStore | undefined;

  constructor(
    options: Required<SqliteCleanupStoreOptions>,
    deps: { readonly clock?: Clock; readonly log?: Logger },
  ) {
    this.#options = options;
    this.#deps = deps;
  }

  async open(keeping: { readonly resultsMax: number }): Promise<void> {
    const store = openSqlite({ ...this.#options, program: programUrl, programOptions: keeping }, this.#deps);
    await store.start();
    this.#store = store;
  }

  async close(): Promise<void> {
    const store = this.#store;
    this.#store = undefined;
    await store?.stop();
  }

  async now(): Promise<number> {
    return (this.#deps.clock ?? systemClock).now();
  }

  async load(): Promise<readonly StoredCleanupTask[]> {
    return this.#opened().call('load');
  }

  async read(id: string): Promise<StoredCleanupTask | undefined> {
    return this.#opened().call('read', id);
  }

  async write(change: CleanupWrite): Promise<boolean> {
    return this.#opened().call('write', change);
  }

  async remove(id: string, expected: number): Promise<boolean> {
    return this.#opened().call('remove', { id, expected });
  }

  async results(query: CleanupResultsQuery): Promise<CleanupResultsPage> {
    return this.#opened().call('results', query);
  }

  #opened(): SqliteStore {
    if (this.#store) return this.#store;
    throw new RaptorFlowError('unavailable', 'The store of cleanup tasks is not open.');
  }
}
