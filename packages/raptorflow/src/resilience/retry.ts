import { RaptorFlowError, systemClock, type Clock } from '../kernel/index.ts';
import { exponentialBackoff, type Backoff } from './backoff.ts';
import { classify as classifyError, type Classification } from './classification.ts';

/** What is known when a failed attempt will be repeated. */
export interface RetryNotice {
  /** The attempt that failed; the first is 1. */
  readonly attempt: number;
  readonly error: unknown;
  readonly delayMs: number;
}

/** How to repeat. */
export interface RetryOptions {
  /** Default: `exponentialBackoff()`, three retries from one second. */
  readonly backoff?: Backoff;
  /** Default: `classify`. */
  readonly classify?: (error: unknown) => Classification;
  /** Ends the waiting, and no further attempt is made. */
  readonly signal?: AbortSignal;
  /** The clock's monotonic time after which no wait may reach; a longer wait is not begun. */
  readonly deadlineAt?: number;
  readonly onRetry?: (notice: RetryNotice) => void;
}

/**
 * Calls `fn` until it resolves, fails for good, or the retries are used up; then rejects with the last failure itself.
 * A throttled failure waits at least as long as the other side asked. Rejects with `cancelled` when the signal aborts.
 */
export async function retry<T>(
  fn: (attempt: number) => Promise<T>,
  options: RetryOptions = {},
  deps: { readonly clock?: Clock } = {},
): Promise<T> {
  const clock = deps.clock ?? systemClock;
  const backoff = options.backoff ?? exponentialBackoff();
  const judge = options.classify ?? ((error: unknown) => classifyError(error, clock));
  for (let attempt = 1; ; attempt += 1) {
    if (options.signal?.aborted) throw cancelled(options.signal);
    try {
      return await fn(attempt);
    } catch (error) {
      const delayMs = delayAfter(judge(error), backoff.delayMs(attempt));
      if (delayMs === undefined || options.signal?.aborted) throw error;
      if (options.deadlineAt !== undefined && clock.monotonic() + delayMs >= options.deadlineAt) throw error;
      options.onRetry?.({ attempt, error, delayMs });
      await clock.sleep(delayMs, options.signal);
    }
  }
}

/** Milliseconds to wait after a failure; undefined when no retry makes sense. */
export function delayAfter(verdict: Classification, delayMs: number | undefined): number | undefined {
  if (delayMs === undefined || verdict.kind === 'permanent') return undefined;
  return verdict.kind === 'throttled' ? Math.max(delayMs, verdict.retryAfterMs) : delayMs;
}

function cancelled(signal: AbortSignal): RaptorFlowError {
  return new RaptorFlowError('cancelled', 'The call was cancelled before it began.', {
    cause: signal.reason,
  });
}
