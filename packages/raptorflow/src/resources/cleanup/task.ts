import type { HealthStatus } from '../../resilience/index.ts';
import type { ScheduleDraft } from '../../schedule/index.ts';

/** Orders what waits for a worker; `critical` goes first. */
export type CleanupPriority = 'low' | 'medium' | 'high' | 'critical';

/** Runs the task while a metric is beyond a value: once when it gets there, and again only as described. */
export interface ThresholdTrigger {
  readonly kind: 'threshold';
  readonly metric: string;
  /** Which series of the metric: those that have these tags, together. Default: all. */
  readonly tags?: Readonly<Record<string, string>> | undefined;
  /** Default `above`. */
  readonly condition?: 'above' | 'below' | undefined;
  readonly value: number;
  /** Where it has to come back to before it counts as crossed again. Default: five percent of `value` back. */
  readonly clearValue?: number | undefined;
  /** Default 30,000. */
  readonly checkEveryMs?: number | undefined;
  /** After which time beyond the value the task runs again; null for never. Default 900,000. */
  readonly repeatMs?: number | null | undefined;
}

/** Runs the task when health is this bad or worse, once for each time that it becomes so. */
export interface HealthTrigger {
  readonly kind: 'health';
  readonly status: Exclude<HealthStatus, 'healthy'>;
  /** Which part's health. Default: that of the whole. */
  readonly component?: string | undefined;
  /** Default 30,000. */
  readonly checkEveryMs?: number | undefined;
  /** After which time of bad health the task runs again; null for never. Default 900,000. */
  readonly repeatMs?: number | null | undefined;
}

/** Runs the task when an event arrives. */
export interface EventTrigger {
  readonly kind: 'event';
  /** Channel or pattern, as the subscribe port takes it. */
  readonly channel: string;
  /** Types of events. Default: all. */
  readonly types?: readonly string[] | undefined;
  /** Events within this time after one that was taken are left out. Default 1,000. */
  readonly pauseMs?: number | undefined;
}

/** What makes a task run. Every task can be run by hand; one with `manual` only so. */
export type CleanupTrigger =
  | ScheduleDraft
  | ThresholdTrigger
  | HealthTrigger
  | EventTrigger
  | { readonly kind: 'manual' };

/** A task as it is written. */
export interface CleanupTaskDraft {
  /** Letters, digits, `_`, `-` and `.`, at most 100. */
  readonly id: string;
  /** Default: the id. */
  readonly name?: string | undefined;
  readonly description?: string | undefined;
  /** The name of the action that does the work. */
  readonly action: string;
  /** For the action, as its schema says. Default none. */
  readonly parameters?: Readonly<Record<string, unknown>> | undefined;
  readonly trigger: CleanupTrigger;
  /** Default `medium`. */
  readonly priority?: CleanupPriority | undefined;
  /** Default true. A task that is not enabled runs by hand only. */
  readonly enabled?: boolean | undefined;
  /** How one attempt fails, and what is done about it. */
  readonly attempts?:
    | {
        /** For one attempt. Default 300,000. */
        readonly timeoutMs?: number | undefined;
        /** After the first attempt. Default 3. */
        readonly retriesMax?: number | undefined;
        /** Before each retry. Default 30,000. */
        readonly retryDelayMs?: number | undefined;
      }
    | undefined;
  readonly pace?:
    | {
        /**
         * What happens when the task is due and runs already: `skip` – nothing, and it is counted; `wait` – it runs once more afterwards, however often it was
         * due; `allow` – it runs beside itself, `concurrencyMax` times. Default `skip`.
         */
        readonly overlap?: 'skip' | 'wait' | 'allow' | undefined;
        /** Default 4. */
        readonly concurrencyMax?: number | undefined;
        /** What happens with times of a schedule that nobody was there for: they run once, for all of them, or not. Default `run_once`. */
        readonly missed?: 'run_once' | 'skip' | undefined;
        /**
         * `one_process` – of all processes on the store, one runs an occurrence; `every_process` – each of them does, for work on what a process holds itself.
         * Default `one_process`.
         */
        readonly runsOn?: 'one_process' | 'every_process' | undefined;
      }
    | undefined;
  readonly tags?: readonly string[] | undefined;
}

/** A task with every default in its place. */
export interface CleanupTaskDefinition {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly action: string;
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly trigger: CleanupTrigger;
  readonly priority: CleanupPriority;
  readonly enabled: boolean;
  readonly attempts: {
    readonly timeoutMs: number;
    readonly retriesMax: number;
    readonly retryDelayMs: number;
  };
  readonly pace: {
    readonly overlap: 'skip' | 'wait' | 'allow';
    readonly concurrencyMax: number;
    readonly missed: 'run_once' | 'skip';
    readonly runsOn: 'one_process' | 'every_process';
  };
  readonly tags: readonly string[];
}

/** A task and how it does. */
export interface CleanupTask extends CleanupTaskDefinition {
  readonly createdAt: number;
  readonly updatedAt: number;
  /** When its last run began, epoch milliseconds; null before the first. */
  readonly lastRunAt: number | null;
  /** Of a task with a schedule that is enabled and whose scheduler runs; otherwise null. */
  readonly nextRunAt: number | null;
  readonly runs: number;
  readonly successes: number;
  readonly failures: number;
  /** Times that it was due and was left out, because it ran already. */
  readonly skipped: number;
  /** Null before the first run. */
  readonly averageDurationMs: number | null;
  /** A fraction; null before the first run. */
  readonly successRate: number | null;
  readonly isRunning: boolean;
}

/** What one run came to. */
export interface CleanupResult {
  readonly id: string;
  readonly taskId: string;
  /** The kind of trigger that made it run; `manual` for `run`. */
  readonly trigger: CleanupTrigger['kind'];
  /** The time of its schedule that it ran for, epoch milliseconds; null without a schedule. */
  readonly occurrenceAt: number | null;
  readonly startedAt: number;
  readonly completedAt: number;
  /** From the first attempt to the end of the last, waits included. */
  readonly durationMs: number;
  readonly success: boolean;
  readonly message: string;
  readonly resourcesCleaned: number;
  readonly bytesFreed: number;
  readonly error: { readonly code: string; readonly message: string } | null;
  /** The attempt that decided; the first is 1. */
  readonly attempt: number;
  /** The process that ran it. */
  readonly processId: string;
}
