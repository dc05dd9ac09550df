import { RaptorFlowError, type Clock } from '../kernel/index.ts';

/** One attempt at an operation, as its function sees it. */
export interface Attempt {
  /** The first is 1. */
  readonly number: number;
  /** Aborts when the attempt times out or the caller cancels. Made only when it is read. */
  readonly signal: AbortSignal;
}

/** What bounds an attempt. */
export interface AttemptBounds {
  readonly operation: string;
  readonly timeoutMs: number | undefined;
  readonly signal: AbortSignal | undefined;
}

/** An attempt whose signal exists only once somebody has asked for it. */
class LazyAttempt implements Attempt {
  readonly number: number;
  #controller: AbortController | undefined;
  #reason: { readonly error: unknown } | undefined;

  constructor(number: number) {
    this.number = number;
  }

  get signal(): AbortSignal {
    if (!this.#controller) {
      this.#controller = new AbortController();
      if (this.#reason) this.#controller.abort(this.#reason.error);
    }
    return this.#controller.signal;
  }

  abort(error: unknown): void {
    this.#reason = { error };
    this.#controller?.abort(error);
  }
}

/**
 * Runs one attempt. Rejects with `timeout` when it takes too long and with `cancelled` when the caller's signal aborts;
 * in both cases the attempt's signal aborts, and whatever the function does afterwards is ignored.
 */
export function runAttempt<T>(
  fn: (attempt: Attempt) => Promise<T>,
  number: number,
  bounds: AttemptBounds,
  clock: Clock,
): Promise<T> {
  const attempt = new LazyAttempt(number);
  if (bounds.timeoutMs === undefined && bounds.signal === undefined) return fn(attempt);
  return new Promise<T>((resolve, reject) => {
    const giveUp = (error: RaptorFlowError): void => {
      cleanUp();
      attempt.abort(error);
      reject(error);
    };
    const onAbort = (): void => giveUp(cancelledError(bounds));
    const { timeoutMs } = bounds;
    const timer =
      timeoutMs === undefined
        ? undefined
        : clock.setTimeout(() => giveUp(timeoutError(bounds.operation, timeoutMs)), timeoutMs);
    const cleanUp = (): void => {
      timer?.cancel();
      bounds.signal?.removeEventListener('abort', onAbort);
    };
    if (bounds.signal?.aborted) {
      onAbort();
      return;
    }
    bounds.signal?.addEventListener('abort', onAbort, { once: true });
    call(fn, attempt).finally(cleanUp).then(resolve, reject);
  });
}

/** A function that throws before it returns a promise must look like one that rejects. */
async function call<T>(fn: (attempt: Attempt) => Promise<T>, attempt: Attempt): Promise<T> {
  return fn(attempt);
}

function timeoutError(operation: string, timeoutMs: number): RaptorFlowError {
  return new RaptorFlowError('timeout', `"${operation}" did not answer within ${Math.round(timeoutMs)} ms.`, {
    details: { operation, timeout_ms: timeoutMs },
  });
}

function cancelledError(bounds: AttemptBounds): RaptorFlowError {
  return new RaptorFlowError('cancelled', `"${bounds.operation}" was cancelled by its caller.`, {
    details: { operation: bounds.operation },
    cause: bounds.signal?.reason,
  });
}
