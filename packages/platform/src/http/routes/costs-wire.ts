/** Costs and budgets in the words of the wire. */
import type { Budget, CostLine as WireLine, CostRow, Hold, Reconciliation } from '@raptorflow/contract';
import {
  formatUsd,
  type CostLine,
  type CostSum,
  type OpenHold,
  type Reconciled,
  type WorkspaceStanding,
} from '@raptorflow/runtime';

/** The workspace's month. */
export function budgetToWire(standing: WorkspaceStanding, timeZone: string): Budget {
  const { capMicroUsd, spentMicroUsd, reservedMicroUsd, uncertainMicroUsd } = standing;
  const remaining = capMicroUsd - spentMicroUsd - reservedMicroUsd - uncertainMicroUsd;
  return {
    month: standing.period,
    time_zone: timeZone,
    cap_usd: formatUsd(capMicroUsd),
    spent_usd: formatUsd(spentMicroUsd),
    reserved_usd: formatUsd(reservedMicroUsd),
    uncertain_usd: formatUsd(uncertainMicroUsd),
    // A cap that was lowered in the middle of a month can lie below what was spent; nothing remains then.
    remaining_usd: formatUsd(Math.max(0, remaining)),
    resets_at: new Date(standing.periodEnd).toISOString(),
  };
}

/** What sums and totals have in common. */
export function sumToWire(sum: CostSum): Omit<CostRow, 'key' | 'label'> {
  return {
    calls: sum.calls,
    attempts: sum.attempts,
    prompt_tokens: sum.inputTokens,
    completion_tokens: sum.outputTokens,
    cost_usd: formatUsd(sum.costMicroUsd),
    uncertain_usd: formatUsd(sum.uncertainMicroUsd),
    estimated_usd: formatUsd(sum.estimatedMicroUsd),
  };
}

/** The sum of one group. */
export function costRowToWire(sum: CostSum, label: string): CostRow {
  return { key: sum.key, label, ...sumToWire(sum) };
}

/** One attempt. */
export function costLineToWire(line: CostLine): WireLine {
  return {
    call_id: line.callId,
    attempt: line.attempt,
    revision: line.revision,
    month: line.period,
    day: line.day,
    provider: line.provider,
    requested_model: line.requestedModel,
    model: line.model,
    guild: line.guild,
    agent_id: line.agentId,
    agent_run_id: line.agentRunId,
    campaign_id: line.campaignId,
    budget_id: line.budgetId,
    correlation_id: line.correlationId,
    status: line.status,
    prompt_tokens: line.inputTokens,
    cached_prompt_tokens: line.cachedInputTokens,
    cache_write_tokens: line.cacheWriteTokens,
    completion_tokens: line.outputTokens,
    reasoning_tokens: line.reasoningTokens,
    cost_usd: formatUsd(line.costMicroUsd),
    estimated: line.estimated,
    price_version: line.priceVersion,
    raw_usage: line.rawUsage,
    streamed: line.streamed,
    latency_ms: line.latencyMs,
    error_code: line.errorCode,
    created_at: line.createdAt,
  };
}

/** Money that is set aside. */
export function holdToWire(hold: OpenHold): Hold {
  return {
    call_id: hold.callId,
    attempt: hold.attempt,
    state: hold.state,
    month: hold.period,
    held_usd: formatUsd(hold.amountMicroUsd),
    provider: hold.provider,
    model: hold.model,
    agent_id: hold.agentId,
    agent_run_id: hold.agentRunId,
    campaign_id: hold.campaignId,
    correlation_id: hold.correlationId,
    created_at: hold.createdAt,
  };
}

/** What became of a hold, with what that means for the budgets. */
export function reconciliationToWire(
  which: { readonly callId: string; readonly attempt: number },
  { costMicroUsd, heldMicroUsd }: Reconciled,
): Reconciliation {
  const [cost, held] = [formatUsd(costMicroUsd), formatUsd(heldMicroUsd)];
  const back = formatUsd(Math.max(0, heldMicroUsd - costMicroUsd));
  const effect =
    costMicroUsd > heldMicroUsd
      ? `$${formatUsd(costMicroUsd - heldMicroUsd)} more than was held is charged now, so that the budgets say the truth.`
      : `$${back} of the $${held} that were charged can be spent again.`;
  return {
    call_id: which.callId,
    attempt: which.attempt,
    cost_usd: cost,
    held_usd: held,
    given_back_usd: back,
    message: `Booked $${cost} for attempt ${which.attempt} of ${which.callId}, in every budget that it belongs to. ${effect}`,
  };
}

/** The first and the last day of a month written as `2026-11`. */
export function daysOfMonth(month: string): { readonly from: string; readonly to: string } {
  const [year = 0, number = 1] = month.split('-').map(Number);
  // Day 0 of the month after is the last of this one.
  const last = new Date(Date.UTC(year, number, 0)).getUTCDate();
  return { from: `${month}-01`, to: `${month}-${String(last).padStart(2, '0')}` };
}
