import type { CleanupRecord } from './record.ts';
import type { CleanupResult } from './task.ts';

/** A record and which state of it. */
export interface StoredCleanupTask {
  readonly id: string;
  /** Grows with every write; the first is 1. */
  readonly version: number;
  readonly record: CleanupRecord;
}

/** A change of one task: all of it, or nothing. */
export interface CleanupWrite {
  readonly id: string;
  /** The version that is changed; 0 for a task that is not there yet. */
  readonly expected: number;
  readonly record: CleanupRecord;
  /** Added to history. */
  readonly result?: CleanupResult | undefined;
}

/** Which results. */
export interface CleanupResultsQuery {
  /** Default: of all tasks. */
  readonly taskId?: string | undefined;
  /** 1 to 1,000. Default 100. */
  readonly limit?: number | undefined;
  /** `next` of the page before. */
  readonly cursor?: string | undefined;
}

/** Results, newest first. */
export interface CleanupResultsPage {
  readonly items: readonly CleanupResult[];
  /** Where the next page begins; null when this is the last one. */
  readonly next: string | null;
}

/**
 * Where tasks and results live. Writes compare the version, so that of several processes one wins; `write` resolves when the change is as durable
 * as the variant says. Calls before `open` and after `close` reject with `unavailable`. Variants pass `cleanupStoreContract`.
 */
export interface CleanupStore {
  /** Makes what is missing. Beyond `resultsMax` the oldest results are forgotten. Rejects with `unavailable`, `schema_newer`, `storage_corrupt`. */
  open(keeping: { readonly resultsMax: number }): Promise<void>;
  /** Tolerates a store that is not open. */
  close(): Promise<void>;
  /** Epoch milliseconds of the clock by which leases are measured; one clock for all processes on the store. */
  now(): Promise<number>;
  load(): Promise<readonly StoredCleanupTask[]>;
  read(id: string): Promise<StoredCleanupTask | undefined>;
  /** False, and nothing changed, when the task has another version. */
  write(change: CleanupWrite): Promise<boolean>;
  /** False, and nothing changed, when the task has another version. Its results stay. */
  remove(id: string, expected: number): Promise<boolean>;
  /** Rejects with `invalid_input` for a cursor that no page gave. */
  results(query: CleanupResultsQuery): Promise<CleanupResultsPage>;
}

/** Results on a page of which nobody said how long. */
export const resultsPageDefault = 100;
