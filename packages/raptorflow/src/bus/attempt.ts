import { RaptorFlowError, type Clock, type Timer } from '../kernel/index.ts';
import type { BusEvent, EventDraft } from './event.ts';
import type { Handler, HandlerContext } from './handler.ts';

/** How an attempt ended. */
export type AttemptOutcome =
  | { readonly kind: 'done' }
  | { readonly kind: 'failed'; readonly error: unknown }
  /** The deadline passed; `error` is the timeout, or what the handler threw afterwards. */
  | { readonly kind: 'timed_out'; readonly error: unknown }
  /** The subscription stopped before the handler was done. */
  | { readonly kind: 'interrupted' };

/** What handlers can do through their context. */
export interface AttemptActions {
  publish(channel: string, draft: EventDraft): Promise<string>;
  route(draft: EventDraft): Promise<string>;
  reply(event: BusEvent, payload: unknown): Promise<string>;
}

/** What an attempt needs to know. */
export interface AttemptParts {
  /** As the handler sees it. */
  readonly event: BusEvent;
  /** As it is stored: what follows from it is caused by this one. */
  readonly stored: BusEvent;
  readonly attempt: number;
  readonly redelivered: boolean;
  readonly group: string | null;
  /** 0 without a claim. */
  readonly fencingToken: number;
  readonly timeoutMs: number;
  /** How long an attempt may take in all, however often it is extended. */
  readonly attemptMsMax: number;
  /** How long a handler may go on after its deadline before nobody waits for it any more. */
  readonly graceMs: number;
  readonly clock: Clock;
  readonly actions: AttemptActions;
}

/**
 * One run of a handler. Exactly one outcome is reported, when the handler ends. After the deadline its signal is aborted, and the attempt
 * has failed whatever it does; it is waited for a little longer (`graceMs`), so that no second attempt runs beside it.
 */
export class Attempt implements HandlerContext {
  readonly attempt: number;
  readonly redelivered: boolean;
  readonly group: string | null;
  readonly fencingToken: number;
  deadlineAt: number;
  /** Whether the handler used its context to publish: its event is the beginning of a chain then, if it was none before. */
  hasPublished = false;
  readonly #parts: AttemptParts;
  readonly #begunAt: number;
  #allowedMs: number;
  #publish: HandlerContext['publish'] | undefined;
  #route: HandlerContext['route'] | undefined;
  #reply: HandlerContext['reply'] | undefined;
  #extendBy: HandlerContext['extend'] | undefined;
  #controller: AbortController | undefined;
  #timer: Timer | undefined;
  #aborted: RaptorFlowError | undefined;
  #timedOut = false;
  #finish: ((outcome: AttemptOutcome) => void) | undefined;

  constructor(parts: AttemptParts) {
    this.#parts = parts;
    this.attempt = parts.attempt;
    this.redelivered = parts.redelivered;
    this.group = parts.group;
    this.fencingToken = parts.fencingToken;
    this.deadlineAt = parts.clock.now() + parts.timeoutMs;
    this.#begunAt = parts.clock.monotonic();
    this.#allowedMs = parts.timeoutMs;
  }

  // What follows is made when first asked for, because most handlers never look at it; and it is bound, so that a handler may take its
  // context apart.

  get publish(): HandlerContext['publish'] {
    this.#publish ??= (channel, draft) => {
      this.hasPublished = true;
      return this.#parts.actions.publish(channel, this.#follow(draft));
    };
    return this.#publish;
  }

  get route(): HandlerContext['route'] {
    this.#route ??= (draft) => {
      this.hasPublished = true;
      return this.#parts.actions.route(this.#follow(draft));
    };
    return this.#route;
  }

  get reply(): HandlerContext['reply'] {
    this.#reply ??= (payload) => {
      this.hasPublished = true;
      return this.#parts.actions.reply(this.#parts.stored, payload);
    };
    return this.#reply;
  }

  get extend(): HandlerContext['extend'] {
    this.#extendBy ??= (ms) => this.#extend(ms);
    return this.#extendBy;
  }

  get signal(): AbortSignal {
    this.#controller ??= new AbortController();
    if (this.#aborted && !this.#controller.signal.aborted) this.#controller.abort(this.#aborted);
    return this.#controller.signal;
  }

  /** Runs the handler. `report` is called once. */
  run(handler: Handler, report: (outcome: AttemptOutcome) => void): void {
    this.#finish = report;
    let result: unknown;
    try {
      result = handler(this.#parts.event, this);
    } catch (error) {
      this.#end({ kind: 'failed', error });
      return;
    }
    if (!isThenable(result)) {
      this.#end({ kind: 'done' });
      return;
    }
    this.#watch(this.#allowedMs === this.#parts.timeoutMs ? this.#allowedMs : this.#leftMs());
    result.then(
      () => this.#end({ kind: 'done' }),
      (error: unknown) => this.#end({ kind: 'failed', error }),
    );
  }

  /** Ends the attempt because the subscription stops: aborts the signal and reports at once. */
  interrupt(): void {
    this.#abort(
      new RaptorFlowError('cancelled', 'The subscription stopped while the event was being handled.'),
    );
    this.#report({ kind: 'interrupted' });
  }

  // A draft that names another cause keeps it; saying nothing means the handled event.
  #follow(draft: EventDraft): EventDraft {
    return draft.causedBy === undefined ? { ...draft, causedBy: this.#parts.stored } : draft;
  }

  #extend(ms: number): number {
    const { timeoutMs, attemptMsMax } = this.#parts;
    if (!(ms > 0)) throw new RaptorFlowError('invalid_input', 'extend needs milliseconds, more than 0.');
    const left = this.#leftMs();
    if (!this.#finish || this.#timedOut || left <= 0) {
      const what = this.#finish ? 'its deadline has passed' : 'its handler has ended';
      throw new RaptorFlowError('conflict', `The attempt cannot be extended: ${what}.`);
    }
    const allowedMs = Math.max(timeoutMs, Math.min(this.#allowedMs + ms, attemptMsMax));
    this.deadlineAt += allowedMs - this.#allowedMs;
    this.#allowedMs = allowedMs;
    // While the handler's first part runs there is no timer yet.
    if (this.#timer) {
      this.#timer.cancel();
      this.#watch(this.#leftMs());
    }
    return this.deadlineAt;
  }

  // By the monotonic clock: a deadline does not move when somebody sets the time.
  #leftMs(): number {
    return this.#begunAt + this.#allowedMs - this.#parts.clock.monotonic();
  }

  #watch(ms: number): void {
    this.#timer = this.#parts.clock.setTimeout(() => this.#expire(), Math.max(0, ms));
  }

  #expire(): void {
    const { graceMs, clock } = this.#parts;
    this.#timedOut = true;
    const error = new RaptorFlowError('timeout', `The handler did not finish within ${this.#allowedMs} ms.`);
    this.#timer = clock.setTimeout(() => this.#report({ kind: 'timed_out', error }), graceMs);
    this.#abort(error);
  }

  #abort(error: RaptorFlowError): void {
    this.#aborted = error;
    this.#controller?.abort(error);
  }

  #end(outcome: AttemptOutcome): void {
    if (!this.#timedOut) this.#report(outcome);
    else this.#report({ kind: 'timed_out', error: this.#aborted });
  }

  #report(outcome: AttemptOutcome): void {
    const report = this.#finish;
    if (!report) return;
    this.#finish = undefined;
    this.#timer?.cancel();
    report(outcome);
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';
}
