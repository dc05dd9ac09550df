import { z } from 'zod';
import {
  isRaptorFlowError,
  parseOptions,
  RaptorFlowError,
  systemClock,
  type Clock,
  type Random,
} from '../kernel/index.ts';
import { silentMeter, type Meter } from '../metrics/index.ts';
import { runAttempt, type Attempt } from './attempt.ts';
import { exponentialBackoff, type Backoff, type BackoffOptions } from './backoff.ts';
import {
  createBreaker,
  type Breaker,
  type BreakerChange,
  type BreakerOptions,
  type BreakerPermit,
} from './breaker.ts';
import { classify as classifyError, type Classification } from './classification.ts';
import { operationMeters, type OperationMeters } from './operation-meters.ts';
import { retry } from './retry.ts';

/** Defaults for every call of an executor; all optional. */
export interface ExecutorOptions {
  /** Default: three retries from one second, full jitter. False: one attempt. */
  readonly retry?: BackoffOptions | false;
  /** Milliseconds for one attempt. Default: no limit. */
  readonly timeoutMs?: number;
  /** Options of every breaker this executor makes. */
  readonly breaker?: BreakerOptions;
  /** Breakers kept; beyond, the oldest closed one is forgotten. Default 1,000. */
  readonly breakersMax?: number;
}

/** What an executor needs from outside. */
export interface ExecutorDeps {
  readonly clock?: Clock;
  readonly random?: Random;
  readonly meter?: Meter;
  /** Told of every change of a breaker's state; must not throw. */
  readonly onBreakerChange?: (change: BreakerChange) => void;
}

/** One call's own settings; what is absent is the executor's. */
export interface ExecuteOptions {
  /** A schedule of retries, or false for a single attempt. */
  readonly retry?: Backoff | false;
  readonly classify?: (error: unknown) => Classification;
  /** Milliseconds for one attempt. */
  readonly timeoutMs?: number;
  /** Milliseconds for the whole call, waits included. A wait that would reach beyond is not begun. */
  readonly deadlineMs?: number;
  /** The name of the breaker to ask before each attempt; false for none. Default: the operation's name. */
  readonly breaker?: string | false;
  readonly signal?: AbortSignal;
}

/** Runs operations so that a failure is repeated where that makes sense, bounded in time, and kept from spreading. */
export interface Executor {
  /**
   * Calls `fn`, at most once for each attempt that retries, deadline and breaker allow.
   * Rejects with the last failure itself; with `timeout`, `cancelled`, or `circuit_open` (at once; its cause is the
   * failure before it, if this call made an attempt).
   */
  execute<T>(operation: string, fn: (attempt: Attempt) => Promise<T>, options?: ExecuteOptions): Promise<T>;
  /** The breaker of this name, made closed if there is none yet. */
  breaker(name: string): Breaker;
  /** All breakers there are. */
  breakers(): Breaker[];
}

const backoffSchema = z.strictObject({
  baseMs: z.number().optional(),
  factor: z.number().optional(),
  capMs: z.number().optional(),
  jitter: z.enum(['full', 'none']).optional(),
  retriesMax: z.number().optional(),
});
const optionsSchema = z.strictObject({
  retry: z.union([backoffSchema, z.literal(false)]).default({}),
  timeoutMs: z.number().positive().optional(),
  breaker: z.record(z.string(), z.unknown()).default({}),
  breakersMax: z.int().positive().default(1_000),
});

const noRetries: Backoff = Object.freeze({ retriesMax: 0, delayMs: () => undefined });

/** Builds an executor. Throws `invalid_options`. */
export function createExecutor(options: ExecutorOptions = {}, deps: ExecutorDeps = {}): Executor {
  const parsed = parseOptions('createExecutor', optionsSchema, options);
  return new ExecutorOverBreakers(options, parsed.breakersMax, deps);
}

class ExecutorOverBreakers implements Executor {
  readonly #clock: Clock;
  readonly #backoff: Backoff;
  readonly #timeoutMs: number | undefined;
  readonly #breakerOptions: BreakerOptions;
  readonly #breakersMax: number;
  readonly #breakers: Map<string, Breaker> = new Map();
  readonly #meters: (operation: string) => OperationMeters;
  readonly #onChange: (change: BreakerChange) => void;

  constructor(options: ExecutorOptions, breakersMax: number, deps: ExecutorDeps) {
    this.#clock = deps.clock ?? systemClock;
    this.#backoff = options.retry === false ? noRetries : exponentialBackoff(options.retry, deps);
    this.#timeoutMs = options.timeoutMs;
    this.#breakerOptions = options.breaker ?? {};
    this.#breakersMax = breakersMax;
    const meter = deps.meter ?? silentMeter;
    this.#meters = operationMeters(meter);
    const changes = meter.counter({
      name: 'breaker_changes',
      unit: 'changes',
      description: 'Changes of state of circuit breakers.',
      category: 'reliability',
    });
    this.#onChange = (change) => {
      changes.with({ breaker: change.name, to: change.to }).add();
      deps.onBreakerChange?.(change);
    };
    // Made once at construction so that wrong options are refused here and not at the first call.
    createBreaker('options', this.#breakerOptions);
  }

  async execute<T>(
    operation: string,
    fn: (attempt: Attempt) => Promise<T>,
    options: ExecuteOptions = {},
  ): Promise<T> {
    const meters = this.#meters(operation);
    const breaker = options.breaker === false ? undefined : this.breaker(options.breaker ?? operation);
    const deadlineAt =
      options.deadlineMs === undefined ? undefined : this.#clock.monotonic() + options.deadlineMs;
    const judge = options.classify ?? ((error: unknown) => classifyError(error, this.#clock));
    let failure: unknown;
    const attempt = async (number: number): Promise<T> => {
      const permit = breaker && acquire(breaker, failure);
      if (number > 1) meters.retries.add();
      meters.attempts.add();
      const startedAt = this.#clock.monotonic();
      const bounds = {
        operation,
        timeoutMs: shorter(options.timeoutMs ?? this.#timeoutMs, deadlineAt && deadlineAt - startedAt),
        signal: options.signal,
      };
      try {
        const value = await runAttempt(fn, number, bounds, this.#clock);
        if (permit !== undefined) breaker?.succeed(permit);
        return value;
      } catch (error) {
        failure = error;
        if (permit !== undefined) blame(breaker, permit, judge(error), options.signal);
        throw error;
      } finally {
        meters.attemptMs.record(this.#clock.monotonic() - startedAt);
      }
    };
    meters.calls.add();
    try {
      const value = await retry(
        attempt,
        {
          backoff: options.retry === false ? noRetries : (options.retry ?? this.#backoff),
          // An open circuit fails at once, whenever its next probe is.
          classify: (error) =>
            isRaptorFlowError(error, 'circuit_open') ? { kind: 'permanent' } : judge(error),
          ...(options.signal && { signal: options.signal }),
          ...(deadlineAt !== undefined && { deadlineAt }),
        },
        { clock: this.#clock },
      );
      meters.successes.add();
      return value;
    } catch (error) {
      meters.failures.add();
      throw error;
    }
  }

  breaker(name: string): Breaker {
    const known = this.#breakers.get(name);
    if (known) return known;
    if (this.#breakers.size >= this.#breakersMax) this.#forgetOne();
    const breaker = createBreaker(name, this.#breakerOptions, {
      clock: this.#clock,
      onChange: this.#onChange,
    });
    this.#breakers.set(name, breaker);
    return breaker;
  }

  breakers(): Breaker[] {
    return [...this.#breakers.values()];
  }

  #forgetOne(): void {
    let oldest: string | undefined;
    for (const [name, breaker] of this.#breakers) {
      oldest ??= name;
      if (breaker.state().kind === 'closed') {
        oldest = name;
        break;
      }
    }
    if (oldest !== undefined) this.#breakers.delete(oldest);
  }
}

function acquire(breaker: Breaker, before: unknown): BreakerPermit {
  try {
    return breaker.acquire();
  } catch (refusal) {
    if (before === undefined || !isRaptorFlowError(refusal)) throw refusal;
    const { code, message, details, retryable, retryAfterMs } = refusal;
    throw new RaptorFlowError(code, message, {
      details,
      retryable,
      cause: before,
      ...(retryAfterMs !== undefined && { retryAfterMs }),
    });
  }
}

/**
 * Only a failure that may lie with the other side counts against it: a call that was cancelled, is wrong in itself, or
 * was asked to come back later says nothing about whether the other side works.
 */
function blame(
  breaker: Breaker | undefined,
  permit: BreakerPermit,
  verdict: Classification,
  signal: AbortSignal | undefined,
): void {
  if (verdict.kind === 'retryable' && !signal?.aborted) breaker?.fail(permit);
  else breaker?.release(permit);
}

function shorter(a: number | undefined, b: number | undefined): number | undefined {
  if (a === undefined) return b;
  return b === undefined ? a : Math.min(a, b);
}
