/** The proofs over HTTP: real runs in the caller's workspace, each answered with the request to follow. */
import { routes } from '@raptorflow/contract';
import { formatUsd } from '@raptorflow/runtime';
import type { LoopProof, OverspendProof } from '@raptorflow/society';
import type { FastifyInstance } from 'fastify';
import { registerRoutes, type RegisterDeps } from '../register.ts';

/** What the proof routes answer from. */
export interface ProofRouteDeps extends RegisterDeps {
  readonly loopProof: Pick<LoopProof, 'begin'>;
  readonly overspendProof: Pick<OverspendProof, 'run'>;
}

const rehearsalNote =
  'Rehearsal: no provider is called and no real money is spent. The calls are booked in a ledger beside this workspace’s own, so its month stays as it is.';

/** Registers `/api/v1/proofs/…`. */
export function registerProofRoutes(app: FastifyInstance, deps: ProofRouteDeps): void {
  registerRoutes(
    app,
    routes.proofs,
    {
      async loop(_input, call) {
        const { requestId, eventId } = await deps.loopProof.begin(call.workspaceId);
        return { request_id: requestId, event_id: eventId };
      },
      async overspend(_input, call) {
        const told = await deps.overspendProof.run(call.workspaceId);
        return {
          request_id: told.requestId,
          budget_id: told.budgetId,
          agents: told.agents,
          calls_made: told.made,
          calls_refused: told.refused,
          calls_failed: told.failed,
          at_once_max: told.atOnceMax,
          cap_usd: formatUsd(told.capMicroUsd),
          spent_usd: formatUsd(told.spentMicroUsd),
          reserved_usd: formatUsd(told.reservedMicroUsd),
          uncertain_usd: formatUsd(told.uncertainMicroUsd),
          over_usd: formatUsd(told.overMicroUsd),
          billed_usd: formatUsd(told.billedMicroUsd),
          unguarded_usd: formatUsd(told.unguardedMicroUsd),
          refusal: told.refusal,
          took_ms: told.tookMs,
          note: rehearsalNote,
        };
      },
    },
    deps,
  );
}
