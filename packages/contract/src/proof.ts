/** Proofs: real runs that anybody may start with one click, each of which ends at its trace. */
import { z } from 'zod';

import { identifierSchema } from './primitives.ts';
import { defineRoutes } from './route.ts';

/** A loop proof that has begun. */
export const loopProofSchema = z
  .object({
    request_id: identifierSchema.meta({
      description: 'GET /api/v1/bus/trace/{id} shows what becomes of it.',
    }),
    event_id: identifierSchema.meta({ description: "The first agent's first word." }),
  })
  .meta({ id: 'LoopProof' });
export type LoopProof = z.infer<typeof loopProofSchema>;

/** Routes under `/api/v1/proofs`. */
export const proofRoutes = defineRoutes({
  loop: {
    method: 'POST',
    path: '/api/v1/proofs/loop',
    role: 'member',
    tag: 'proofs',
    summary:
      'Let two agents answer each other until the loop breaker stops them; 409 while the workspace has such a proof running.',
    response: loopProofSchema,
    status: 202,
  },
});
