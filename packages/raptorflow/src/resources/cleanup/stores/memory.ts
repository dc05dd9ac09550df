import { RaptorFlowError, systemClock, type Clock } from '../../../kernel/index.ts';
import { readCursor } from '../cursor.ts';
import {
  resultsPageDefault,
  type CleanupResultsPage,
  type CleanupResultsQuery,
  type CleanupStore,
  type CleanupWrite,
  type StoredCleanupTask,
} from '../store.ts';
import type { CleanupResult } from '../task.ts';

/**
 * Keeps tasks and results in memory: for tests, and for programs that may forget. What it holds outlives `close`, and several schedulers may share
 * it.
 */
export function memoryCleanupStore(deps: { readonly clock?: Clock } = {}): CleanupStore {
  return new MemoryCleanupStore(deps.clock ?? systemClock);
}

class MemoryCleanupStore implements CleanupStore {
  readonly #clock: Clock;
  readonly #tasks = new Map<string, StoredCleanupTask>();
  #results: { readonly place: number; readonly result: CleanupResult }[] = [];
  #place = 0;
  #resultsMax = 0;
  #opened = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  async open({ resultsMax }: { readonly resultsMax: number }): Promise<void> {
    this.#opened += 1;
    this.#resultsMax = resultsMax;
  }

  async close(): Promise<void> {
    this.#opened = Math.max(0, this.#opened - 1);
  }

  async now(): Promise<number> {
    return this.#clock.now();
  }

  async load(): Promise<readonly StoredCleanupTask[]> {
    this.#assertOpen();
    return [...this.#tasks.values()];
  }

  async read(id: string): Promise<StoredCleanupTask | undefined> {
    this.#assertOpen();
    return this.#tasks.get(id);
  }

  async write({ id, expected, record, result }: CleanupWrite): Promise<boolean> {
    this.#assertOpen();
    if ((this.#tasks.get(id)?.version ?? 0) !== expected) return false;
    // What is stored must not change when the caller changes what it gave, nor hold what JSON cannot.
    this.#tasks.set(
      id,
      JSON.parse(JSON.stringify({ id, version: expected + 1, record })) as StoredCleanupTask,
    );
    if (result) this.#results.push({ place: (this.#place += 1), result: structuredClone(result) });
    this.#results = this.#results.slice(-this.#resultsMax);
    return true;
  }

  async remove(id: string, expected: number): Promise<boolean> {
    this.#assertOpen();
    if ((this.#tasks.get(id)?.version ?? 0) !== expected) return false;
    return this.#tasks.delete(id);
  }

  async results({
    taskId,
    limit = resultsPageDefault,
    cursor,
  }: CleanupResultsQuery): Promise<CleanupResultsPage> {
    this.#assertOpen();
    const before = cursor === undefined ? Infinity : readCursor(cursor);
    const found = this.#results
      .filter(({ place, result }) => place < before && (taskId === undefined || result.taskId === taskId))
      .toReversed();
    const page = found.slice(0, limit);
    return {
      items: page.map(({ result }) => result),
      next: found.length > limit ? String(page.at(-1)?.place) : null,
    };
  }

  #assertOpen(): void {
    if (this.#opened > 0) return;
    throw new RaptorFlowError('unavailable', 'The store of cleanup tasks is not open.');
  }
}
