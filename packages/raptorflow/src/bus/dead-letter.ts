import type { DeadLetterReason } from './channel.ts';
import type { BusEvent } from './event.ts';

/** What an attempt threw, cut to limits. */
export interface FailureRecord {
  readonly name: string;
  readonly message: string;
  readonly stack: string | null;
  /** The error's code, when it had one. */
  readonly code: string | null;
}

/** One attempt that did not succeed. */
export interface AttemptRecord {
  readonly attempt: number;
  /** When it ended, RFC 3339. */
  readonly at: string;
  /** Name and message of what it threw. */
  readonly error: string;
}

/** One event of a chain. */
export interface ChainLink {
  readonly eventId: string;
  readonly type: string;
  /** Who published it; null when it did not say. */
  readonly agentId: string | null;
}

/** An event that could not be handled, and why. */
export interface DeadLetter {
  /** Id of the dead letter; it is an event on `sys.dlq.<reason>` itself. */
  readonly id: string;
  readonly reason: DeadLetterReason;
  /** When it was given up, RFC 3339. */
  readonly deadAt: string;
  /** The channel that the event was published on, or should have been. */
  readonly channel: string;
  /** The group that failed; null when the event was refused at publishing. */
  readonly group: string | null;
  readonly workspaceId: string | null;
  readonly error: FailureRecord;
  /** Attempts in order; the newest 20 if there were more. */
  readonly attempts: readonly AttemptRecord[];
  /** How many attempts were counted. */
  readonly attemptCount: number;
  /**
   * Of a loop: the events that led to it, oldest first, as far as they were stored; else null. The last is the one that was refused, and before it
   * stands the one that its publisher was handling: each has a letter of its own, if the handler let the refusal through.
   */
  readonly chain: readonly ChainLink[] | null;
  /** The event, whole. Of one refused at publishing the payload may be cut: then it is a text with the beginning. */
  readonly event: BusEvent;
  /** What became of it: `open` until it is redriven or discarded. */
  readonly state: 'open' | 'redriven' | 'discarded';
  /** When that happened, RFC 3339; null while open. */
  readonly settledAt: string | null;
}

/** Which dead letters. Absent fields do not restrict. */
export interface DeadLetterFilter {
  readonly reason?: DeadLetterReason | undefined;
  /** The original channel. */
  readonly channel?: string | undefined;
  readonly group?: string | undefined;
  readonly workspaceId?: string | undefined;
  /** Given up at or after this moment: epoch milliseconds or RFC 3339. */
  readonly since?: number | string | undefined;
  /** Default `open`. */
  readonly state?: DeadLetter['state'] | undefined;
}

/** A page of dead letters. */
export interface DeadLetterPage {
  /** Newest first. */
  readonly items: readonly DeadLetter[];
  /** Pass it to `list` for the next page; null at the end. */
  readonly cursor: string | null;
  /** How many match the filter in all; behind a cursor, how many did when the first page was read, or now. */
  readonly total: number;
}

/** What `redrive` or `discard` did. */
export interface DeadLetterChange {
  /** Dead letters that changed. */
  readonly changed: number;
  /** Those that were asked for and could not, with the reason; at most 100 are listed. */
  readonly refused: readonly { readonly id: string; readonly why: string }[];
}

/** Events that were given up. */
export interface DeadLetters {
  /** Newest first, at most `limit` (default 100, at most 1,000). Rejects with `invalid_input` for a cursor that no page gave. */
  list(
    filter?: DeadLetterFilter & { readonly cursor?: string; readonly limit?: number },
  ): Promise<DeadLetterPage>;
  get(id: string): Promise<DeadLetter | null>;
  /**
   * Gives events back, with their ids, to the group that failed and to no other; attempts count from 1 again. With
   * `ratePerSecond` they fall due one after the other. A letter without a group (refused at publishing) is not
   * redriven: publish it anew. Announced as `dead_letter.redriven` on `sys.state.update`.
   */
  redrive(
    which: DeadLetterFilter | readonly string[],
    options?: { readonly ratePerSecond?: number },
  ): Promise<DeadLetterChange>;
  /** Gives events up for good. They stay readable by id until their retention ends. Announced as `dead_letter.discarded`. */
  discard(which: DeadLetterFilter | readonly string[]): Promise<DeadLetterChange>;
}
