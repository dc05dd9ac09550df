import type { Writing } from '../db/index.ts';
import type { Booking } from './booking.ts';
import type { OpenBudget } from './budget-rows.ts';
import type { CallAttempt } from './call.ts';
import type { AttemptOutcome, Hold } from './ledger.ts';
import { formatUsd } from './money.ts';

/** Tells that a paid attempt is booked, with the transaction that books it. */
export function tellSettlement(
  writing: Writing,
  told: {
    readonly hold: Hold;
    readonly attempt: CallAttempt;
    readonly outcome: AttemptOutcome;
    readonly booking: Booking;
  },
): void {
  const { hold, attempt, outcome, booking } = told;
  writing.publish('sys.state.update', {
    type: 'model.inference_complete',
    payload: {
      call_id: hold.callId,
      attempt: hold.attempt,
      provider: attempt.provider,
      model: attempt.model,
      status: outcome.status,
      agent_id: attempt.agentId,
      agent_run_id: attempt.agentRunId,
      campaign_id: attempt.campaignId,
      // In the payload alone: the story of a request shows the call itself, below what made it.
      correlation_id: attempt.correlationId,
      prompt_tokens: outcome.usage?.inputTokens ?? 0,
      completion_tokens: outcome.usage?.outputTokens ?? 0,
      cost_usd: formatUsd(booking.costMicroUsd),
      estimated: booking.estimated,
    },
    ...(attempt.agentId === null ? {} : { sourceAgentId: attempt.agentId }),
    ...(attempt.budgetId === null ? {} : { budgetId: attempt.budgetId }),
  });
}

/** Tells that a budget has reached a threshold. */
export function tellWarning(
  writing: Writing,
  budget: Pick<OpenBudget, 'key' | 'spent' | 'uncertain' | 'held' | 'capMicroUsd'>,
  percent: number,
): void {
  const { key, spent, uncertain, held, capMicroUsd } = budget;
  writing.publish(percent >= 100 ? 'sys.alert.critical' : 'sys.alert.warning', {
    type: 'budget.warning',
    payload: {
      level: key.level,
      subject: key.subject,
      period: key.period,
      percent,
      spent_usd: formatUsd(spent),
      uncertain_usd: formatUsd(uncertain),
      reserved_usd: formatUsd(held),
      cap_usd: formatUsd(capMicroUsd ?? 0),
    },
  });
}
