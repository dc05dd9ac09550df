import type { JsonObject, ModelUsage } from '../models/model.ts';
import type { CallAttempt } from './call.ts';
import type { BudgetKey, BudgetLevel } from './levels.ts';

/**
 * Money set aside for one attempt, durably, before the request leaves. Its states:
 * - `reserved`: set aside; the request has not left. If its process dies, it is released, because it provably cost nothing;
 * - `dispatched`: the request may have left. If its process dies, it becomes uncertain;
 * - `settled`: its cost is booked;
 * - `released`: it cost nothing, provably;
 * - `uncertain`: nobody knows what it cost; it is charged in full until it is reconciled, and no timer ever frees it.
 */
export interface Hold {
  readonly workspaceId: string;
  readonly callId: string;
  readonly attempt: number;
  /** The month it is charged to, fixed when it was reserved. */
  readonly period: string;
  readonly amountMicroUsd: number;
  /** Every budget that it is charged to. */
  readonly levels: readonly BudgetKey[];
}

/** One of the states of a hold. */
export type HoldState = 'reserved' | 'dispatched' | 'settled' | 'released' | 'uncertain';

/**
 * How an attempt ended:
 * - `completed`: answered; charged by its usage, or by the hold when the provider told none;
 * - `failed`: turned away before the provider worked on it, or it never left; charged nothing;
 * - `uncertain`: it left and no usage came back; charged at the full hold.
 */
export type AttemptStatus = 'completed' | 'failed' | 'uncertain';

/** What is known of an attempt when it ends. */
export interface AttemptOutcome {
  readonly status: AttemptStatus;
  readonly usage: ModelUsage | null;
  readonly rawUsage: JsonObject | null;
  /** By the price table, or a bound; null when it follows from the status. */
  readonly costMicroUsd: number | null;
  /** Says that `costMicroUsd` is a bound: the usage of a stream that broke off is not known in full. */
  readonly costEstimated?: boolean;
  readonly priceVersion: string;
  readonly latencyMs: number;
  readonly streamed: boolean;
  /** The code of the failure, or null. */
  readonly errorCode: string | null;
}

/** What was booked. */
export interface Settlement {
  readonly costMicroUsd: number;
  /** True when the cost is a bound (the hold, or less) and not a count. */
  readonly estimated: boolean;
}

/** A budget as it stands. Integers of micro-USD; spent + uncertain + reserved never exceeds a cap that was there before. */
export interface BudgetStanding {
  readonly workspaceId: string;
  readonly level: BudgetLevel;
  /** Who of the level; empty for the workspace. */
  readonly subject: string;
  /** `2026-11`, or `lifetime`. */
  readonly period: string;
  /** Null for a lifetime. */
  readonly periodStart: string | null;
  readonly periodEnd: string | null;
  /** Null where nobody set one. */
  readonly capMicroUsd: number | null;
  /** Settled. */
  readonly spentMicroUsd: number;
  /** Held by attempts under way. */
  readonly reservedMicroUsd: number;
  /** Charged in full because nobody knows, until it is reconciled. */
  readonly uncertainMicroUsd: number;
}

/** The workspace's own budget: it always has a month and a cap. */
export interface WorkspaceStanding extends BudgetStanding {
  readonly periodStart: string;
  readonly periodEnd: string;
  readonly capMicroUsd: number;
}

/** How long a reservation waits for money that others have set aside; default: not at all. */
export interface Patience {
  readonly waitMsMax: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Books every attempt: reserve before, settle after. Operations that arrive together share a transaction, in which money
 * that comes back is there for those that ask.
 */
export interface Ledger {
  /**
   * Sets the worst case aside on every level; durable when it resolves. Where it would fit if what others hold came back, it waits for that in
   * turn, as long as `patience` allows. Throws `budget_exceeded` with level, spent, reserved, uncertain, cap and need in the details when it
   * does not fit, `cancelled`, or `exhausted` when too many wait; nothing is booked then.
   */
  reserve(attempt: CallAttempt, worstCaseMicroUsd: number, patience?: Patience): Promise<Hold>;
  /** Notes that the request leaves now; durable when it resolves. Throws `conflict` when the hold was taken back: then it must not leave. */
  dispatched(hold: Hold): Promise<void>;
  /**
   * Turns the hold into a cost and writes the cost log, in one transaction. A second call for the same attempt changes
   * nothing and answers what was booked, except that a known outcome reconciles an uncertain one.
   */
  settle(hold: Hold, attempt: CallAttempt, outcome: AttemptOutcome): Promise<Settlement>;
  /** Writes the cost log of an attempt that costs nothing (the offline model). */
  record(attempt: CallAttempt, outcome: AttemptOutcome): Promise<void>;
  /** The workspace's present month. */
  standing(workspaceId: string): Promise<WorkspaceStanding>;
}
