import { z } from 'zod';
import { parseOptions, RaptorFlowError } from '../kernel/index.ts';
import { openSqlite, type SqliteDependencies, type SqliteStore } from './sqlite-store.ts';

/** Where a small store keeps its tables. */
export interface SqlitePlace {
  /** The file, created when missing; `':memory:'` forgets when the store is closed. It belongs to one process at a time. */
  readonly path: string;
  /** What a committed change survives: `fsync` – `kill -9` and loss of power; `process` – `kill -9`. */
  readonly durability?: 'fsync' | 'process';
}

/** Whose tables they are. */
export interface SqliteTablesOptions {
  /** The function whose options the place is, for what is wrong with them. */
  readonly maker: string;
  /** What is kept, in the words of messages, as `quotas`. */
  readonly content: string;
  /** Module of the operations, see `ProgramModule`. */
  readonly program: URL;
  /** Where the place says nothing. Default `fsync`. */
  readonly durability?: 'fsync' | 'process';
}

const placeSchema = z.strictObject({
  path: z.string().min(1),
  durability: z.enum(['fsync', 'process']).optional(),
});

/** The tables of a small store, which is opened and closed by the part that it serves. */
export class SqliteTables {
  readonly #options: SqliteTablesOptions;
  readonly #place: Required<SqlitePlace>;
  readonly #deps: SqliteDependencies;
  #store: SqliteStore | undefined;

  /** Throws `invalid_options` for a place that is none. */
  constructor(options: SqliteTablesOptions, place: SqlitePlace, deps: SqliteDependencies = {}) {
    this.#options = options;
    const { path, durability = options.durability ?? 'fsync' } = parseOptions(
      options.maker,
      placeSchema,
      place,
    );
    this.#place = { path, durability };
    this.#deps = deps;
  }

  /**
   * Opens the file; `programOptions` go to the program, and what was not injected is taken from `host`.
   * Rejects with `conflict` when it is open, and as starting a store does.
   */
  async open(programOptions?: unknown, host: SqliteDependencies = {}): Promise<void> {
    const { program, content } = this.#options;
    if (this.#store) {
      throw new RaptorFlowError('conflict', `This store of ${content} is in use; build a new one.`);
    }
    const store = openSqlite({ ...this.#place, program, programOptions }, { ...host, ...this.#deps });
    this.#store = store;
    try {
      await store.start();
    } catch (error) {
      this.#store = undefined;
      throw error;
    }
  }

  /** Runs an operation of the program. Rejects as `SqliteStore.call` does, with `unavailable` while the file is not open. */
  async call<Result>(operation: string, args?: unknown): Promise<Result> {
    if (this.#store) return this.#store.call<Result>(operation, args);
    throw new RaptorFlowError('unavailable', `The store of ${this.#options.content} is not open.`);
  }

  /** Finishes what was asked for and closes the file. Tolerates one that is not open. */
  async close(): Promise<void> {
    const store = this.#store;
    this.#store = undefined;
    await store?.stop();
  }
}
