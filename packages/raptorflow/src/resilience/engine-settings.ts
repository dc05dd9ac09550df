import { z } from 'zod';
import { parseOptions } from '../kernel/index.ts';
import type { BackoffOptions } from './backoff.ts';
import type { BreakerOptions } from './breaker.ts';
import type { BulkheadOptions } from './bulkhead.ts';
import type { RetryBudgetOptions } from './retry-budget.ts';

/** Defaults for every call of an executor; all optional. */
export interface ExecutorOptions {
  /** Default: three retries from one second, full jitter. False: one attempt. */
  readonly retry?: BackoffOptions | false;
  /** Limits the retries of each operation as a share of its calls. Default false: only the schedule limits them. */
  readonly retryBudget?: RetryBudgetOptions | false;
  /** Milliseconds for one attempt. Default: no limit. */
  readonly timeoutMs?: number;
  /** Options of every breaker this executor makes. */
  readonly breaker?: BreakerOptions;
  /** Limits by name, which is that of an operation or one that calls give. Default: none. */
  readonly bulkheads?: Readonly<Record<string, BulkheadOptions>>;
  /** Breakers kept; beyond, the oldest closed one is forgotten. Default 1,000. */
  readonly breakersMax?: number;
  /** Operations that are kept apart; further ones are counted together as `other`. Default 1,000. */
  readonly operationsMax?: number;
}

/** The same with the defaults filled in. */
export interface EngineSettings {
  readonly retry: BackoffOptions | false;
  readonly retryBudget: Readonly<Required<RetryBudgetOptions>> | false;
  readonly timeoutMs: number | undefined;
  readonly breaker: BreakerOptions;
  readonly bulkheads: Readonly<Record<string, Readonly<Required<BulkheadOptions>>>>;
  readonly breakersMax: number;
  readonly operationsMax: number;
}

// The contents of `retry` and `breaker` are checked where those are built.
const optionsSchema = z.strictObject({
  retry: z
    .union([
      z.strictObject({
        baseMs: z.number().optional(),
        factor: z.number().optional(),
        capMs: z.number().optional(),
        jitter: z.enum(['full', 'none']).optional(),
        retriesMax: z.number().optional(),
      }),
      z.literal(false),
    ])
    .default({}),
  retryBudget: z
    .union([
      z.strictObject({
        share: z.number().nonnegative().default(0.1),
        retriesMin: z.int().nonnegative().default(10),
      }),
      z.literal(false),
    ])
    .default(false),
  timeoutMs: z.number().positive().optional(),
  breaker: z.record(z.string(), z.unknown()).default({}),
  bulkheads: z
    .record(
      z.string(),
      z.strictObject({
        concurrencyMax: z.int().positive(),
        queueMax: z.int().nonnegative().default(0),
      }),
    )
    .default({}),
  breakersMax: z.int().positive().default(1_000),
  operationsMax: z.int().positive().default(1_000),
});

/** Checks the options of whoever makes calls. Throws `invalid_options`. */
export function engineSettings(what: string, options: ExecutorOptions): EngineSettings {
  const { timeoutMs, ...parsed } = parseOptions(what, optionsSchema, options);
  return { ...parsed, retry: options.retry ?? {}, breaker: options.breaker ?? {}, timeoutMs };
}
