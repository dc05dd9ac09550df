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
  /** Epoch milliseconds at which the signal aborts. */
  readonly deadlineAt: number;
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
