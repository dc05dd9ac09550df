import type { PipelineCounts } from './counts.ts';

/** How far a run has come. Everything before it has ended and is durable; behind it items may have ended, too. */
export interface Checkpoint {
  /** The run's name. */
  readonly id: string;
  /** When the run began first, epoch milliseconds. */
  readonly startedAt: number;
  /** When it came to the end of its source; null before that. */
  readonly finishedAt: number | null;
  /** What became of the readings before this place; `counts.read` is the place. */
  readonly counts: PipelineCounts;
}

/**
 * Keeps one checkpoint for each run. One process works at a run at a time; a store does not guard against two.
 * A checkpoint that is saved late costs repeated work, never a lost item, so a store may lose the newest ones but must not mix two.
 */
export interface CheckpointStore {
  /** The checkpoint saved last; null when there is none. */
  load(id: string): Promise<Checkpoint | null>;
  /** Replaces the run's checkpoint; durable when it resolves, as far as the store promises it. */
  save(checkpoint: Checkpoint): Promise<void>;
  /** Forgets a run, so that its name can begin anew. */
  forget(id: string): Promise<void>;
  /** Releases what is held open. The maker of the store closes it. */
  close(): Promise<void>;
}
