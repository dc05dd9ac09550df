import { isRaptorFlowError } from 'raptorflow/kernel';
import type { Meter } from 'raptorflow/metrics';
import type { CallAttempt } from './call.ts';
import type { AttemptOutcome, Hold, Ledger, Settlement } from './ledger.ts';

/** A ledger that also counts what it books: every attempt passes through it exactly once. */
export function meteredLedger(ledger: Ledger, meter: Meter): Ledger {
  const attempts = meter.counter({
    name: 'model_attempts',
    unit: 'calls',
    description: 'Attempts at calling a model, by how they were booked.',
    category: 'reliability',
  });
  const durations = meter.histogram({
    name: 'model_attempt_ms',
    unit: 'ms',
    description: 'Time from sending a request to a model until its whole answer, or its failure.',
    category: 'performance',
  });
  const tokens = meter.counter({
    name: 'model_tokens',
    unit: 'tokens',
    description: 'Tokens that models counted, by direction.',
    category: 'business',
  });
  const cost = meter.counter({
    name: 'model_cost_micro_usd',
    unit: 'micro_usd',
    description: 'What model calls were booked at, in millionths of a US dollar.',
    category: 'business',
  });
  const refusals = meter.counter({
    name: 'model_calls_refused',
    unit: 'calls',
    description: 'Calls that were not made because their worst case did not fit into the budget.',
    category: 'business',
  });
  const count = (attempt: CallAttempt, outcome: AttemptOutcome, costMicroUsd: number): void => {
    const { model, provider, workspaceId, agentId } = attempt;
    attempts.with({ provider, model, status: outcome.status }).add();
    durations.with({ model }).record(outcome.latencyMs);
    cost.with({ model, workspace_id: workspaceId, agent_id: agentId ?? '' }).add(costMicroUsd);
    if (!outcome.usage) return;
    const { inputTokens, cachedInputTokens, outputTokens } = outcome.usage;
    tokens.with({ model, direction: 'input' }).add(inputTokens);
    tokens.with({ model, direction: 'cached_input' }).add(cachedInputTokens);
    tokens.with({ model, direction: 'output' }).add(outputTokens);
  };
  return {
    async reserve(attempt, worstCaseMicroUsd, patience): Promise<Hold> {
      try {
        return await ledger.reserve(attempt, worstCaseMicroUsd, patience);
      } catch (error) {
        if (isRaptorFlowError(error, 'budget_exceeded')) {
          refusals.with({ model: attempt.model, workspace_id: attempt.workspaceId }).add();
        }
        throw error;
      }
    },
    dispatched: (hold) => ledger.dispatched(hold),
    async settle(hold, attempt, outcome): Promise<Settlement> {
      const settlement = await ledger.settle(hold, attempt, outcome);
      count(attempt, outcome, settlement.costMicroUsd);
      return settlement;
    },
    async record(attempt, outcome): Promise<void> {
      await ledger.record(attempt, outcome);
      count(attempt, outcome, 0);
    },
    standing: (workspaceId) => ledger.standing(workspaceId),
  };
}
