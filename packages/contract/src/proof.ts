/** Proofs: real runs that anybody may start with one click, each of which ends at its trace. */
import { z } from 'zod';

import { countSchema, identifierSchema, millisecondsSchema, moneySchema } from './primitives.ts';
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

/** What became of a swarm of agents against a budget of one cent. No provider was called and no real money was spent. */
export const overspendProofSchema = z
  .object({
    request_id: identifierSchema.meta({ description: 'GET /api/v1/bus/trace/{id} shows its events.' }),
    budget_id: identifierSchema,
    agents: countSchema.meta({ description: 'All of them called at the same moment.' }),
    calls_made: countSchema,
    calls_refused: countSchema.meta({ description: 'Refused before anything was sent.' }),
    calls_failed: countSchema,
    at_once_max: countSchema.meta({ description: 'Calls that the model was answering at the same time.' }),
    cap_usd: moneySchema,
    spent_usd: moneySchema,
    reserved_usd: moneySchema,
    uncertain_usd: moneySchema,
    over_usd: moneySchema,
    billed_usd: moneySchema.meta({
      description: 'What the model itself says that it served, by the same prices.',
    }),
    unguarded_usd: moneySchema.meta({
      description: 'What the first call of every agent would have cost, had none been refused.',
    }),
    refusal: z.string().nullable().meta({ description: 'The first refusal, in the ledger’s words.' }),
    took_ms: millisecondsSchema,
    note: z.string(),
  })
  .meta({ id: 'OverspendProof' });
export type OverspendProof = z.infer<typeof overspendProofSchema>;

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
  overspend: {
    method: 'POST',
    path: '/api/v1/proofs/overspend',
    role: 'member',
    tag: 'proofs',
    summary:
      'Set 200 agents at once on a budget of one cent, in rehearsal money: calls go through the real dispatcher and ledger to a model of this process. Answers when all are done; 409 while the workspace has such a proof running.',
    response: overspendProofSchema,
  },
});
