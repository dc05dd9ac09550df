import type { Clock, Ids, Logger } from '../kernel/index.ts';
import type { DeadLetterReason } from './channel.ts';
import type { ChainLink, DeadLetterChange, DeadLetterFilter, FailureRecord } from './dead-letter.ts';
import type { Priority } from './event.ts';
import type { DurabilityReport, GroupReport, PollingReport } from './report.ts';
import type { StartFrom } from './subscription.ts';

/*
 * The port behind the bus. The bus validates, encodes, runs handlers and decides about retries; an engine stores events,
 * keeps every group's place, hands events out and remembers what became of them. Engines know events only as encoded
 * texts and the few facts beside them.
 *
 * Words: a *lane* is what an engine keeps in order: the events of one channel, workspace and priority. A *member* is one
 * subscription that takes part in a group. An event is *claimed* when it is handed to a member and *begun* when its handler
 * is about to run; only a begun event counts an attempt when the process dies.
 */

/** How a channel, or a pattern of channels, is kept. */
export interface ChannelPolicy {
  /** A channel name or a pattern; exact names win. */
  readonly name: string;
  readonly retentionMs: number;
  readonly expired: 'dead_letter' | 'drop';
  readonly eventsMax: number | null;
  readonly bytesMax: number | null;
}

/** What the bus lends to its engine when it opens it. */
export interface EngineHost {
  readonly clock: Clock;
  readonly log: Logger;
  readonly ids: Ids;
  /** Policies of declared channels; any other channel is kept for `defaultRetentionMs` and dead-lettered when it expires. */
  readonly policies: readonly ChannelPolicy[];
  /** Dead letters of one reason beyond this number drop the oldest, which is reported through `onDropped`. */
  readonly deadLettersPerReasonMax: number;
  /** Something happened to a group's event without its members: it expired, or its dead letter was dropped for room. */
  onFate(fate: EventFate): void;
}

/** What happened to an event away from its handlers. */
export interface EventFate {
  readonly kind: 'expired' | 'expired_dropped' | 'dead_letter_dropped';
  readonly channel: string;
  readonly group: string | null;
  readonly count: number;
}

/** An event on its way into the engine. */
export interface NewEvent {
  /** `evt_` and a UUIDv7. */
  readonly id: string;
  readonly channel: string;
  readonly type: string;
  /** The id was made for this very event, so that nothing of this id can be stored. */
  readonly isFresh?: boolean | undefined;
  /** Empty for none. */
  readonly workspace: string;
  readonly priority: Priority;
  /** The encoded event, see codec.ts. */
  readonly body: string;
  readonly orderingKey?: string | undefined;
  readonly dedupeKey?: string | undefined;
  /** How long the dedupe key is remembered. */
  readonly dedupeMs?: number | undefined;
  readonly delayMs?: number | undefined;
  readonly expiresInMs?: number | undefined;
  /**
   * The request that the event belongs to, for `chain`; absent for an event without a cause whose request bears its own id, so that
   * plain events are not indexed.
   */
  readonly requestId?: string | undefined;
  /** Set on events of `sys.dlq.*`: what the dead letter is about. */
  readonly deadLetter?: DeadLetterFacts | undefined;
}

/** What the engine indexes of a dead letter. */
export interface DeadLetterFacts {
  readonly reason: DeadLetterReason;
  readonly eventId: string;
  readonly channel: string;
  readonly group: string | null;
}

/** What became of one unit of an append. */
export type AppendOutcome =
  /** Ids in the order of the events; an earlier id where the event was a duplicate. `duplicates` counts those. */
  | { readonly kind: 'stored'; readonly ids: readonly string[]; readonly duplicates: number }
  /** A limit of this channel is reached; nothing of the unit was stored. */
  | {
      readonly kind: 'exhausted';
      readonly channel: string;
      readonly limit: 'eventsMax' | 'bytesMax';
      readonly max: number;
    };

/** A stored event as engines hand it out. */
export interface StoredEvent {
  readonly channel: string;
  readonly type: string;
  readonly body: string;
}

/** A subscription that wants to take part in a group. */
export interface MemberSpec {
  readonly group: string;
  readonly pattern: string;
  /** Null for all. A type without subtype includes its subtypes. */
  readonly types: readonly string[] | null;
  readonly ordered: boolean;
  readonly from: StartFrom;
}

/** A claimed event in a member's hands. */
export interface Delivery {
  /** Names this claim in `begin` and `settle`; meaningless to anybody but the engine. */
  readonly ref: number;
  readonly body: string;
  readonly channel: string;
  /** Empty for none. */
  readonly workspace: string;
  /**
   * Strictly higher for every later claim of the same event in the group: after a retry, a release, a takeover, a restart or a crash.
   * Numbers may be left out.
   */
  readonly fencingToken: number;
  /** The attempt that begins if the handler runs now, from 1. */
  readonly attempt: number;
  /** Epoch milliseconds after which the event must not be handled any more. */
  readonly expiresAt: number;
  /** The last failure before, or null. */
  readonly lastError: string | null;
  /** Another workspace has events for the group that are not here yet; absent where the engine hands out everything together. */
  readonly othersWait?: boolean;
}

/** When the handler of a delivery ran. */
export interface HandlingTimes {
  /** Epoch milliseconds. */
  readonly beganAt: number;
  readonly tookMs: number;
}

/**
 * What became of a delivery. `handling` is given where the event belongs to a chain (it has a cause or a foreign request, its handler published
 * something, or an attempt failed); the engine keeps it with the event, for `chain`. Plain events are settled without, and cost nothing.
 */
export type Settlement =
  /** Handled. */
  | { readonly ref: number; readonly kind: 'done'; readonly handling?: HandlingTimes | undefined }
  /** Failed, or not begun for lack of something: again after `afterMs`. `countAttempt: false` leaves the count as it was. */
  | {
      readonly ref: number;
      readonly kind: 'retry';
      readonly afterMs: number;
      readonly countAttempt: boolean;
      readonly error: FailureRecord | null;
      readonly handling?: HandlingTimes | undefined;
    }
  /** Given up after so many attempts (fewer than the delivery's when its handler did not run this time). */
  | {
      readonly ref: number;
      readonly kind: 'dead';
      readonly reason: DeadLetterReason;
      readonly error: FailureRecord;
      readonly attempts: number;
      /** Of a loop that the handler made: what led to it, for the dead letter. */
      readonly chain?: readonly ChainLink[] | null;
      readonly handling?: HandlingTimes | undefined;
    }
  /** Never begun, or taken back by a stop: at once to whoever has room, no attempt counted. */
  | { readonly ref: number; readonly kind: 'release' };

/** A member's end of its group. */
export interface EngineMember {
  /**
   * How many events the member may hold from now on, those already in its hands included. The engine hands out more whenever
   * it holds fewer. 0 stops the flow.
   */
  allow(held: number): void;
  /**
   * The handlers of these deliveries are about to run. When it returns, the note survives `kill -9` of this process, so that
   * a crash counts as an attempt of exactly the events that were running. Synchronous and cheap.
   */
  begin(refs: readonly number[]): void;
  /**
   * Tells what became of deliveries. Resolves when that is durable. A settlement of a claim that the member does not hold any
   * more is ignored and counted (fencing). Rejects with `unavailable` when the engine is gone; the claims then come back.
   */
  settle(settlements: readonly Settlement[]): Promise<void>;
  /** Ends the membership; claims not settled return to the group, begun ones with their attempt counted. */
  leave(): Promise<void>;
}

/** What to read of the log. */
export interface ReadQuery {
  /** A channel name or pattern. */
  readonly pattern: string;
  readonly types: readonly string[] | null;
  /** Stored at or after, epoch milliseconds. */
  readonly since: number | null;
  /** Stored before, epoch milliseconds. */
  readonly until: number | null;
  /** Position to go on from, of the page before; null to begin. */
  readonly after: number | null;
  readonly limit: number;
}

/** Events in the order in which they were stored. */
export interface ReadPage {
  readonly events: readonly StoredEvent[];
  /** Where to go on; null at the end. A page may be empty and still not the last. */
  readonly next: number | null;
}

/** Where a group is with an event. After a redrive it is where the group is with the redriven event. */
export type HandlingState = 'waiting' | 'running' | 'retrying' | 'handled' | 'dead' | 'expired';

/** What an engine knows of a group's dealings with one event. */
export interface StoredHandling {
  readonly eventId: string;
  readonly group: string;
  /** `waiting` also while it is in a member's hands and its handler has not begun. */
  readonly state: HandlingState;
  /** Attempts counted so far, the running one included; from the last redrive on. */
  readonly attempts: number;
  /** When the first of them began, epoch milliseconds; null when no handling was recorded. */
  readonly beganAt: number | null;
  /** When the last of them ended; null while none has. */
  readonly endedAt: number | null;
  /** How long handlers ran, all attempts together. */
  readonly tookMs: number | null;
  /** Name and message of the last failure. */
  readonly error: string | null;
  readonly deadLetterId: string | null;
}

/** The stored events of one request. */
export interface StoredChain {
  /** In the order of storing. Payloads may be left out, except that a dead letter's keeps its facts and the event's envelope. */
  readonly events: readonly StoredEvent[];
  /**
   * At most one for each event and group; also for an event that is gone while its dead letter is stored, once it was redriven. A group that an
   * event is not for, or that began behind it, has none.
   */
  readonly handlings: readonly StoredHandling[];
  /** There are more events than the limit allowed. */
  readonly truncated: boolean;
}

/** A stored dead letter. */
export interface StoredDeadLetter {
  readonly body: string;
  readonly state: 'open' | 'redriven' | 'discarded';
  readonly settledAt: number | null;
}

/** The engine's dead letters. Every change is atomic for each letter and durable when it resolves. */
export interface EngineDeadLetters {
  list(filter: DeadLetterFilter & { readonly cursor: string | null; readonly limit: number }): Promise<{
    readonly items: readonly StoredDeadLetter[];
    readonly cursor: string | null;
    readonly total: number;
  }>;
  get(id: string): Promise<StoredDeadLetter | null>;
  /** Gives letters back to the groups that failed, the first after `delayMs`, each further one `spacingMs` later. At most `limit` at a time; `more` asks for another call. */
  redrive(
    which: DeadLetterFilter | readonly string[],
    pace: { readonly delayMs: number; readonly spacingMs: number; readonly limit: number },
  ): Promise<DeadLetterChange & { readonly more: boolean }>;
  discard(
    which: DeadLetterFilter | readonly string[],
    limit: number,
  ): Promise<DeadLetterChange & { readonly more: boolean }>;
}

/** The engine's groups. */
export interface EngineGroups {
  list(): Promise<readonly GroupReport[]>;
  /** How many events the group has not handled yet; 0 for an unknown group. */
  lag(group: string): Promise<number>;
  /** Throws `conflict` while the group has members. */
  delete(group: string): Promise<boolean>;
}

/** What the engine says about itself. */
export interface EngineReport {
  readonly version: string | null;
  readonly durability: DurabilityReport;
  readonly survives: string;
  readonly connectedClients: number | null;
  readonly storedBytes: number | null;
  readonly events: number;
  readonly deadLetters: Readonly<Record<DeadLetterReason, number>>;
  readonly channels: readonly {
    readonly name: string;
    readonly events: number;
    readonly bytes: number;
    readonly published: number;
  }[];
  /** What an operator should know, each a sentence. */
  readonly warnings: readonly string[];
  /** Calls that reached the store in a second, over the last few seconds. */
  readonly commandsPerSecond: number;
  /** Where the engine polls. */
  readonly polling?: PollingReport | null;
}

/**
 * A store of events. One engine serves one bus, which opens and closes it.
 *
 * - *Atomic*: each unit of `append` is stored whole or not at all; units are independent of each other.
 * - *Durable*: `append` and `settle` resolve when their effect survives what `inspect().durability` says; nobody (member, watcher,
 *   reader) sees an event before that.
 * - *Once*: an event whose id is stored already is not stored again; nor is one whose dedupe key is remembered.
 * - *Order*: events of a lane are handed out in the order in which they were stored; with an ordering key, or in an ordered group, the
 *   next one only after the one before is settled for good. Priorities share 8 : 4 : 2 : 1.
 * - *Fairness*: workspaces of a group take turns. While another one has events to hand out, a workspace is given nothing that would let it hold
 *   more than half (rounded down, at least one) of what the group's members may hold together.
 * - *Crash*: claims of a dead process come back by themselves, begun ones with their attempt counted.
 * - *Expiry*: an event past its time is handed to nobody; per group that had not handled it, it becomes a dead letter, or is dropped
 *   where the channel says so (`onFate` tells).
 * - *Closing*: the bus lets its members leave first. `close` resolves when everything acknowledged is safe and nothing of the engine is
 *   left running; calls afterwards, and calls under way that did not make it, reject with `unavailable`.
 */
export interface BusEngine {
  /** `sqlite`, `redis` … */
  readonly name: string;
  /** Takes hold of the store. Rejects with `directory_locked`, `storage_corrupt`, `unavailable`. */
  open(host: EngineHost): Promise<void>;
  close(options: { readonly deadlineMs: number }): Promise<void>;
  append(units: readonly (readonly NewEvent[])[]): Promise<readonly AppendOutcome[]>;
  /** What the last two digits (0–255) of a new event's id should be, so that the engine finds it by its id without an index of all; optional. */
  tagOf?(channel: string, workspace: string): number;
  /** Calls the listener with every event that is stored after it resolved, in order, whoever stored it. Answers the way to stop. */
  watch(listener: (events: readonly StoredEvent[]) => void): Promise<() => void>;
  /**
   * Joins a group, creating it if need be; `deliver` is called with claimed events once `allow` has made room. Rejects with
   * `conflict` when the group has members of another definition; without members the new definition replaces the old one.
   */
  join(member: MemberSpec, deliver: (deliveries: readonly Delivery[]) => void): Promise<EngineMember>;
  /** The encoded event with this id, expired ones excepted. */
  find(id: string): Promise<StoredEvent | null>;
  read(query: ReadQuery): Promise<ReadPage>;
  /**
   * The events of a request, oldest first: those appended with this `requestId`, and the one whose id it is if that was appended without. With
   * them where each group is; a plain event that a group handled at once is `handled`, without times. No events for an unknown request.
   */
  chain(requestId: string, limit: number): Promise<StoredChain>;
  inspect(): Promise<EngineReport>;
  readonly deadLetters: EngineDeadLetters;
  readonly groups: EngineGroups;
}
