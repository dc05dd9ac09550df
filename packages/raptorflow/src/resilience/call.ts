import { isRaptorFlowError, RaptorFlowError, type Clock, type Timer } from '../kernel/index.ts';
import { cancelledError, RunningAttempt, type Attempt, type AttemptOwner } from './attempt.ts';
import type { Backoff } from './backoff.ts';
import type { Breaker, BreakerPermit } from './breaker.ts';
import type { Bulkhead } from './bulkhead.ts';
import type { Classification } from './classification.ts';
import type { OperationRecord } from './operation-record.ts';
import type { RetryBudget } from './retry-budget.ts';
import { delayAfter } from './retry.ts';
import type { TimerWheel } from './timer-wheel.ts';

/** What all calls share. */
export interface CallParts {
  readonly clock: Clock;
  readonly wheel: TimerWheel;
}

/** How one call is made, everything resolved. */
export interface CallPlan {
  readonly operation: string;
  readonly breaker: Breaker | undefined;
  readonly bulkhead: Bulkhead | undefined;
  readonly budget: RetryBudget | undefined;
  readonly record: OperationRecord | undefined;
  /** An attempt that the circuit refuses is made later, instead of ending the call. */
  readonly waitsForCircuit: boolean;
  readonly backoff: Backoff;
  readonly judge: (error: unknown) => Classification;
  readonly timeoutMs: number | undefined;
  readonly deadlineMs: number | undefined;
  readonly signal: AbortSignal | undefined;
}

type Fn = (attempt: Attempt) => Promise<unknown>;

/** A circuit may be closed by hand or by other calls' probes before its own time, so a call that waits for it looks again after so long. */
const circuitLookMs = 5_000;

/**
 * One call with all its attempts:
 *
 * - `queued` for its place in the bulkhead → attempting;
 * - `attempting`: the breaker has let an attempt through. Success or a final failure → settled, a failure worth a retry → waiting;
 * - `waiting` for its next attempt, or for the circuit → queued or attempting;
 * - `settled`: the promise is resolved or rejected, nothing is held.
 *
 * The caller's signal settles a call in any of them; in `attempting` through the attempt.
 */
export class Call implements AttemptOwner {
  readonly #parts: CallParts;
  readonly #plan: CallPlan;
  readonly #fn: Fn;
  readonly #resolve: (value: never) => void;
  readonly #reject: (error: unknown) => void;
  #attempts = 0;
  #busyMs = 0;
  #deadlineAt: number = Number.POSITIVE_INFINITY;
  #failure: unknown = undefined;

  constructor(
    parts: CallParts,
    plan: CallPlan,
    fn: Fn,
    resolve: (value: never) => void,
    reject: (error: unknown) => void,
  ) {
    this.#parts = parts;
    this.#plan = plan;
    this.#fn = fn;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  get operationName(): string {
    return this.#plan.operation;
  }

  get callerSignal(): AbortSignal | undefined {
    return this.#plan.signal;
  }

  begin(): void {
    const { record, budget, deadlineMs, signal } = this.#plan;
    const now = this.#parts.clock.monotonic();
    record?.called();
    budget?.called(now);
    if (deadlineMs !== undefined) this.#deadlineAt = now + deadlineMs;
    if (signal?.aborted === true) this.#settleFailed(now, cancelledError(this));
    else this.#enter(now);
  }

  attemptSucceeded(attempt: RunningAttempt, value: unknown): void {
    const now = this.#attemptOver(attempt);
    const { breaker, record } = this.#plan;
    breaker?.succeed(attempt.permit, now - attempt.startedAt);
    record?.succeeded(now, this.#busyMs, this.#attempts);
    this.#resolve(value as never);
  }

  attemptFailed(attempt: RunningAttempt, error: unknown): void {
    const now = this.#attemptOver(attempt);
    const { breaker, signal } = this.#plan;
    this.#failure = error;
    let verdict: Classification;
    let delayMs: number | undefined;
    try {
      verdict = this.#plan.judge(error);
      delayMs = delayAfter(verdict, this.#plan.backoff.delayMs(this.#attempts));
    } catch (thrown) {
      breaker?.release(attempt.permit);
      this.#settleFailed(now, thrown);
      return;
    }
    // Only a failure that may lie with the other side counts against it: a call that was cancelled, is wrong in itself, or
    // was asked to come back later says nothing about whether the other side works.
    const blamed = verdict.kind === 'retryable' && signal?.aborted !== true;
    if (blamed) breaker?.fail(attempt.permit, now - attempt.startedAt);
    else breaker?.release(attempt.permit);
    this.#retryOrFail(now, delayMs, error);
  }

  /** Takes a place in the bulkhead, if there is one to take, then attempts. */
  #enter(now: number): void {
    const { bulkhead } = this.#plan;
    if (bulkhead === undefined || bulkhead.tryEnter()) this.#attempt(now);
    else this.#queueFor(bulkhead, now);
  }

  #queueFor(bulkhead: Bulkhead, now: number): void {
    const { clock } = this.#parts;
    const stopWaiting = this.#stopAt(now, (error) => {
      unqueue();
      this.#settleFailed(clock.monotonic(), error);
    });
    let unqueue: () => void;
    try {
      unqueue = bulkhead.queue(() => {
        stopWaiting();
        this.#attempt(clock.monotonic());
      });
    } catch (refusal) {
      stopWaiting();
      this.#settleFailed(now, refusal);
    }
  }

  /** Watches the caller's signal and the deadline while the call waits for its turn; answers how to stop watching. */
  #stopAt(now: number, stop: (error: RaptorFlowError) => void): () => void {
    const { signal, deadlineMs, operation } = this.#plan;
    const onAbort = (): void => {
      timer?.cancel();
      stop(cancelledError(this));
    };
    signal?.addEventListener('abort', onAbort, { once: true });
    let timer: Timer | undefined;
    if (deadlineMs !== undefined) {
      const tooLate = `"${operation}" had no turn within ${Math.round(deadlineMs)} ms (deadlineMs).`;
      timer = this.#parts.clock.setTimeout(() => {
        signal?.removeEventListener('abort', onAbort);
        stop(new RaptorFlowError('timeout', tooLate, { details: { operation, timeout_ms: deadlineMs } }));
      }, this.#deadlineAt - now);
    }
    return () => {
      timer?.cancel();
      signal?.removeEventListener('abort', onAbort);
    };
  }

  #attempt(now: number): void {
    const { breaker, bulkhead, record, timeoutMs, signal } = this.#plan;
    let permit: BreakerPermit = 0;
    if (breaker !== undefined) {
      try {
        permit = breaker.acquire();
      } catch (refusal) {
        bulkhead?.leave();
        this.#refused(now, refusal);
        return;
      }
    }
    this.#attempts += 1;
    record?.attempted(this.#attempts);
    const attempt = new RunningAttempt(this, this.#attempts, permit, now);
    const leftMs = this.#deadlineAt - now;
    const limitMs = timeoutMs === undefined || leftMs < timeoutMs ? leftMs : timeoutMs;
    if (limitMs !== Number.POSITIVE_INFINITY) {
      attempt.timeoutMs = limitMs;
      this.#parts.wheel.add(attempt, now, limitMs);
    }
    signal?.addEventListener('abort', attempt, { once: true });
    void follow(this.#fn, attempt);
  }

  /** What every end of an attempt has in common; answers the time. */
  #attemptOver(attempt: RunningAttempt): number {
    const { clock, wheel } = this.#parts;
    const { record, bulkhead, signal } = this.#plan;
    const now = clock.monotonic();
    const tookMs = now - attempt.startedAt;
    this.#busyMs += tookMs;
    wheel.remove(attempt, now);
    signal?.removeEventListener('abort', attempt);
    record?.attemptEnded(tookMs);
    bulkhead?.leave();
    return now;
  }

  #retryOrFail(now: number, delayMs: number | undefined, error: unknown): void {
    const { budget, signal, record } = this.#plan;
    const tooLate = delayMs === undefined || now + delayMs >= this.#deadlineAt;
    if (tooLate || signal?.aborted === true) {
      this.#settleFailed(now, error);
      return;
    }
    if (budget !== undefined && !budget.take(now)) {
      if (record) record.retriesDenied += 1;
      this.#settleFailed(now, error);
      return;
    }
    this.#enterAfter(delayMs);
  }

  /** The circuit lets no attempt through. */
  #refused(now: number, refusal: unknown): void {
    const nextProbeMs = isRaptorFlowError(refusal) ? refusal.retryAfterMs : undefined;
    const waitMs = Math.min(nextProbeMs ?? circuitLookMs, circuitLookMs);
    if (this.#plan.waitsForCircuit && now + waitMs < this.#deadlineAt) {
      this.#enterAfter(waitMs);
      return;
    }
    this.#settleFailed(now, this.#attempts === 0 ? refusal : causedBy(refusal, this.#failure));
  }

  #enterAfter(delayMs: number): void {
    const { clock } = this.#parts;
    const { signal } = this.#plan;
    const onAbort = (): void => {
      timer.cancel();
      this.#settleFailed(clock.monotonic(), cancelledError(this));
    };
    const timer = clock.setTimeout(() => {
      signal?.removeEventListener('abort', onAbort);
      this.#enter(clock.monotonic());
    }, delayMs);
    signal?.addEventListener('abort', onAbort, { once: true });
  }

  #settleFailed(now: number, error: unknown): void {
    const cancelled = this.#plan.signal?.aborted === true;
    this.#plan.record?.failed(now, this.#busyMs, this.#attempts, error, cancelled);
    this.#reject(error);
  }
}

/** A function that throws before it returns a promise looks like one that rejects. */
async function follow(fn: Fn, attempt: RunningAttempt): Promise<void> {
  let value: unknown;
  try {
    value = await fn(attempt);
  } catch (error) {
    attempt.fail(error);
    return;
  }
  attempt.succeed(value);
}

function causedBy(refusal: unknown, cause: unknown): unknown {
  if (!isRaptorFlowError(refusal)) return refusal;
  const { code, message, details, retryable, retryAfterMs } = refusal;
  return new RaptorFlowError(code, message, {
    details,
    retryable,
    cause,
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  });
}
