/** Costs and budgets in the words of the wire. */
import type { Budget, CostRow } from '@raptorflow/contract';
import { formatUsd, type CostSum, type WorkspaceStanding } from '@raptorflow/runtime';

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

/** The sum of one group. */
export function costRowToWire(sum: CostSum, label: string): CostRow {
  return {
    key: sum.key,
    label,
    calls: sum.calls,
    prompt_tokens: sum.inputTokens,
    completion_tokens: sum.outputTokens,
    cost_usd: formatUsd(sum.costMicroUsd),
  };
}

/** The first and the last day of a month written as `2026-11`. */
export function daysOfMonth(month: string): { readonly from: string; readonly to: string } {
  const [year = 0, number = 1] = month.split('-').map(Number);
  // Day 0 of the month after is the last of this one.
  const last = new Date(Date.UTC(year, number, 0)).getUTCDate();
  return { from: `${month}-01`, to: `${month}-${String(last).padStart(2, '0')}` };
}
