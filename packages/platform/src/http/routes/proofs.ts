/** The proofs over HTTP: real runs in the caller's workspace, each answered with the request to follow. */
import { routes } from '@raptorflow/contract';
import type { LoopProof } from '@raptorflow/society';
import type { FastifyInstance } from 'fastify';
import { registerRoutes, type RegisterDeps } from '../register.ts';

/** What the proof routes answer from. */
export interface ProofRouteDeps extends RegisterDeps {
  readonly loopProof: Pick<LoopProof, 'begin'>;
}

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
    },
    deps,
  );
}
