import type { CleanupRecord, CleanupTotals } from './record.ts';
import type { CleanupSchedulerReport } from './scheduler.ts';
import type { CleanupResult, CleanupTask } from './task.ts';

/** A record with one more result in its sums. */
export function accounted(record: CleanupRecord, result: CleanupResult): CleanupRecord {
  const { totals } = record;
  return {
    ...record,
    lastRunAt: Math.max(record.lastRunAt ?? 0, result.startedAt),
    totals: {
      ...totals,
      successes: totals.successes + (result.success ? 1 : 0),
      failures: totals.failures + (result.success ? 0 : 1),
      durationMs: totals.durationMs + result.durationMs,
      resourcesCleaned: totals.resourcesCleaned + result.resourcesCleaned,
      bytesFreed: totals.bytesFreed + result.bytesFreed,
    },
  };
}

/** A record in which a run that was due is left out. */
export function skipped(record: CleanupRecord): CleanupRecord {
  return { ...record, totals: { ...record.totals, skipped: record.totals.skipped + 1 } };
}

/** A record as callers see it. */
export function taskOf(
  record: CleanupRecord,
  live: { readonly nextRunAt: number | null; readonly isRunning: boolean },
): CleanupTask {
  const { definition, createdAt, updatedAt, lastRunAt, totals, claims } = record;
  return {
    ...definition,
    createdAt,
    updatedAt,
    lastRunAt,
    nextRunAt: live.nextRunAt,
    runs: totals.successes + totals.failures,
    successes: totals.successes,
    failures: totals.failures,
    skipped: totals.skipped,
    ...ratesOf(totals),
    isRunning: live.isRunning || claims.holdings.length > 0,
  };
}

/** The sums of all tasks. */
export function reportOf(
  records: readonly CleanupRecord[],
  tasks: readonly CleanupTask[],
  queued: number,
): CleanupSchedulerReport {
  const sum = (field: keyof CleanupTotals): number =>
    records.reduce((total, { totals }) => total + totals[field], 0);
  const totals = { successes: sum('successes'), failures: sum('failures'), durationMs: sum('durationMs') };
  return {
    tasks: tasks.length,
    enabledTasks: tasks.filter(({ enabled }) => enabled).length,
    runningTasks: tasks.filter(({ isRunning }) => isRunning).length,
    queued,
    runs: totals.successes + totals.failures,
    successes: totals.successes,
    failures: totals.failures,
    skipped: sum('skipped'),
    ...ratesOf(totals),
    resourcesCleaned: sum('resourcesCleaned'),
    bytesFreed: sum('bytesFreed'),
  };
}

function ratesOf({
  successes,
  failures,
  durationMs,
}: Pick<CleanupTotals, 'successes' | 'failures' | 'durationMs'>): {
  readonly averageDurationMs: number | null;
  readonly successRate: number | null;
} {
  const runs = successes + failures;
  return {
    averageDurationMs: runs === 0 ? null : durationMs / runs,
    successRate: runs === 0 ? null : successes / runs,
  };
}
