/** Budgets below the workspace in the words of the wire. */
import type { BudgetLevel, SubBudget } from '@raptorflow/contract';
import { formatUsd, parseUsd, type BudgetStanding } from '@raptorflow/runtime';
import { RaptorFlowError } from 'raptorflow/kernel';

/** A cap of the wire in micro-US-dollars. Throws `invalid_input` for one beyond what is counted exactly. */
export function amountOf(usd: string): number;
/** The same where there may be none. */
export function amountOf(usd: string | null): number | null;
export function amountOf(usd: string | null): number | null {
  if (usd === null) return null;
  const microUsd = parseUsd(usd);
  if (microUsd === undefined || !Number.isSafeInteger(microUsd)) {
    throw new RaptorFlowError(
      'invalid_input',
      `$${usd} is more than can be counted; use at most $999999999.`,
    );
  }
  return microUsd;
}

/** One budget. */
export function subBudgetToWire(standing: BudgetStanding, label: string): SubBudget {
  const { capMicroUsd: cap, spentMicroUsd, reservedMicroUsd, uncertainMicroUsd } = standing;
  return {
    level: standing.level as BudgetLevel,
    subject: standing.subject,
    label,
    period: standing.period,
    cap_usd: cap === null ? null : formatUsd(cap),
    spent_usd: formatUsd(spentMicroUsd),
    reserved_usd: formatUsd(reservedMicroUsd),
    uncertain_usd: formatUsd(uncertainMicroUsd),
    // A cap may be set below what was spent; nothing remains then.
    remaining_usd:
      cap === null
        ? null
        : formatUsd(Math.max(0, cap - spentMicroUsd - reservedMicroUsd - uncertainMicroUsd)),
    resets_at: standing.periodEnd,
  };
}
