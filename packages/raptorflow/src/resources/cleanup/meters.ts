import type { Meter } from '../../metrics/index.ts';
import type { CleanupResult } from './task.ts';

/** Why a run that was due is left out. */
export type LeftOut = 'overlap' | 'queue_full';

/** What cleanup tells of itself. */
export interface CleanupMeters {
  ended(result: CleanupResult): void;
  leftOut(taskId: string, reason: LeftOut): void;
  /** Stops asking for the gauges. */
  close(): void;
}

/** Makes the instruments. */
export function cleanupMeters(
  meter: Meter,
  live: { readonly queued: () => number; readonly running: () => number },
): CleanupMeters {
  const category = 'resource';
  const runs = meter.counter({
    name: 'cleanup_runs',
    unit: 'runs',
    description: 'Runs of cleanup tasks that ended, by task and outcome.',
    category,
  });
  const durations = meter.timer({
    name: 'cleanup_run_duration_ms',
    description: 'How long runs of cleanup tasks took, retries included.',
    category,
  });
  const cleaned = meter.counter({
    name: 'cleanup_resources_cleaned',
    unit: 'resources',
    description: 'What cleanup tasks removed.',
    category,
  });
  const freed = meter.counter({
    name: 'cleanup_bytes_freed',
    unit: 'bytes',
    description: 'Bytes that cleanup tasks freed.',
    category,
  });
  const leftOut = meter.counter({
    name: 'cleanup_left_out',
    unit: 'runs',
    description: 'Runs that were due and did not take place, by task and reason.',
    category,
  });
  const gauge = (name: string, description: string, read: () => number): (() => void) =>
    meter.gauge({ name, unit: 'runs', description, category }).observe(read);
  const closers = [
    gauge('cleanup_queued', 'Runs of cleanup tasks that wait for a worker.', live.queued),
    gauge('cleanup_running', 'Runs of cleanup tasks under way.', live.running),
  ];
  return {
    ended({ taskId: task, success, durationMs, resourcesCleaned, bytesFreed }) {
      runs.with({ task, outcome: success ? 'success' : 'failure' }).add();
      durations.with({ task }).record(durationMs);
      if (resourcesCleaned > 0) cleaned.with({ task }).add(resourcesCleaned);
      if (bytesFreed > 0) freed.with({ task }).add(bytesFreed);
    },
    leftOut: (task, reason) => leftOut.with({ task, reason }).add(),
    close: () => {
      for (const close of closers) close();
    },
  };
}
