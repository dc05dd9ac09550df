import type { Clock, Logger, Random, Service } from '../kernel/index.ts';
import type { Meter } from '../metrics/index.ts';
import type { BackoffOptions } from '../resilience/index.ts';
import type { CheckpointStore } from './checkpoint.ts';
import type { PipelineCounts } from './counts.ts';
import type { PipelineDeadLetters } from './dead-letter.ts';
import type { Source } from './source.ts';

/** A converted item and what tells it from every other: `store` has to apply a key once, however often it is given it. */
export interface KeyedItem<Out> {
  readonly key: string;
  readonly value: Out;
}

/** What converting an item may need. */
export interface ConvertContext {
  /** The item's idempotency key, for keys of calls that converting makes. */
  readonly key: string;
  /** Aborts when the run ends early. */
  readonly signal: AbortSignal;
}

/** What storing a batch may need. */
export interface StoreContext {
  /** Of this batch, from 1. */
  readonly attempt: number;
  /** Aborts when the attempt takes too long or the run ends early. */
  readonly signal: AbortSignal;
}

/** The limits of a pipeline. */
export interface PipelineLimits {
  /** Failed items of one run; one more ends it with `exhausted`, because then it is hardly the items. Default 50,000. */
  readonly failuresMax?: number;
  /** One attempt to store, milliseconds. Default 30,000. */
  readonly storeMs?: number;
  /** How long items of a slow source wait for their batch to fill, milliseconds. Default 200. */
  readonly lingerMs?: number;
  /** Time between two checkpoints, milliseconds; a crash repeats about that much work. Default 200. */
  readonly checkpointMs?: number;
}

/** How a pipeline is built. */
export interface PipelineOptions<In, Out> {
  /** Of dead letters, metrics and keys: a–z, 0–9, _ and -, up to 60. */
  readonly name: string;
  /**
   * Makes of an item what is stored. What it throws gives the item up, as its fault; only an error of ours that is retryable is repeated
   * first. It may run more than once for an item: after a crash, and when a dead letter is redriven.
   */
  readonly convert: (item: In, context: ConvertContext) => Out | Promise<Out>;
  /**
   * Applies a batch. A batch whose failure is told may be given again, whole or in parts, and a known item may be given to see whether the
   * store works: it has to apply each key once. `permanentError`s and others that no retry can help are an item's fault.
   */
  readonly store: (batch: readonly KeyedItem<Out>[], context: StoreContext) => Promise<void>;
  /** The reason why an item is not wanted; null for one that is. */
  readonly skip?: (item: In) => string | null;
  /** What tells items apart, such as an id that they bear. Default: the source's own key, or the item's place in the run. */
  readonly keyOf?: (item: In) => string;
  /** Items given to `store` together. Default 100, at most 10,000. */
  readonly batchSize?: number;
  /** Batches in work at once. Default 4. */
  readonly concurrency?: number;
  readonly deadLetters: PipelineDeadLetters;
  /** Without it a run that ended early begins anew. */
  readonly checkpoints?: CheckpointStore;
  /** How a failed batch is repeated. Default: three retries from one second, full jitter. */
  readonly retry?: BackoffOptions;
  readonly limits?: PipelineLimits;
}

/** What a pipeline is given; all optional, with real ones by default. */
export interface PipelineDeps {
  readonly clock?: Clock;
  readonly random?: Random;
  readonly log?: Logger;
  readonly meter?: Meter;
}

/** How far a run is. */
export interface PipelineProgress extends PipelineCounts {
  /** Readings a second since this process took the run up. */
  readonly perSecond: number;
  /** Readings of the source in all; null when it does not know. */
  readonly total: number | null;
  /** Readings that are left; null when that is not known. */
  readonly remaining: number | null;
  /** At the present rate, milliseconds; null when that is not known. */
  readonly remainingMs: number | null;
}

/** How to run. */
export interface RunOptions {
  /**
   * The run's name: a run of the same name goes on where it stopped, and one that is finished is not begun again. Default: the source's
   * name with a checkpoint store, and a new one without.
   */
  readonly id?: string;
  /** False for a run that nobody can take up again: it leaves no checkpoint. Default true. */
  readonly checkpoint?: boolean;
  readonly signal?: AbortSignal;
  /** Told at most every `progressMs`, and at the end. What it throws ends the run. */
  readonly onProgress?: (progress: PipelineProgress) => void;
  /** Default 1,000. */
  readonly progressMs?: number;
}

/** What a run came to. */
export interface RunReport extends PipelineCounts {
  readonly id: string;
  /** Readings that had ended before this process took the run up. */
  readonly resumedAt: number;
}

/**
 * Ingests items so that every one ends in exactly one of ingested, skipped and failed. `start` is called by the first `run`; it serves
 * redriven dead letters until `stop`, which ends runs early as their signal would. The maker of dead letters' bus and of the checkpoint
 * store closes them.
 */
export interface Pipeline<In> extends Service {
  /**
   * Reads the source to its end with no more in hand than `batchSize` × (2 × `concurrency` + 1) items, and resolves with what became of them.
   *
   * Rejects, with the checkpoint as far as everything had ended: with `unavailable` when the store or the dead letters are down or the
   * source broke (or the source's own error), `exhausted` beyond `failuresMax`, `cancelled`, and `conflict` when the run is going on.
   */
  run(source: Source<In> | AsyncIterable<In> | Iterable<In>, options?: RunOptions): Promise<RunReport>;
  /** Forgets a run's checkpoint, so that its name can begin anew. Its items keep their keys, and are applied once all the same. */
  forget(id: string): Promise<void>;
  readonly deadLetters: Pick<PipelineDeadLetters, 'list' | 'redrive'>;
}
