import type { JsonObject, ModelUsage } from '../models/model.ts';

/** Who a call is made for. */
export interface CallAttribution {
  readonly workspaceId: string;
  readonly agentId: string | null;
  readonly agentRunId: string | null;
  readonly campaignId: string | null;
  readonly correlationId: string | null;
}

/** One attempt at a call: every retry is paid for on its own. */
export interface CallAttempt extends CallAttribution {
  readonly callId: string;
  /** The first is 1. */
  readonly attempt: number;
  readonly provider: string;
  /** As it was asked for: an alias or a full id. */
  readonly requestedModel: string;
  readonly model: string;
}

/** Money set aside for one attempt, durably, before the request leaves. */
export interface Hold {
  readonly workspaceId: string;
  readonly callId: string;
  readonly attempt: number;
  /** The month it is charged to, fixed when it was reserved. */
  readonly period: string;
  readonly amountMicroUsd: number;
}

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
  /** By the price table; null when it follows from the status. */
  readonly costMicroUsd: number | null;
  readonly priceVersion: string;
  readonly latencyMs: number;
  readonly streamed: boolean;
  /** The code of the failure, or null. */
  readonly errorCode: string | null;
}

/** What was booked. */
export interface Settlement {
  readonly costMicroUsd: number;
  /** True when the cost is the hold and not a count. */
  readonly estimated: boolean;
}

/** A workspace's money in its present month. Integers of micro-USD; spent + reserved never exceeds the cap. */
export interface BudgetStanding {
  readonly workspaceId: string;
  readonly period: string;
  readonly periodStart: string;
  readonly periodEnd: string;
  readonly capMicroUsd: number;
  readonly spentMicroUsd: number;
  /** Held by attempts under way, or by ones that a crash interrupted. */
  readonly reservedMicroUsd: number;
  /** The part of `spentMicroUsd` that was charged in full because nobody knows. */
  readonly uncertainMicroUsd: number;
}

/** Books every attempt: reserve before, settle after. */
export interface Ledger {
  /**
   * Sets the worst case aside; durable when it resolves. Throws `budget_exceeded` with spent, reserved, cap and need in
   * the details when it does not fit; nothing is booked then.
   */
  reserve(attempt: CallAttempt, worstCaseMicroUsd: number): Promise<Hold>;
  /**
   * Turns the hold into a cost and writes the cost log, in one transaction. A second call for the same attempt changes
   * nothing and answers what was booked.
   */
  settle(hold: Hold, attempt: CallAttempt, outcome: AttemptOutcome): Promise<Settlement>;
  /** Writes the cost log of an attempt that costs nothing (the offline model). */
  record(attempt: CallAttempt, outcome: AttemptOutcome): Promise<void>;
  /** The workspace's present month. */
  standing(workspaceId: string): Promise<BudgetStanding>;
}
