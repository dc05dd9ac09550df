import type { Service } from '../../kernel/index.ts';
import type { CleanupResultsPage, CleanupResultsQuery } from './store.ts';
import type { CleanupResult, CleanupTask, CleanupTaskDraft } from './task.ts';

/** What may be changed of a task: everything but its id. Groups are merged field by field. */
export type CleanupTaskChanges = Partial<Omit<CleanupTaskDraft, 'id'>>;

/** How cleanup does as a whole. Sums are of the tasks that are there, over all processes on the store. */
export interface CleanupSchedulerReport {
  readonly tasks: number;
  readonly enabledTasks: number;
  /** Tasks of which a run is under way, in any process. */
  readonly runningTasks: number;
  /** Runs that wait for a worker of this process. */
  readonly queued: number;
  readonly runs: number;
  readonly successes: number;
  readonly failures: number;
  readonly skipped: number;
  /** A fraction; null before the first run. */
  readonly successRate: number | null;
  readonly averageDurationMs: number | null;
  readonly resourcesCleaned: number;
  readonly bytesFreed: number;
}

/**
 * Runs cleanup tasks when their triggers say so. Calls reject with `unavailable` unless it is running. A process that is killed loses nothing: a run that it had
 * begun is run again by another process, or by itself when it is back, so that an occurrence may begin twice, but has one result.
 */
export interface CleanupScheduler extends Service {
  /** Rejects with `conflict` when the id is taken, `exhausted` beyond `tasksMax`, `invalid_input`, `missing_dependency`. */
  create(draft: CleanupTaskDraft): Promise<CleanupTask>;
  /** Rejects with `not_found`, `invalid_input`, and `conflict` when somebody else has changed the task meanwhile. */
  update(id: string, changes: CleanupTaskChanges): Promise<CleanupTask>;
  /** What is under way goes on. Results stay in history. Rejects with `not_found`. */
  remove(id: string): Promise<void>;
  /** Rejects with `not_found`. */
  get(id: string): Promise<CleanupTask>;
  /** By id. */
  list(): Promise<readonly CleanupTask[]>;
  /**
   * Runs a task now, also one that is not enabled, and answers what came of it: a failure of the task is an answer. Rejects with `not_found`, `conflict` when it
   * runs already and may not overlap, `exhausted` when too many runs wait, `cancelled` when the scheduler stops before, and `unavailable` when this process does
   * not have the action.
   */
  run(id: string): Promise<CleanupResult>;
  /** Rejects with `invalid_input`. */
  results(query?: CleanupResultsQuery): Promise<CleanupResultsPage>;
  report(): Promise<CleanupSchedulerReport>;
}
