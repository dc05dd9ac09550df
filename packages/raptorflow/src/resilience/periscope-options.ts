import { z } from 'zod';
import { parseOptions, type Clock, type Logger, type Random } from '../kernel/index.ts';
import type { Meter, OperationLog } from '../metrics/index.ts';
import type { BackoffOptions } from './backoff.ts';
import type { BreakerChange, BreakerOptions } from './breaker.ts';
import type { BulkheadOptions } from './bulkhead.ts';
import type { Dependency } from './dependency-probes.ts';
import { engineSettings, type EngineSettings } from './engine-settings.ts';
import type { HealthLimits, HealthOptions } from './health.ts';
import type { ThreatCounters } from './metrics-summary.ts';
import type { RetryBudgetOptions } from './retry-budget.ts';
import type { GpuStats, SystemStats } from './system-figures.ts';
import type { SummaryOutput } from './terminal-summary.ts';

/** What a periscope keeps at most; all optional. */
export interface PeriscopeLimits {
  /** Operations that are kept apart; further ones are counted together as `other`. Default 1,000. */
  readonly operationsMax?: number;
  /** Breakers kept; beyond, the oldest closed one is forgotten. Default 1,000. */
  readonly breakersMax?: number;
  /** Failed calls that `getRecentErrors` knows. Default 100. */
  readonly recentErrorsMax?: number;
  /** Idempotency keys whose result is kept or awaited. Default 10,000. */
  readonly idempotencyKeysMax?: number;
  /** How long the result of a call with an idempotency key is kept, in milliseconds. Default 300,000. */
  readonly idempotencyMs?: number;
}

/** Options of `createPeriscope`; all optional. */
export interface PeriscopeOptions {
  /** Default: three retries, from one second doubling to at most sixty, full jitter. False: one attempt. */
  readonly retry?: BackoffOptions | false;
  /** Default: one retry in ten calls, and ten in ten seconds always. False: only the schedule limits them. */
  readonly retryBudget?: RetryBudgetOptions | false;
  /** Milliseconds for one attempt. Default: no limit. */
  readonly timeoutMs?: number;
  /** Options of every breaker. */
  readonly breaker?: BreakerOptions;
  /** Limits by name, which is that of an operation or one that calls give. Default: none. */
  readonly bulkheads?: Readonly<Record<string, BulkheadOptions>>;
  readonly health?: HealthOptions;
  readonly limits?: PeriscopeLimits;
  /** How often the health goes to the log, once started. Default: never. */
  readonly reportEverySeconds?: number;
  /** False: retries, circuits and limits work, and nothing is recorded. Default true. */
  readonly observe?: boolean;
}

/** The part of the bus's dead letters that a periscope reads. */
export interface DeadLetterSource<Letter = unknown> {
  /** Newest first. */
  list(query: {
    readonly limit: number;
  }): Promise<{ readonly items: readonly Letter[]; readonly total: number }>;
}

/** What a periscope needs from outside; all optional. */
export interface PeriscopeDeps<Letter = unknown> {
  /** Absent: `getDeadLetterQueue` answers nothing. `bus.deadLetters` fits. */
  readonly deadLetters?: DeadLetterSource<Letter>;
  /** Default: what Node knows of the process and the machine. */
  readonly systemStats?: () => SystemStats | Promise<SystemStats>;
  readonly gpuStats?: () => GpuStats | Promise<GpuStats>;
  /** What `health({ deep: true })` asks. */
  readonly dependencies?: readonly Dependency[];
  /** Figures of a pipeline, for the summary. */
  readonly threats?: () => ThreatCounters;
  /** Also gets every recording. */
  readonly meter?: Meter;
  /** Also gets every call; the `operations` of the metrics' Redis store fit. */
  readonly operationLog?: OperationLog;
  /** Told of every change of a breaker's state, inside the call that caused it; what it throws is logged. */
  readonly onBreakerChange?: (change: BreakerChange) => void;
  readonly log?: Logger;
  /** Where `logMetrics` writes. Default: standard output. */
  readonly output?: SummaryOutput;
  readonly clock?: Clock;
  readonly random?: Random;
}

/** The options with their defaults. */
export interface PeriscopeSettings {
  readonly engine: EngineSettings;
  readonly health: HealthLimits;
  readonly recentErrorsMax: number;
  readonly idempotency: { readonly keysMax: number; readonly keptMs: number };
  readonly reportEverySeconds: number | undefined;
  readonly observe: boolean;
}

const ownSchema = z.strictObject({
  health: z
    .strictObject({
      errorRateMax: z.number().min(0).max(1).default(0.1),
      callsMin: z.int().positive().default(20),
      consecutiveFailures: z.int().positive().default(3),
      averageMsMax: z.number().positive().default(5_000),
      deadLettersMax: z.int().nonnegative().default(100),
    })
    .prefault({}),
  limits: z
    .strictObject({
      operationsMax: z.int().positive().default(1_000),
      breakersMax: z.int().positive().default(1_000),
      recentErrorsMax: z.int().positive().max(10_000).default(100),
      idempotencyKeysMax: z.int().positive().default(10_000),
      idempotencyMs: z.number().positive().default(300_000),
    })
    .prefault({}),
  reportEverySeconds: z.number().min(1).max(86_400).optional(),
  observe: z.boolean().default(true),
});

/** Checks the options. Throws `invalid_options`. */
export function periscopeSettings(options: PeriscopeOptions): PeriscopeSettings {
  const { retry, retryBudget = {}, timeoutMs, breaker, bulkheads, ...rest } = options;
  const { health, limits, reportEverySeconds, observe } = parseOptions('createPeriscope', ownSchema, rest);
  const { operationsMax, breakersMax, recentErrorsMax, idempotencyKeysMax, idempotencyMs } = limits;
  const engine = engineSettings('createPeriscope', {
    retryBudget,
    operationsMax,
    breakersMax,
    ...(retry !== undefined && { retry }),
    ...(timeoutMs !== undefined && { timeoutMs }),
    ...(breaker !== undefined && { breaker }),
    ...(bulkheads !== undefined && { bulkheads }),
  });
  return {
    engine,
    health,
    recentErrorsMax,
    idempotency: { keysMax: idempotencyKeysMax, keptMs: idempotencyMs },
    reportEverySeconds,
    observe,
  };
}
