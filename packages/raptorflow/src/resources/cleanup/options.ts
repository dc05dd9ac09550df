import { z } from 'zod';
import type { CleanupTaskDraft } from './task.ts';

/** Options of `createCleanupScheduler`; all optional. */
export interface CleanupSchedulerOptions {
  /** Tasks that are made at the start where there is none of their id. Default none. */
  readonly tasks?: readonly CleanupTaskDraft[];
  /** Runs at a time in this process. Default 5. */
  readonly workers?: number;
  /** Runs that wait for a worker; beyond, what is due is left out, and counted. Default 1,000. */
  readonly queuedMax?: number;
  /** Default 1,000. */
  readonly tasksMax?: number;
  /** Results that are kept, of all tasks together. Default 1,000. */
  readonly resultsMax?: number;
  /** How long a run belongs to a process that says nothing; after it, another process takes the run over. Default 30,000. */
  readonly leaseMs?: number;
  /** How often changes of other processes are looked for, and runs that processes left behind. Default 15,000. */
  readonly refreshMs?: number;
}

/** The options with every default in its place. */
export type ResolvedCleanupOptions = Required<CleanupSchedulerOptions>;

/** Checks options and supplies defaults. Tasks are checked when they are made. */
export const cleanupOptionsSchema: z.ZodType<ResolvedCleanupOptions> = z.strictObject({
  tasks: z.array(z.custom<CleanupTaskDraft>()).max(1_000).default([]),
  workers: z.int().min(1).max(256).default(5),
  queuedMax: z.int().positive().default(1_000),
  tasksMax: z.int().positive().default(1_000),
  resultsMax: z.int().positive().default(1_000),
  leaseMs: z.int().min(100).max(3_600_000).default(30_000),
  refreshMs: z.int().min(50).max(3_600_000).default(15_000),
});
