import type { AuditEntry } from '../audit/index.ts';
import type { Booking } from './booking.ts';
import type { CallAttempt } from './call.ts';
import type { AttemptOutcome, Hold } from './ledger.ts';
import { formatUsd } from './money.ts';

/** That a model is about to be called: recorded with the reservation, before anything leaves. */
export function dispatchEntry(attempt: CallAttempt, hold: Hold): AuditEntry {
  return {
    ...aboutCall(attempt),
    action: 'model.dispatch',
    details: {
      provider: attempt.provider,
      model: attempt.model,
      requested_model: attempt.requestedModel,
      reserved_usd: formatUsd(hold.amountMicroUsd),
    },
  };
}

/** What became of it: recorded with its settlement. The two rows name the same attempt. */
export function settlementEntry(attempt: CallAttempt, outcome: AttemptOutcome, booking: Booking): AuditEntry {
  return {
    ...aboutCall(attempt),
    action: 'model.settle',
    outcome: booking.state === 'settled' ? 'ok' : 'failed',
    details: {
      state: booking.state,
      cost_usd: formatUsd(booking.costMicroUsd),
      estimated: booking.estimated,
      error_code: outcome.errorCode,
      price_version: outcome.priceVersion,
    },
  };
}

function aboutCall(attempt: CallAttempt): Omit<AuditEntry, 'action'> {
  const { agentId } = attempt;
  return {
    workspaceId: attempt.workspaceId,
    // The hold between the two says whether a call is open; an intent would say it a second time.
    phase: 'event',
    actor: agentId === null ? { kind: 'system', id: 'dispatcher' } : { kind: 'agent', id: agentId },
    target: { kind: 'model_call', id: `${attempt.callId}.${attempt.attempt}` },
    correlationId: attempt.correlationId,
    agentId,
    agentRunId: attempt.agentRunId,
    campaignId: attempt.campaignId,
  };
}
