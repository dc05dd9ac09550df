import { RaptorFlowError } from '../kernel/index.ts';
import type { Contract, PayloadInput, Untyped } from './contract.ts';
import type { BusEvent, EventDraft } from './event.ts';

/** What a handler knows about this delivery, and what it can do within the story of its event. */
export interface HandlerContext<Known extends Contract = Untyped> {
  /** 1 for the first delivery; a crash of the process while handling counts. */
  readonly attempt: number;
  /** True when an earlier attempt may have run. */
  readonly redelivered: boolean;
  /** The group that handles; null for a live subscription. */
  readonly group: string | null;
  /** Aborts when the deadline passes or the bus stops. A handler that goes on regardless has failed all the same. */
  readonly signal: AbortSignal;
  /** Epoch milliseconds at which the signal aborts; `extend` moves it. */
  readonly deadlineAt: number;
  /**
   * Higher for every later claim of this event in the group, over crashes, restarts and retries too. A store outside that refuses
   * smaller numbers than it has seen is safe from a handler that lost its claim without knowing. 0 for a live subscription, which
   * claims nothing.
   */
  readonly fencingToken: number;
  /**
   * Moves the deadline by so many milliseconds and answers the new one, as in `deadlineAt`. It never gets further than
   * `limits.attemptMsMax` from the beginning of the attempt. Throws `conflict` once the deadline has passed or the handler has ended,
   * and `invalid_input` unless `ms` is more than 0.
   */
  extend(ms: number): number;
  /** `bus.publish` with causation, correlation, workspace, budget and hops taken from the handled event. */
  publish<const Type extends string>(
    channel: string,
    draft: EventDraft<Type, PayloadInput<Known, Type>>,
  ): Promise<string>;
  /** `bus.route` in the same way. */
  route<const Type extends string>(draft: EventDraft<Type, PayloadInput<Known, Type>>): Promise<string>;
  /**
   * Answers a `bus.request`. Resolves with the reply's id. Throws `conflict` when the event does not ask for a reply.
   */
  reply(payload: unknown): Promise<string>;
}

/**
 * Handles one event. In a group, returning (or resolving) acknowledges it, throwing asks for a retry. A thrown error may
 * carry `retryAfterMs` (waits that long without using up an attempt) or `permanent: true` (goes to the dead letters at once).
 */
export type Handler<Event extends BusEvent = BusEvent, Known extends Contract = Untyped> = (
  event: Event,
  context: HandlerContext<Known>,
) => unknown;

/** An error that no retry can help: thrown by a handler, it sends the event to the dead letters at once. */
export function permanentError(
  message: string,
  cause?: unknown,
): RaptorFlowError & { readonly permanent: true } {
  const error = new RaptorFlowError('permanent_failure', message, cause === undefined ? {} : { cause });
  return Object.assign(error, { permanent: true as const });
}
