import { RaptorFlowError, type Clock } from '../kernel/index.ts';
import type { Breaker, BreakerPermit } from './breaker.ts';
import type { Classification } from './classification.ts';
import type { OperationRecord } from './operation-record.ts';

/** A stretch of code that counts as one call of an operation. */
export interface TrackedScope extends AsyncDisposable {
  /** The code has done what it should. Without this, a scope that ends has failed: it was left by an exception or too early. */
  succeed(): void;
  /** The code has failed with this error; later calls of `succeed` or `fail` change nothing. */
  fail(error: unknown): void;
}

/** What a scope is made with. */
export interface TrackedParts {
  readonly operation: string;
  readonly clock: Clock;
  readonly record: OperationRecord | undefined;
  readonly breaker: Breaker;
  readonly judge: (error: unknown) => Classification;
}

/** Begins a scope. Throws `circuit_open`, which counts as a failed call. */
export function trackScope(parts: TrackedParts): TrackedScope {
  const { clock, record, breaker, operation } = parts;
  const startedAt = clock.monotonic();
  record?.called();
  let permit: BreakerPermit;
  try {
    permit = breaker.acquire();
  } catch (refusal) {
    record?.failed(startedAt, 0, 0, refusal, false);
    throw refusal;
  }
  record?.attempted(1);
  let isOver = false;
  const end = (failure: { readonly error: unknown } | undefined): void => {
    if (isOver) return;
    isOver = true;
    const now = clock.monotonic();
    const tookMs = now - startedAt;
    record?.attemptEnded(tookMs);
    if (failure === undefined) {
      breaker.succeed(permit, tookMs);
      record?.succeeded(now, tookMs, 1);
      return;
    }
    if (parts.judge(failure.error).kind === 'retryable') breaker.fail(permit, tookMs);
    else breaker.release(permit);
    record?.failed(now, tookMs, 1, failure.error, false);
  };
  return {
    succeed: () => end(undefined),
    fail: (error) => end({ error }),
    [Symbol.asyncDispose]: () => {
      const message = `"${operation}" was left before it said that it succeeded.`;
      if (!isOver) end({ error: new RaptorFlowError('cancelled', message, { details: { operation } }) });
      return Promise.resolve();
    },
  };
}
