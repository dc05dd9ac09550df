import type { FailureStage } from './counts.ts';
import type { ItemPosition } from './source.ts';

/** One attempt at an item that did not succeed. */
export interface ItemAttempt {
  readonly stage: FailureStage;
  /** From 1, counted within its stage. */
  readonly attempt: number;
  /** How many items were tried together; the failure may lie with another one of them. */
  readonly together: number;
  /** When it ended, RFC 3339. */
  readonly at: string;
  /** Name and message of what it threw. */
  readonly error: string;
}

/** An item that failed, and why: all that is needed to look at it and to try it again. */
export interface FailedItem {
  /** The idempotency key; a redrive gives it to `store` again. */
  readonly key: string;
  readonly pipeline: string;
  readonly run: string;
  /** When the run began, epoch milliseconds. */
  readonly runStartedAt: number;
  readonly stage: FailureStage;
  /** The item as it was read; null when it could not be read, or is cut. */
  readonly item: unknown;
  /** The beginning of what could not be read or was too large to be kept; null otherwise. Such an item is not redriven. */
  readonly text: string | null;
  readonly position: ItemPosition | null;
  readonly error: { readonly name: string; readonly message: string; readonly code: string | null };
  /** In order; the newest 20 if there were more. */
  readonly attempts: readonly ItemAttempt[];
}

/** A failed item among the dead letters. */
export interface PipelineLetter {
  readonly id: string;
  readonly failed: FailedItem;
  /** `open` until it is redriven or discarded. */
  readonly state: 'open' | 'redriven' | 'discarded';
  /** When it was given up, RFC 3339. */
  readonly deadAt: string;
}

/** A page of them, newest first. */
export interface PipelineLetterPage {
  readonly items: readonly PipelineLetter[];
  /** For the next page; null at the end. */
  readonly cursor: string | null;
}

/** Converts and stores one item again; resolves once it is applied. */
export type Redeliver = (failed: FailedItem) => Promise<void>;

/**
 * Keeps failed items until somebody looks at them. Whoever redrives a letter gives the item to the pipeline again, with its key, so that
 * it is applied once however often that happens.
 */
export interface PipelineDeadLetters {
  /** Begins to serve a pipeline: redriven letters go to `redeliver`. Called once, before anything else. */
  open(pipeline: string, redeliver: Redeliver): Promise<void>;
  /** Durable when it resolves. An item that was kept in the same run under the same key changes nothing. All or none of those given are new afterwards. */
  bury(failed: readonly FailedItem[]): Promise<void>;
  /** Newest first. A letter may appear a moment after `bury`. */
  list(options?: { readonly cursor?: string; readonly limit?: number }): Promise<PipelineLetterPage>;
  /** Gives open letters back: those of the ids, or all of them. Resolves with their number; the work follows. */
  redrive(ids?: readonly string[]): Promise<number>;
  /** Ends the service: work in hand ends first. */
  close(): Promise<void>;
}
