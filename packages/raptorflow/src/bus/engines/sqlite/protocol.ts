import type { DeadLetterReason } from '../../channel.ts';
import type { DeadLetterFilter } from '../../dead-letter.ts';
import type {
  AppendOutcome,
  ChannelPolicy,
  DeadLetterFacts,
  EventFate,
  MemberSpec,
  Settlement,
  StoredEvent,
  StoredHandling,
} from '../../engine.ts';

/** What the program is built with. */
export interface ProgramSettings {
  readonly policies: readonly ChannelPolicy[];
  readonly deadLettersPerReasonMax: number;
}

/** The rarely used part of a new event. */
export interface EventExtras {
  readonly orderingKey: string | null;
  readonly dedupeKey: string | null;
  readonly dedupeMs: number;
  readonly delayMs: number;
  readonly expiresInMs: number | null;
  readonly deadLetter: DeadLetterFacts | null;
}

/**
 * Units of events as columns: many small objects cost more to send to another thread than to store. Texts of all events travel as one,
 * joined by line feeds, which neither ids nor JSON contain.
 */
export interface AppendColumns {
  /** How many events each unit has; null when each has one. */
  readonly units: readonly number[] | null;
  /** What occurs, each once. */
  readonly kinds: readonly EventKind[];
  /** For each event: which of those. */
  readonly kind: readonly number[];
  readonly ids: string;
  /** The ids were made for these events, and none has extras: nothing of them can be stored. */
  readonly areNew: boolean;
  readonly bodies: string;
  /** For each event the request that it is indexed under; null when none is. */
  readonly requests: readonly (string | null)[] | null;
  /** For each event; null when no event has extras. */
  readonly extras: readonly (EventExtras | null)[] | null;
}

/** What many events have in common. */
export interface EventKind {
  readonly channel: string;
  readonly workspace: string;
  /** Rank of the priority, 0 for critical. */
  readonly priority: number;
  readonly type: string;
}

/** A member's deliveries as columns, for the same reason. */
export interface DeliveryColumns {
  readonly member: number;
  readonly refs: readonly number[];
  /** Null when all are first attempts. */
  readonly attempts: readonly number[] | null;
  readonly expiresAt: readonly number[];
  /** Channels and workspaces that occur together, each once, and for each delivery which. */
  readonly places: readonly (readonly [channel: string, workspace: string])[];
  readonly place: readonly number[];
  /** For each delivery where its event stands among those that the turn appends, and -1 if it does not; null when none does. */
  readonly sources: readonly number[] | null;
  /** The encoded events of the others, joined by line feeds. */
  readonly bodies: string;
  /** The last failures of deliveries that have one, by index; null when none has. */
  readonly lastErrors: readonly (readonly [index: number, error: string])[] | null;
}

/** A member's settlements: successes are just their references. */
export interface SettlementColumns {
  readonly member: number;
  readonly done: readonly number[];
  /** When the handlers of those ran, where that is kept; null when it is for none. */
  readonly handled: readonly (readonly [ref: number, beganAt: number, tookMs: number])[] | null;
  readonly others: readonly Exclude<Settlement, { readonly kind: 'done' }>[];
}

/** What one turn of the program does, in this order: settle, append, give out delayed events, claim. */
export interface TurnInput {
  readonly now: number;
  readonly settlements: readonly SettlementColumns[];
  /** How many events a member may hold from now on. */
  readonly rooms: readonly (readonly [member: number, room: number])[];
  readonly append: AppendColumns | null;
}

/** What came of it; sent after the commit. */
export interface TurnOutput {
  /** For each unit: null when all of it was new, else its outcome. Null when all units were. */
  readonly outcomes: readonly (AppendOutcome | null)[] | null;
  /** Of each appended event: whether it is visible now; null when all are. */
  readonly visible: readonly boolean[] | null;
  /** Events that the program itself stored: delayed ones that fell due, dead letters. */
  readonly born: readonly StoredEvent[];
  readonly deliveries: readonly DeliveryColumns[];
  readonly fates: readonly EventFate[];
  /** Settlements of claims that nobody held. */
  readonly fenced: number;
  /** When the next turn is due by itself; null for never. */
  readonly dueAt: number | null;
  /** When the next sweep is due; null for never. */
  readonly sweepAt: number | null;
}

/** Why an operation did not do what it was asked; it then changed nothing. */
export interface Refusal {
  readonly code: 'conflict' | 'not_found';
  readonly message: string;
  readonly details: Readonly<Record<string, unknown>>;
}

/** The first call: what was running when the process before this one ended. */
export interface RecoverInput {
  readonly now: number;
  readonly begun: readonly number[];
}

/** Removes what has expired, at most `limit` rows. */
export interface SweepInput {
  readonly now: number;
  readonly limit: number;
}

/** A subscription joins its group. */
export interface JoinInput {
  readonly now: number;
  readonly member: number;
  readonly spec: MemberSpec;
}

/** A subscription leaves its group. */
export interface LeaveInput {
  readonly now: number;
  readonly member: number;
  /** Claims whose handlers had begun. */
  readonly begun: readonly number[];
}

/** A page of a request's events. */
export interface ChainInput {
  readonly now: number;
  readonly requestId: string;
  /** Position of the last event of the page before; null to begin. */
  readonly after: number | null;
  readonly limit: number;
}

/** What the program knows of a handling; `ref` while a member holds the event. */
export interface ChainHandling extends StoredHandling {
  readonly ref: number | null;
}

/** The page, and where to go on; null at the end. */
export interface ChainOutput {
  readonly events: readonly StoredEvent[];
  readonly handlings: readonly ChainHandling[];
  readonly next: number | null;
}

/** Which dead letters to list. */
export interface DeadLetterListInput {
  readonly filter: DeadLetterFilter;
  readonly sinceMs: number | null;
  readonly cursor: string | null;
  readonly limit: number;
}

/** Which dead letters to redrive or discard. */
export interface DeadLetterChangeInput {
  readonly now: number;
  readonly which: DeadLetterFilter | readonly string[];
  readonly sinceMs: number | null;
  readonly action: 'redrive' | 'discard';
  readonly delayMs: number;
  readonly spacingMs: number;
  readonly limit: number;
}

/** What the program counts for `inspect`. */
export interface CountsOutput {
  readonly version: string;
  readonly events: number;
  readonly channels: readonly {
    readonly name: string;
    readonly events: number;
    readonly bytes: number;
    readonly published: number;
  }[];
  readonly deadLetters: Readonly<Record<DeadLetterReason, number>>;
  readonly idleGroups: readonly { readonly name: string; readonly idleMs: number }[];
}
