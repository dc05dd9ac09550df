import type { CallAttempt } from './call.ts';
import type { AttemptOutcome, Hold, HoldState, Settlement } from './ledger.ts';
import type { CostLogRow } from './tables.ts';

/** What an outcome makes of a hold. */
export interface Booking extends Settlement {
  readonly state: Extract<HoldState, 'settled' | 'released' | 'uncertain'>;
}

/** What an outcome costs. */
export function bookingOf(hold: Pick<Hold, 'amountMicroUsd'>, outcome: AttemptOutcome): Booking {
  const full = { costMicroUsd: hold.amountMicroUsd, estimated: true };
  if (outcome.status === 'failed') return { costMicroUsd: 0, estimated: false, state: 'released' };
  if (outcome.status === 'uncertain') return { ...full, state: 'uncertain' };
  if (outcome.costMicroUsd === null) return { ...full, state: 'settled' };
  return {
    costMicroUsd: outcome.costMicroUsd,
    estimated: outcome.costEstimated ?? false,
    state: 'settled',
  };
}

/** The outcome of an attempt whose process died: it cost nothing if its request had not left, else nobody knows. */
export function outcomeOfDeath(state: HoldState | undefined): AttemptOutcome {
  return {
    status: state === 'reserved' ? 'failed' : 'uncertain',
    usage: null,
    rawUsage: null,
    costMicroUsd: null,
    priceVersion: 'unknown',
    latencyMs: 0,
    streamed: false,
    errorCode: 'process_died',
  };
}

/** Where in the calendar a line stands. */
export interface LinePlace {
  readonly period: string;
  readonly day: string;
  readonly nowMs: number;
}

/** A line of the cost log, without its workspace, which the handle fills in. */
export type CostLine = Omit<CostLogRow, 'workspace_id'>;

/** The line of an attempt. */
export function costLine(
  attempt: CallAttempt,
  outcome: AttemptOutcome,
  booking: Settlement,
  at: LinePlace,
): CostLine {
  const { usage } = outcome;
  return {
    call_id: attempt.callId,
    attempt: attempt.attempt,
    revision: 0,
    period: at.period,
    day: at.day,
    provider: attempt.provider,
    requested_model: attempt.requestedModel,
    model: attempt.model,
    guild: attempt.guild,
    agent_id: attempt.agentId,
    agent_run_id: attempt.agentRunId,
    campaign_id: attempt.campaignId,
    budget_id: attempt.budgetId,
    correlation_id: attempt.correlationId,
    status: outcome.status,
    input_tokens: usage?.inputTokens ?? 0,
    cached_input_tokens: usage?.cachedInputTokens ?? 0,
    cache_write_tokens: usage?.cacheWriteTokens ?? 0,
    output_tokens: usage?.outputTokens ?? 0,
    reasoning_tokens: usage?.reasoningTokens ?? 0,
    cost_micro_usd: booking.costMicroUsd,
    estimated: booking.estimated ? 1 : 0,
    price_version: outcome.priceVersion,
    raw_usage: outcome.rawUsage === null ? null : JSON.stringify(outcome.rawUsage),
    error_code: outcome.errorCode,
    streamed: outcome.streamed ? 1 : 0,
    latency_ms: outcome.latencyMs,
    created_at_ms: at.nowMs,
  };
}

/** The line that carries the difference between what an uncertain attempt was charged and what it cost. */
export function correction(line: CostLine, chargedMicroUsd: number): CostLine {
  return { ...line, revision: 1, cost_micro_usd: line.cost_micro_usd - chargedMicroUsd };
}
