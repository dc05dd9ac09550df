import { z } from 'zod';
import { parseOptions, RaptorFlowError, systemClock, type Clock } from '../../../kernel/index.ts';
import { openSqlite, type Durability, type SqliteStore } from '../../../storage/index.ts';
import type { SeriesDescription } from '../point.ts';
import { Slices } from '../slices.ts';
import type {
  BlockRange,
  FrameRange,
  HistoryStore,
  HistoryStoreHost,
  Removal,
  Sealing,
  StoredBlock,
  StoredFrame,
  StoreUsage,
} from '../store.ts';

/** Where a history on SQLite lies. */
export interface SqliteHistoryOptions {
  /** The file, created when missing; `':memory:'` keeps the history only as long as the process lives. One process owns the file. */
  readonly path: string;
  /** What a stored step survives: `process` – `kill -9`; `fsync` – loss of power, too. Default `process`. */
  readonly durability?: Durability;
}

const optionsSchema = z.strictObject({
  path: z.string().min(1),
  durability: z.enum(['process', 'fsync']).default('process'),
});

const programUrl = new URL(
  import.meta.url.endsWith('.ts') ? './sqlite-program.ts' : './sqlite-program.js',
  import.meta.url,
);

/**
 * Keeps a history in one SQLite file, written by a worker thread. Every step is stored when it has been sampled, so a killed process loses at most
 * the step that it was about to write. Throws `invalid_options`.
 */
export function sqliteHistoryStore(options: SqliteHistoryOptions): HistoryStore {
  const { path, durability } = parseOptions('sqliteHistoryStore', optionsSchema, options);
  return new SqliteHistoryStore(path, durability);
}

class SqliteHistoryStore implements HistoryStore {
  readonly name = 'sqlite';
  readonly #path: string;
  readonly #durability: Durability;
  #clock: Clock = systemClock;
  #store: SqliteStore | undefined;

  constructor(path: string, durability: Durability) {
    this.#path = path;
    this.#durability = durability;
  }

  async open({ clock, log }: HistoryStoreHost): Promise<void> {
    this.#clock = clock;
    if (this.#store) throw new RaptorFlowError('conflict', 'A store serves one history; build a new one.');
    // The worker's own clock is the machine's: a transaction that hangs is no matter of the history's time.
    const store = openSqlite(
      { path: this.#path, program: programUrl, durability: this.#durability },
      { log },
    );
    this.#store = store;
    try {
      await store.start();
    } catch (error) {
      await store.stop();
      throw error;
    }
  }

  async close(): Promise<void> {
    await this.#store?.stop();
  }

  describe(series: readonly SeriesDescription[]): Promise<void> {
    return this.#call('describe', series);
  }

  async listSeries(filter: {
    readonly metric?: string;
    readonly source?: string;
  }): Promise<readonly SeriesDescription[]> {
    const texts = await this.#call<readonly string[]>('listSeries', filter);
    const slices = new Slices(this.#clock);
    const series: SeriesDescription[] = [];
    for (const text of texts) {
      series.push(JSON.parse(text) as SeriesDescription);
      if (slices.isOver) await slices.pause();
    }
    return series;
  }

  append(frames: readonly StoredFrame[]): Promise<void> {
    return this.#call('append', frames);
  }

  readFrames(range: FrameRange): Promise<readonly StoredFrame[]> {
    return this.#call('readFrames', range);
  }

  seal(sealing: Sealing): Promise<void> {
    return this.#call('seal', sealing);
  }

  readBlocks(range: BlockRange): Promise<readonly StoredBlock[]> {
    return this.#call('readBlocks', range);
  }

  remove(removals: readonly Removal[], seriesBefore: number): Promise<number> {
    return this.#call('remove', { removals, seriesBefore });
  }

  usage(): Promise<StoreUsage> {
    return this.#call('usage', undefined);
  }

  async #call<Result>(operation: string, args: unknown): Promise<Result> {
    if (!this.#store)
      throw new RaptorFlowError('unavailable', 'The store of the history has not been opened.');
    return this.#store.call<Result>(operation, args);
  }
}
