import type { Service } from '../kernel/index.ts';
import type { Contract, EventOf, PayloadInput, Untyped } from './contract.ts';
import type { DeadLetters } from './dead-letter.ts';
import type { BusEvent, EventDraft } from './event.ts';
import type { Handler } from './handler.ts';
import type { BusHealth, BusMetrics, ChannelMetrics, ChannelReport, GroupReport } from './report.ts';
import type { ForeignEnvelope } from './routing.ts';
import type { SubscribeOptions, Subscription, SubscriptionInfo } from './subscription.ts';
import type { Trace, TraceOptions } from './trace.ts';

/** How much of the past `replayChannel` shows, and how fast. */
export interface ReplayOptions<Type extends string = string> {
  readonly maxAgeSeconds?: number | undefined;
  /** Events stored at or after this moment: epoch milliseconds or RFC 3339. */
  readonly since?: number | string | undefined;
  /** Events stored before this moment. */
  readonly until?: number | string | undefined;
  readonly types?: readonly Type[] | undefined;
  /** Most events to handle. Default: no limit. */
  readonly limit?: number | undefined;
  readonly ratePerSecond?: number | undefined;
  /** Ends the replay with `cancelled`. */
  readonly signal?: AbortSignal | undefined;
}

/** Durable subscriptions. */
export interface Groups {
  list(): Promise<readonly GroupReport[]>;
  /**
   * Forgets a group: its position, what waits for a retry, and that it existed. True when there was one.
   * Throws `conflict` while it has members.
   */
  delete(name: string): Promise<boolean>;
}

/**
 * The bus. `Known` are its contracts: they give payloads their types. A part that only passes events on takes a
 * plain `Bus`.
 *
 * All calls but `start` and `stop` throw `unavailable` unless the bus is running.
 */
export interface Bus<Known extends Contract = Untyped> extends Service {
  /**
   * Resolves with the event's id once the event is durable in the engine; before that nobody sees it.
   *
   * Throws `invalid_input` (name, type, key or payload not acceptable), `schema_violation` (with the issues; the
   * attempt is in the dead letters), `routing_error` (undeclared channel of a strict bus; likewise), `loop_detected` (with
   * the chain; likewise, and a critical alert), `payload_too_large`, `exhausted` (a limit of the channel or of waiting publishes
   * is reached), `unavailable`.
   */
  publish<const Type extends string>(
    channel: string,
    draft: EventDraft<Type, PayloadInput<Known, Type>>,
  ): Promise<string>;
  /**
   * Publishes all drafts in one round trip, all or nothing for each channel and workspace. Given several channels,
   * each channel gets its own events with their own ids. Resolves with the ids, channel by channel in the given order.
   * Throws like `publish`; when a part was stored before another failed, `details.published` lists those ids.
   */
  publishMany<const Types extends readonly string[]>(
    channels: string | readonly string[],
    drafts: { readonly [Index in keyof Types]: EventDraft<Types[Index], PayloadInput<Known, Types[Index]>> },
  ): Promise<string[]>;
  /**
   * Publishes on the channel that the routing table gives for the event's type. Envelopes of foreign writers
   * (`{event_type, workspace_id, correlation_id, payload, timestamp}`) are lifted to events.
   * Throws `routing_error` when no rule fits; the attempt is in the dead letters. Otherwise like `publish`.
   */
  route<const Type extends string>(
    draft: EventDraft<Type, PayloadInput<Known, Type>> | ForeignEnvelope,
  ): Promise<string>;
  /**
   * Subscribes to a channel or pattern. Resolves when the subscription is active: nothing published afterwards is missed.
   * Throws `invalid_options`, and `conflict` when the group has members with another pattern, types or order.
   */
  subscribe<const Type extends string = string>(
    channelOrPattern: string,
    handler: Handler<EventOf<Known, Type>, Known>,
    options?: SubscribeOptions<Type>,
  ): Promise<Subscription>;
  /** Subscribes to `sys.alert.*`; the handler also gets the channel. */
  subscribeToAlerts(
    handler: (event: BusEvent, channel: string) => unknown,
    options?: SubscribeOptions,
  ): Promise<Subscription>;
  /** Subscribes to `sys.state.update`. */
  subscribeToStateUpdates(handler: Handler, options?: SubscribeOptions): Promise<Subscription>;
  /** The running subscriptions of this bus. */
  subscriptions(): readonly SubscriptionInfo[];
  /** Publishes an event and waits for the first `context.reply`. Throws `timeout` after `timeoutMs` (default 30,000). */
  request<const Type extends string>(
    channel: string,
    draft: EventDraft<Type, PayloadInput<Known, Type>>,
    options?: { readonly timeoutMs?: number; readonly signal?: AbortSignal },
  ): Promise<BusEvent>;
  /** The stored event, or null when there is none (any more). */
  getMessage(eventId: string): Promise<BusEvent | null>;
  /**
   * Calls the handler for stored events of a channel (or pattern), oldest first, one after the other. Resolves with how
   * many were handled. A handler that throws ends the replay: `replay_stopped` with `details.handled` and the cause.
   */
  replayChannel<const Type extends string = string>(
    channelOrPattern: string,
    handler: (event: EventOf<Known, Type>) => unknown,
    options?: ReplayOptions<Type>,
  ): Promise<number>;
  /**
   * What a request set off, as a tree by causation: given the request's id or that of any of its stored events. Null when nothing of it is
   * stored (any more).
   */
  trace(requestOrEventId: string, options?: TraceOptions): Promise<Trace | null>;
  readonly deadLetters: DeadLetters;
  readonly groups: Groups;
  /** Declared channels and those that hold events. */
  channels(): Promise<readonly ChannelReport[]>;
  /** Counts since this bus started. */
  metrics(): BusMetrics;
  /** Counts of one channel since this bus started. */
  channelMetrics(channel: string): ChannelMetrics;
  health(): Promise<BusHealth>;
}
