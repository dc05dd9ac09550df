import type { CleanupTaskDefinition, CleanupTrigger } from './task.ts';

/** What makes a run: the same key is the same run, in whichever process. */
export interface Cause {
  /** `at:` and the time of the schedule, `event:` and its id, or something that is never again. */
  readonly key: string;
  readonly trigger: CleanupTrigger['kind'];
  /** The time of the schedule, epoch milliseconds; null without one. */
  readonly at: number | null;
}

/** A run under way, held by a process until a time. */
export interface Holding extends Cause {
  readonly token: number;
  readonly processId: string;
  /** By the store's clock. In the past when the process has died, 0 when it gave the run back. */
  readonly until: number;
  /** How many processes have died of it. */
  readonly takeovers: number;
  /** True when its result is there and its action still works, because it did not heed its signal. */
  readonly isOver: boolean;
}

/** Which runs of a task are decided, which are under way, and which one waits. */
export interface Claims {
  /** Of the latest run; only grows. */
  readonly token: number;
  /** Keys that were given to somebody or skipped, the oldest first. */
  readonly decided: readonly Cause['key'][];
  /** Times of the schedule up to here are decided, whether their keys are remembered or not. */
  readonly decidedUpTo: number;
  /** The latest time of the schedule that was decided; null before the first. */
  readonly latestAt: number | null;
  readonly holdings: readonly Holding[];
  readonly waiting: Cause | null;
}

/** Sums over all runs. */
export interface CleanupTotals {
  readonly successes: number;
  readonly failures: number;
  readonly skipped: number;
  readonly durationMs: number;
  readonly resourcesCleaned: number;
  readonly bytesFreed: number;
}

/** Everything that a store keeps of one task but its results. */
export interface CleanupRecord {
  readonly definition: CleanupTaskDefinition;
  readonly createdAt: number;
  readonly updatedAt: number;
  /** Counts changes of the definition. */
  readonly revision: number;
  readonly claims: Claims;
  readonly totals: CleanupTotals;
  readonly lastRunAt: number | null;
}

/** Of a task that has never run. */
export const noClaims: Claims = Object.freeze({
  token: 0,
  decided: [],
  decidedUpTo: 0,
  latestAt: null,
  holdings: [],
  waiting: null,
});

/** Of a task that has never run. */
export const noTotals: CleanupTotals = Object.freeze({
  successes: 0,
  failures: 0,
  skipped: 0,
  durationMs: 0,
  resourcesCleaned: 0,
  bytesFreed: 0,
});
