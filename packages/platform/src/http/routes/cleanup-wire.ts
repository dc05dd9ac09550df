/** Cleanup tasks between the wire and the library. */
import type {
  WireCleanupChange,
  WireCleanupDraft,
  WireCleanupResult,
  WireCleanupTask,
  WireCleanupTrigger,
} from '@raptorflow/contract';
import { maskSecrets } from 'raptorflow/kernel';
import type {
  CleanupResult,
  CleanupTask,
  CleanupTaskChanges,
  CleanupTaskDraft,
  CleanupTrigger,
} from 'raptorflow/resources';
import { createSchedule } from 'raptorflow/schedule';
import { asJson } from '../audited.ts';

const momentOf = (ms: number): string => new Date(ms).toISOString();
const momentIfAny = (ms: number | null): string | null => (ms === null ? null : momentOf(ms));
const secondsOf = (ms: number): number => ms / 1_000;
const msOf = (seconds: number): number => Math.round(seconds * 1_000);

/** A task on the wire. */
export async function taskToWire(task: CleanupTask): Promise<WireCleanupTask> {
  return {
    task_id: task.id,
    name: task.name,
    description: task.description,
    action: task.action,
    parameters: asJson(task.parameters),
    trigger: triggerToWire(task.trigger),
    schedule: await scheduleOf(task.trigger),
    priority: task.priority,
    enabled: task.enabled,
    timeout_seconds: secondsOf(task.attempts.timeoutMs),
    retry_count: task.attempts.retriesMax,
    retry_delay_seconds: secondsOf(task.attempts.retryDelayMs),
    overlap: task.pace.overlap,
    concurrency: task.pace.concurrencyMax,
    missed: task.pace.missed,
    runs_on: task.pace.runsOn,
    tags: [...task.tags],
    last_run: momentIfAny(task.lastRunAt),
    next_run: momentIfAny(task.nextRunAt),
    run_count: task.runs,
    success_count: task.successes,
    failure_count: task.failures,
    skipped_count: task.skipped,
    average_duration_seconds: task.averageDurationMs === null ? null : secondsOf(task.averageDurationMs),
    success_rate: task.successRate === null ? null : task.successRate * 100,
    is_running: task.isRunning,
    created_at: momentOf(task.createdAt),
    updated_at: momentOf(task.updatedAt),
  };
}

async function scheduleOf(trigger: CleanupTrigger): Promise<string | null> {
  if (trigger.kind !== 'cron' && trigger.kind !== 'interval' && trigger.kind !== 'once') return null;
  return (await createSchedule(trigger)).describe();
}

function triggerToWire(trigger: CleanupTrigger): WireCleanupTrigger {
  switch (trigger.kind) {
    case 'cron':
      return {
        kind: 'cron',
        pattern: trigger.pattern,
        ...(trigger.timeZone !== undefined && { time_zone: trigger.timeZone }),
      };
    case 'interval':
      return { kind: 'interval', every_seconds: secondsOf(trigger.everyMs) };
    case 'once':
      return { kind: 'once', at: new Date(trigger.at).toISOString() };
    case 'threshold':
      return {
        kind: 'threshold',
        metric: trigger.metric,
        value: trigger.value,
        ...(trigger.tags !== undefined && { tags: { ...trigger.tags } }),
        ...(trigger.condition !== undefined && { condition: trigger.condition }),
        ...(trigger.clearValue !== undefined && { clear_value: trigger.clearValue }),
        ...looksToWire(trigger),
      };
    case 'health':
      return {
        kind: 'health',
        status: trigger.status,
        ...(trigger.component !== undefined && { component: trigger.component }),
        ...looksToWire(trigger),
      };
    case 'event':
      return {
        kind: 'event',
        channel: trigger.channel,
        ...(trigger.types !== undefined && { types: [...trigger.types] }),
        ...(trigger.pauseMs !== undefined && { pause_seconds: secondsOf(trigger.pauseMs) }),
      };
    case 'manual':
      return { kind: 'manual' };
  }
}

function looksToWire(trigger: {
  readonly checkEveryMs?: number | undefined;
  readonly repeatMs?: number | null | undefined;
}) {
  const { checkEveryMs, repeatMs } = trigger;
  return {
    ...(checkEveryMs !== undefined && { check_every_seconds: secondsOf(checkEveryMs) }),
    ...(repeatMs !== undefined && { repeat_seconds: repeatMs === null ? null : secondsOf(repeatMs) }),
  };
}

function triggerFromWire(trigger: WireCleanupTrigger): CleanupTrigger {
  switch (trigger.kind) {
    case 'cron':
      return {
        kind: 'cron',
        pattern: trigger.pattern,
        ...(trigger.time_zone !== undefined && { timeZone: trigger.time_zone }),
      };
    case 'interval':
      return { kind: 'interval', everyMs: msOf(trigger.every_seconds) };
    case 'once':
      return { kind: 'once', at: Date.parse(trigger.at) };
    case 'threshold':
      return {
        kind: 'threshold',
        metric: trigger.metric,
        value: trigger.value,
        ...(trigger.tags !== undefined && { tags: trigger.tags }),
        ...(trigger.condition !== undefined && { condition: trigger.condition }),
        ...(trigger.clear_value !== undefined && { clearValue: trigger.clear_value }),
        ...looksFromWire(trigger),
      };
    case 'health':
      return {
        kind: 'health',
        status: trigger.status,
        ...(trigger.component !== undefined && { component: trigger.component }),
        ...looksFromWire(trigger),
      };
    case 'event':
      return {
        kind: 'event',
        channel: trigger.channel,
        ...(trigger.types !== undefined && { types: trigger.types }),
        ...(trigger.pause_seconds !== undefined && { pauseMs: msOf(trigger.pause_seconds) }),
      };
    case 'manual':
      return { kind: 'manual' };
  }
}

function looksFromWire(trigger: {
  readonly check_every_seconds?: number | undefined;
  readonly repeat_seconds?: number | null | undefined;
}) {
  const { check_every_seconds: checkEvery, repeat_seconds: repeat } = trigger;
  return {
    ...(checkEvery !== undefined && { checkEveryMs: msOf(checkEvery) }),
    ...(repeat !== undefined && { repeatMs: repeat === null ? null : msOf(repeat) }),
  };
}

/** What is to be changed of a task. */
export function changesFromWire(change: WireCleanupChange): CleanupTaskChanges {
  const { timeout_seconds: timeout, retry_count: retries, retry_delay_seconds: delay } = change;
  const attempts = {
    ...(timeout !== undefined && { timeoutMs: msOf(timeout) }),
    ...(retries !== undefined && { retriesMax: retries }),
    ...(delay !== undefined && { retryDelayMs: msOf(delay) }),
  };
  const pace = {
    ...(change.overlap !== undefined && { overlap: change.overlap }),
    ...(change.concurrency !== undefined && { concurrencyMax: change.concurrency }),
    ...(change.missed !== undefined && { missed: change.missed }),
    ...(change.runs_on !== undefined && { runsOn: change.runs_on }),
  };
  return {
    ...(change.name !== undefined && { name: change.name }),
    ...(change.description !== undefined && { description: change.description }),
    ...(change.action !== undefined && { action: change.action }),
    ...(change.parameters !== undefined && { parameters: change.parameters }),
    ...(change.trigger !== undefined && { trigger: triggerFromWire(change.trigger) }),
    ...(change.priority !== undefined && { priority: change.priority }),
    ...(change.enabled !== undefined && { enabled: change.enabled }),
    ...(change.tags !== undefined && { tags: change.tags }),
    ...(Object.keys(attempts).length > 0 && { attempts }),
    ...(Object.keys(pace).length > 0 && { pace }),
  };
}

/** A new task. */
export function taskFromWire({ task_id: id, ...draft }: WireCleanupDraft): CleanupTaskDraft {
  return { ...changesFromWire(draft), id, action: draft.action, trigger: triggerFromWire(draft.trigger) };
}

/** What a run came to, on the wire. */
export function resultToWire(result: CleanupResult): WireCleanupResult {
  return {
    result_id: result.id,
    task_id: result.taskId,
    trigger_type: result.trigger,
    scheduled_for: momentIfAny(result.occurrenceAt),
    started_at: momentOf(result.startedAt),
    completed_at: momentOf(result.completedAt),
    execution_time_seconds: secondsOf(Math.max(0, result.durationMs)),
    success: result.success,
    message: maskSecrets(result.message),
    resources_cleaned: result.resourcesCleaned,
    bytes_freed: result.bytesFreed,
    error:
      result.error === null ? null : { code: result.error.code, message: maskSecrets(result.error.message) },
    attempt: result.attempt,
    process: result.processId,
  };
}
