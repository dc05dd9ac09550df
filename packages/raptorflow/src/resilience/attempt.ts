import { RaptorFlowError } from '../kernel/index.ts';
import type { BreakerPermit } from './breaker.ts';
import type { WheelEntry } from './timer-wheel.ts';

/** One attempt at an operation, as its function sees it. */
export interface Attempt {
  /** The first is 1. */
  readonly number: number;
  /** Aborts when the attempt times out or the caller cancels. Made only when it is read. */
  readonly signal: AbortSignal;
}

/** Who is told how an attempt ended. */
export interface AttemptOwner {
  readonly operationName: string;
  readonly callerSignal: AbortSignal | undefined;
  /** The attempt is over; `now` is the clock's monotonic time. */
  attemptSucceeded(attempt: RunningAttempt, value: unknown): void;
  attemptFailed(attempt: RunningAttempt, error: unknown): void;
}

/**
 * An attempt under way. Whichever comes first ends it: the result of its function, its time limit, or the caller's signal. What the function does
 * afterwards is ignored, and its signal exists only once somebody has asked for it.
 */
export class RunningAttempt implements Attempt, WheelEntry {
  due = 0;
  slot = -1;
  before: WheelEntry | undefined = undefined;
  after: WheelEntry | undefined = undefined;
  readonly number: number;
  readonly permit: BreakerPermit;
  readonly startedAt: number;
  timeoutMs: number | undefined = undefined;
  readonly #owner: AttemptOwner;
  #over = false;
  #controller: AbortController | undefined = undefined;
  #reason: RaptorFlowError | undefined = undefined;

  constructor(owner: AttemptOwner, number: number, permit: BreakerPermit, startedAt: number) {
    this.#owner = owner;
    this.number = number;
    this.permit = permit;
    this.startedAt = startedAt;
  }

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#reason) this.#controller.abort(this.#reason);
    }
    return this.#controller.signal;
  }

  succeed(value: unknown): void {
    if (this.#over) return;
    this.#over = true;
    this.#owner.attemptSucceeded(this, value);
  }

  fail(error: unknown): void {
    if (this.#over) return;
    this.#over = true;
    this.#owner.attemptFailed(this, error);
  }

  /** The time limit has passed. */
  expire(): void {
    const { operationName: operation } = this.#owner;
    const timeoutMs = this.timeoutMs ?? 0;
    const message = `"${operation}" did not answer within ${Math.round(timeoutMs)} ms.`;
    this.#giveUp(new RaptorFlowError('timeout', message, { details: { operation, timeout_ms: timeoutMs } }));
  }

  /** The caller's signal aborts: the attempt is its listener, so that none has to be made. */
  handleEvent(): void {
    this.#giveUp(cancelledError(this.#owner));
  }

  #giveUp(error: RaptorFlowError): void {
    if (this.#over) return;
    this.#reason = error;
    // The owner first: a listener of the signal that throws or fails must not decide how the attempt ended.
    this.fail(error);
    this.#controller?.abort(error);
  }
}

/** What a call rejects with when its caller's signal aborts. */
export function cancelledError(owner: Pick<AttemptOwner, 'operationName' | 'callerSignal'>): RaptorFlowError {
  return new RaptorFlowError('cancelled', `"${owner.operationName}" was cancelled by its caller.`, {
    details: { operation: owner.operationName },
    cause: owner.callerSignal?.reason,
  });
}
