import type { HandlingState } from './engine.ts';
import type { BusEvent } from './event.ts';

/** Where one group is with one event of a trace. */
export interface TraceHandling {
  readonly group: string;
  /** `waiting` until its handler begins; `retrying` between attempts. After a redrive it is where the redriven event is. */
  readonly state: HandlingState;
  /** Attempts counted, the running one included; from the last redrive on. */
  readonly attempts: number;
  /** When the first attempt began, RFC 3339; null when no attempt was recorded, as for plain events that were handled at once. */
  readonly beganAt: string | null;
  /** When the last attempt ended. */
  readonly endedAt: string | null;
  /** How long the handler ran, all attempts together. */
  readonly tookMs: number | null;
  /** Name and message of the last failure, also of an event that was handled in the end. */
  readonly lastError: string | null;
  readonly deadLetterId: string | null;
}

/** An event without its payload, which `bus.getMessage` gives. */
export type TracedEvent = Omit<BusEvent, 'payload' | 'trail'>;

/** An event of a trace with everything that it caused. */
export interface TraceNode {
  readonly id: string;
  /**
   * `stored`; `gone` (its retention has ended, or nobody here ever stored it); `refused` at publishing; `elsewhere` (it belongs to another
   * request, see its `requestId`); `hidden` (it belongs to another workspace than the one that was asked for).
   */
  readonly presence: 'stored' | 'gone' | 'refused' | 'elsewhere' | 'hidden';
  /** Null when only the id is known. Of an event that is gone or was refused it is what a dead letter holds of it. */
  readonly event: TracedEvent | null;
  readonly handlings: readonly TraceHandling[];
  /** What the event cost, in micro-US-dollars; null when that is not known for single events. */
  readonly costMicroUsd: number | null;
  /** What it caused, in the order of storing; dead letters of it included. */
  readonly children: readonly TraceNode[];
}

/** What a trace adds up to. */
export interface TraceCounts {
  /** Events that are stored. */
  readonly events: number;
  /** Ancestors that are named and not stored in this story. */
  readonly missing: number;
  /** Pairs of event and group. */
  readonly handlings: Readonly<Record<HandlingState, number>>;
  readonly attempts: number;
}

/** What a story cost, in micro-US-dollars. */
export interface TraceCost {
  readonly totalMicroUsd: number;
  /** By event id, where it is known for single events. */
  readonly byEvent?: ReadonlyMap<string, number>;
}

/** The story whose cost is asked for. */
export interface TracedStory {
  readonly requestId: string;
  /** Workspaces of its events, each once. */
  readonly workspaceIds: readonly string[];
  readonly eventIds: readonly string[];
}

/** Tells what a story cost; null when it does not know. Given to `createBus` by whoever keeps the ledger. */
export type CostOf = (story: TracedStory) => Promise<TraceCost | null>;

/** What a request set off, as far as it is stored. */
export interface Trace {
  readonly requestId: string;
  /** The event that was asked for; null when it was the request. */
  readonly eventId: string | null;
  /** Events without a cause in this story, in the order of storing. */
  readonly roots: readonly TraceNode[];
  readonly counts: TraceCounts;
  /** Nothing waits, runs or is retried. */
  readonly isSettled: boolean;
  /** The first event's timestamp. */
  readonly startedAt: string;
  /** When the last thing happened that is known. */
  readonly endedAt: string;
  readonly durationMs: number;
  /** Null without a `costOf`, and when it failed. */
  readonly cost: TraceCost | null;
  /** There are more events than `limits.traceEventsMax`; the oldest are shown. */
  readonly truncated: boolean;
}

/** Whose events a trace shows. */
export interface TraceOptions {
  /** Only events of this workspace; others that stand between them are `hidden`. Default: all. */
  readonly workspaceId?: string | undefined;
}
