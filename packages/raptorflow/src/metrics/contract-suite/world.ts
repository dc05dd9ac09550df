import { silentLogger } from '../../kernel/index.ts';
import { createFakeClock, type FakeClock } from '../../kernel/testing/index.ts';
import type { SeriesDescription } from '../history/point.ts';
import type { HistoryStore, StoredBlock, StoredFrame } from '../history/store.ts';

/** One store under test. */
export interface HistoryStoreUnderTest {
  readonly store: HistoryStore;
  /** A store on the same data, after the one before was closed; absent where data does not outlive the store. */
  reopen?(): HistoryStore;
  /** A second store on the same data beside the first; absent where one process owns the data. */
  second?(): HistoryStore;
  /** Removes everything. Called after all stores were closed. */
  dispose(): Promise<void>;
}

/** A promise that the suite checks. */
export interface StoreBehaviour {
  /** A sentence. */
  readonly title: string;
  readonly needs?: 'reopen' | 'second';
  run(world: StoreWorld): Promise<void>;
}

/** The surroundings of one behaviour. */
export class StoreWorld {
  readonly clock: FakeClock = createFakeClock();
  readonly #made: HistoryStoreUnderTest;
  readonly #opened: HistoryStore[] = [];

  constructor(made: HistoryStoreUnderTest) {
    this.#made = made;
  }

  /** The store, open. */
  open(): Promise<HistoryStore> {
    return this.#open(this.#made.store);
  }

  /** Closes a store and opens another one on its data. */
  async reopen(store: HistoryStore): Promise<HistoryStore> {
    await store.close();
    return this.#open(this.#made.reopen?.() ?? store);
  }

  /** Another store beside the first. */
  second(): Promise<HistoryStore> {
    return this.#open(this.#made.second?.() ?? this.#made.store);
  }

  /** Closes everything. */
  async dispose(): Promise<void> {
    for (const store of this.#opened) await store.close();
    await this.#made.dispose();
  }

  async #open(store: HistoryStore): Promise<HistoryStore> {
    this.#opened.push(store);
    await store.open({ clock: this.clock, log: silentLogger });
    return store;
  }
}

/** A series as it might be. */
export function describedSeries(number: number, changes: Partial<SeriesDescription> = {}): SeriesDescription {
  return {
    source: 'a',
    number,
    metric: 'calls',
    kind: 'counter',
    unit: 'calls',
    description: 'Calls answered.',
    category: 'performance',
    tags: { route: `/${number}` },
    lowest: 0,
    merge: 'sum',
    seenAt: 1_000,
    ...changes,
  };
}

/** A frame with some bytes of its own. */
export function someFrame(at: number, changes: Partial<StoredFrame> = {}): StoredFrame {
  return { source: 'a', stepMs: 10_000, shard: 0, at, bytes: bytesOf(at), ...changes };
}

/** A block with some bytes of its own. */
export function someBlock(from: number, to: number, changes: Partial<StoredBlock> = {}): StoredBlock {
  return { source: 'a', stepMs: 10_000, number: 0, from, to, bytes: bytesOf(from), ...changes };
}

/** All byte values occur, so that a store that takes bytes for text is found out. */
function bytesOf(seed: number): Uint8Array {
  return Uint8Array.from({ length: 300 }, (_, index) => (seed / 1_000 + index) & 255);
}

/** Bytes as plain arrays, so that a Buffer equals a Uint8Array. */
export function plain(items: readonly { readonly bytes: Uint8Array }[]): unknown[] {
  return items.map((item) => ({ ...item, bytes: [...item.bytes] }));
}
