/** Priorities in the order in which groups are served. */
export const priorities: readonly ['critical', 'high', 'normal', 'low'] = [
  'critical',
  'high',
  'normal',
  'low',
];

/** How urgent an event is. Groups serve priorities 8 : 4 : 2 : 1, so that none starves. */
export type Priority = (typeof priorities)[number];

/**
 * An event as it is stored and handed to handlers. Facts about one delivery (attempt, group) are in the handler's
 * context, not here.
 */
export interface BusEvent<Type extends string = string, Payload = unknown> {
  /** `evt_` and a UUIDv7, made by the publisher; the same over retries, redrives and engines. */
  readonly id: string;
  /** Dotted segments, optionally with a subtype: `asset_generated:email_subject`. */
  readonly type: Type;
  readonly channel: string;
  /** The tenant; null for events of the installation itself. */
  readonly workspaceId: string | null;
  readonly priority: Priority;
  readonly sourceAgentId: string | null;
  readonly destinationGuild: string | null;
  /** Correlation: the same for everything that one request set off. An event that starts a story carries its own id. */
  readonly requestId: string;
  /** The event that caused this one. */
  readonly causationId: string | null;
  /** How many events stand between this one and the start of its chain. */
  readonly hops: number;
  /**
   * What the loop breaker remembers of the chain, a few characters for each event up to this one; null for an event that starts a
   * chain and for those of writers that keep none.
   */
  readonly trail: string | null;
  /** When it was published, RFC 3339 UTC with milliseconds. */
  readonly timestamp: string;
  /** Version of the payload's contract. */
  readonly version: number;
  readonly payload: Payload;
  /** Events of one channel, workspace and priority with the same key are handled strictly one after the other. */
  readonly orderingKey: string | null;
  /** Where `context.reply` publishes; set by `bus.request`. */
  readonly replyTo: string | null;
  /** The budget that work caused by this event is charged to. */
  readonly budgetId: string | null;
  /** When it expires, if it was published with `expiresInMs`; otherwise its channel's retention decides. */
  readonly expiresAt: string | null;
}

/** The part of an event that a follow-up event takes over. Every `BusEvent` is one. */
export interface Cause {
  readonly id: string;
  readonly requestId: string;
  readonly hops: number;
  readonly trail: string | null;
  readonly workspaceId: string | null;
  readonly budgetId: string | null;
}

/** Everything of a draft but type and payload. */
export interface DraftEnvelope {
  /** Default `normal`. */
  readonly priority?: Priority | undefined;
  readonly workspaceId?: string | null | undefined;
  readonly sourceAgentId?: string | null | undefined;
  readonly destinationGuild?: string | null | undefined;
  /** Default: the cause's, otherwise the new event's own id. */
  readonly requestId?: string | undefined;
  /**
   * The event that caused this one: workspace, correlation, budget and hops follow from it. An id alone sets the causation, and the
   * hops, for which the event is looked up.
   */
  readonly causedBy?: Cause | string | undefined;
  readonly budgetId?: string | null | undefined;
  /** Publishing again with the same key, channel and workspace within the window returns the first id and stores nothing. */
  readonly dedupeKey?: string | undefined;
  readonly orderingKey?: string | undefined;
  /** Nobody sees the event before this time has passed. */
  readonly delayMs?: number | undefined;
  /** The event expires this long after it becomes visible, if the channel's retention is not shorter. */
  readonly expiresInMs?: number | undefined;
  /** Version of the contract that the payload follows. Default: the newest declared one, or 1 without a contract. */
  readonly version?: number | undefined;
  /**
   * An id made beforehand (`evt_` and a UUIDv7), for publishers that must be able to repeat themselves, such as an
   * outbox relay: publishing a stored id again stores nothing and returns it.
   */
  readonly id?: string | undefined;
}

/** What is given to `publish`. The payload must survive JSON; its type follows from the contract of the event type. */
export type EventDraft<Type extends string = string, Payload = unknown> = DraftEnvelope & {
  readonly type: Type;
} & (unknown extends Payload ? { readonly payload?: Payload } : { readonly payload: Payload });

/** `asset_generated:email_subject` → base `asset_generated`, subtype `email_subject`; the subtype is null without a colon. */
export function splitType(type: string): { readonly base: string; readonly subtype: string | null } {
  const colon = type.indexOf(':');
  return colon < 0
    ? { base: type, subtype: null }
    : { base: type.slice(0, colon), subtype: type.slice(colon + 1) };
}
