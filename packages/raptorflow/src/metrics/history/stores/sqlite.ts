import { systemClock, type Clock } from '../../../kernel/index.ts';
import { SqliteTables, type SqliteDependencies, type SqlitePlace } from '../../../storage/index.ts';
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

/** Where a history on SQLite lies; with `process` unless it is said. */
export type SqliteHistoryOptions = SqlitePlace;

const program = new URL(
  import.meta.url.endsWith('.ts') ? './sqlite-program.ts' : './sqlite-program.js',
  import.meta.url,
);

/**
 * Keeps a history in one SQLite file, written by a worker thread. Every step is stored when it has been sampled, so a killed process loses at most
 * the step that it was about to write. Throws `invalid_options`.
 */
export function sqliteHistoryStore(
  options: SqliteHistoryOptions,
  deps: Pick<SqliteDependencies, 'thread'> = {},
): HistoryStore {
  return new SqliteHistoryStore(
    new SqliteTables(
      { maker: 'sqliteHistoryStore', content: 'metric history', program, durability: 'process' },
      options,
      deps,
    ),
  );
}

class SqliteHistoryStore implements HistoryStore {
  readonly name = 'sqlite';
  readonly #tables: SqliteTables;
  #clock: Clock = systemClock;

  constructor(tables: SqliteTables) {
    this.#tables = tables;
  }

  async open({ clock, log }: HistoryStoreHost): Promise<void> {
    this.#clock = clock;
    // The file's own clock is the machine's: a transaction that hangs is no matter of the history's time.
    await this.#tables.open(undefined, { log });
  }

  close(): Promise<void> {
    return this.#tables.close();
  }

  describe(series: readonly SeriesDescription[]): Promise<void> {
    return this.#tables.call('describe', series);
  }

  async listSeries(filter: {
    readonly metric?: string;
    readonly source?: string;
  }): Promise<readonly SeriesDescription[]> {
    const texts = await this.#tables.call<readonly string[]>('listSeries', filter);
    const slices = new Slices(this.#clock);
    const series: SeriesDescription[] = [];
    for (const text of texts) {
      series.push(JSON.parse(text) as SeriesDescription);
      if (slices.isOver) await slices.pause();
    }
    return series;
  }

  append(frames: readonly StoredFrame[]): Promise<void> {
    return this.#tables.call('append', frames);
  }

  readFrames(range: FrameRange): Promise<readonly StoredFrame[]> {
    return this.#tables.call('readFrames', range);
  }

  seal(sealing: Sealing): Promise<void> {
    return this.#tables.call('seal', sealing);
  }

  readBlocks(range: BlockRange): Promise<readonly StoredBlock[]> {
    return this.#tables.call('readBlocks', range);
  }

  remove(removals: readonly Removal[], seriesBefore: number): Promise<number> {
    return this.#tables.call('remove', { removals, seriesBefore });
  }

  usage(): Promise<StoreUsage> {
    return this.#tables.call('usage', undefined);
  }
}
