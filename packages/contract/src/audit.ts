/** The audit log: what happened, in chains that nobody rewrites unnoticed. */
import { z } from 'zod';

import {
  countSchema,
  identifierSchema,
  jsonObjectSchema,
  millisecondsSchema,
  momentSchema,
  pageQuerySchema,
  pageSchema,
  timestampSchema,
  workspaceQuerySchema,
} from './primitives.ts';
import { defineRoutes } from './route.ts';

/** `event`: it happened. `intent`: it is about to be done. `outcome`: how that ended; an intent without one was interrupted. */
export const auditPhaseSchema = z.enum(['event', 'intent', 'outcome']);
export type WireAuditPhase = z.infer<typeof auditPhaseSchema>;

/** Who acts. */
export const auditActorKindSchema = z.enum(['user', 'agent', 'api_key', 'operator', 'system']);
export type WireAuditActorKind = z.infer<typeof auditActorKindSchema>;

/** How it went; `refused` was not tried, because a rule forbids it. */
export const auditOutcomeSchema = z.enum(['ok', 'failed', 'refused']);
export type WireAuditOutcome = z.infer<typeof auditOutcomeSchema>;

/** A row of a chain. `hash` is SHA-256 over `previous_hash` and the canonical text of the row, with `details_sha256` for its details. */
export const auditRowSchema = z
  .object({
    workspace_id: z.string(),
    sequence: countSchema,
    id: z.string(),
    recorded_at: timestampSchema,
    action: z.string(),
    phase: auditPhaseSchema,
    intent_id: z.string().nullable().meta({ description: 'Of an outcome: the id of its intent.' }),
    actor: z.object({ kind: auditActorKindSchema, id: z.string() }),
    target: z.object({ kind: z.string(), id: z.string() }).nullable(),
    outcome: auditOutcomeSchema.nullable(),
    correlation_id: z.string().nullable(),
    agent_id: z.string().nullable(),
    agent_run_id: z.string().nullable(),
    campaign_id: z.string().nullable(),
    details: jsonObjectSchema.nullable().meta({ description: 'Null when they were erased.' }),
    details_salt: z.string().nullable(),
    details_sha256: z.string(),
    previous_hash: z.string(),
    hash: z.string(),
  })
  .meta({ id: 'AuditRow' });
export type WireAuditRow = z.infer<typeof auditRowSchema>;

/** Where a chain ends, signed with Ed25519. Kept elsewhere, it shows later that nothing up to there was rewritten. */
export const auditHeadSchema = z
  .object({
    type: z.literal('audit_head'),
    workspace_id: z.string(),
    sequence: countSchema,
    hash: z.string(),
    signed_at: timestampSchema,
    key_id: z.string(),
    signature: z.string(),
  })
  .meta({ id: 'AuditHead' });
export type WireAuditHead = z.infer<typeof auditHeadSchema>;

/** The head with the keys that it can be checked with. */
export const auditHeadAnswerSchema = z
  .object({
    head: auditHeadSchema.nullable(),
    signing_key_id: z.string(),
    keys: z.array(
      z.object({
        key_id: z.string(),
        public_key: z.string().meta({ description: 'SubjectPublicKeyInfo (DER), base64.' }),
        endorsed_by: z.string().nullable().meta({ description: 'The later key that vouches for it.' }),
        endorsement: z.string().nullable(),
      }),
    ),
  })
  .meta({ id: 'AuditHeadAnswer' });
export type WireAuditHeadAnswer = z.infer<typeof auditHeadAnswerSchema>;

/** What is wrong with a chain. */
export const auditProblemKindSchema = z.enum([
  'changed',
  'removed',
  'inserted',
  'reordered',
  'rewritten',
  'head_missing',
  'head_invalid',
  'key_unknown',
  'rolled_back',
  'earlier_head_invalid',
]);
export type WireAuditProblemKind = z.infer<typeof auditProblemKindSchema>;

/** What a verification found: nothing, or the first thing that is wrong. */
export const auditVerificationSchema = z
  .object({
    workspace_id: z.string(),
    ok: z.boolean(),
    rows: countSchema,
    erased_rows: countSchema,
    head: auditHeadSchema.nullable(),
    problem: z
      .object({
        kind: auditProblemKindSchema,
        sequence: countSchema.nullable(),
        row_id: z.string().nullable(),
        message: z.string(),
      })
      .nullable(),
    extends_sequence: countSchema
      .nullable()
      .meta({ description: 'The sequence of the earlier head that the chain continues.' }),
    verified_at: timestampSchema,
    duration_ms: millisecondsSchema,
  })
  .meta({ id: 'AuditVerification' });
export type WireAuditVerification = z.infer<typeof auditVerificationSchema>;

const listQuery = pageQuerySchema.extend({
  action: z
    .string()
    .min(1)
    .max(100)
    .optional()
    .meta({ description: 'Its beginning: "member" or "tool.call".' }),
  phase: auditPhaseSchema.optional(),
  actor_kind: auditActorKindSchema.optional(),
  actor_id: z.string().min(1).max(200).optional(),
  target_kind: z.string().min(1).max(200).optional(),
  target_id: z.string().min(1).max(1_000).optional(),
  intent_id: identifierSchema.optional(),
  correlation_id: identifierSchema.optional(),
  agent_id: identifierSchema.optional(),
  agent_run_id: identifierSchema.optional(),
  campaign_id: identifierSchema.optional(),
  from: momentSchema.optional(),
  to: momentSchema.optional(),
});
const earlier = z.string().max(4_000).optional().meta({
  description: 'An earlier signed head, as JSON: the chain must continue it.',
});

/** Routes of the audit log: the workspace's chain for its admins, the installation's for its operator. */
export const auditRoutes = defineRoutes({
  export: {
    method: 'GET',
    path: '/api/v1/audit/export',
    role: 'admin',
    tag: 'audit',
    summary: "Download the workspace's chain as JSON Lines that verify without a server.",
    query: workspaceQuerySchema,
    response: z.string(),
    format: 'text',
  },
  head: {
    method: 'GET',
    path: '/api/v1/audit/head',
    role: 'admin',
    tag: 'audit',
    summary: 'Show where the chain of the workspace ends, signed, and the public keys.',
    response: auditHeadAnswerSchema,
  },
  installationExport: {
    method: 'GET',
    path: '/api/v1/audit/installation/export',
    role: 'operator',
    tag: 'audit',
    summary: "Download the installation's chain as JSON Lines that verify without a server.",
    response: z.string(),
    format: 'text',
  },
  installationHead: {
    method: 'GET',
    path: '/api/v1/audit/installation/head',
    role: 'operator',
    tag: 'audit',
    summary: 'Show where the chain of the installation ends, signed, and the public keys.',
    response: auditHeadAnswerSchema,
  },
  installationList: {
    method: 'GET',
    path: '/api/v1/audit/installation',
    role: 'operator',
    tag: 'audit',
    summary:
      'List what happened in the installation, newest first: sign-ins, configuration, what its operator did.',
    query: listQuery.omit({ workspace_id: true }),
    response: pageSchema(auditRowSchema),
  },
  installationVerify: {
    method: 'GET',
    path: '/api/v1/audit/installation/verify',
    role: 'operator',
    tag: 'audit',
    summary: 'Walk the chain of the installation and name the first thing that is wrong.',
    query: z.strictObject({ head: earlier }),
    response: auditVerificationSchema,
  },
  list: {
    method: 'GET',
    path: '/api/v1/audit',
    role: 'admin',
    tag: 'audit',
    summary: 'List what happened in the workspace, newest first.',
    query: listQuery,
    response: pageSchema(auditRowSchema),
  },
  verify: {
    method: 'GET',
    path: '/api/v1/audit/verify',
    role: 'admin',
    tag: 'audit',
    summary: 'Walk the chain of the workspace and name the first thing that is wrong.',
    query: workspaceQuerySchema.extend({ head: earlier }),
    response: auditVerificationSchema,
  },
});
