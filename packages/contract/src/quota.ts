/** Quotas: who may use how much of what. */
import { z } from 'zod';

import { metricScopeSchema, reportSchema } from './metric.ts';
import {
  countSchema,
  identifierSchema,
  queryFlagSchema,
  timestampSchema,
  workspaceQuerySchema,
} from './primitives.ts';
import { resourceTypeSchema } from './resource.ts';
import { defineRoutes } from './route.ts';

/** For whom a quota counts. */
const quotaScopeSchema = z.enum(['global', 'workspace', 'user', 'agent', 'run']);
/** What its limit means. */
const quotaKindSchema = z.enum(['hard', 'soft', 'burst', 'dynamic']);
/** When usage begins anew. */
const quotaPeriodSchema = z.enum(['second', 'minute', 'hour', 'day', 'week', 'month', 'forever', 'held']);
/** What becomes of a request that does not fit. */
export const quotaActionSchema = z.enum(['warn', 'throttle', 'queue', 'block', 'escalate']);

const quotaIdSchema = z
  .string()
  .min(1)
  .max(100)
  .regex(/^[A-Za-z0-9_.-]+$/u, 'Use letters, digits and _ . -');
const limitSchema = z.number().int().positive().max(Number.MAX_SAFE_INTEGER);

const fields = {
  name: z.string().min(1).max(200),
  description: z.string().max(1_000),
  quota_scope: quotaScopeSchema,
  resource_type: resourceTypeSchema,
  quota_type: quotaKindSchema,
  period: quotaPeriodSchema,
  time_zone: z.string().max(100),
  limit: limitSchema,
  burst_limit: limitSchema.nullable(),
  action: quotaActionSchema,
  user_id: identifierSchema.nullable(),
  enabled: z.boolean(),
  tags: z.record(z.string().max(100), z.string().max(200)),
};

/** A quota as it is asked for. */
export const quotaDraftSchema = z
  .strictObject({
    ...fields,
    quota_id: quotaIdSchema.optional().meta({ description: 'Default: made.' }),
    description: fields.description.default(''),
    time_zone: fields.time_zone.default('UTC'),
    burst_limit: fields.burst_limit.default(null),
    user_id: fields.user_id.default(null),
    enabled: fields.enabled.default(true),
    tags: fields.tags.default({}),
  })
  .meta({ id: 'QuotaDraft' });
export type WireQuotaDraft = z.infer<typeof quotaDraftSchema>;

/** What is to be changed of a quota. */
export const quotaChangeSchema = z.strictObject(fields).partial().meta({ id: 'QuotaChange' });
export type WireQuotaChange = z.infer<typeof quotaChangeSchema>;

/** A quota. */
export const quotaSchema = z
  .object({
    quota_id: z.string(),
    name: z.string(),
    description: z.string(),
    quota_scope: quotaScopeSchema,
    resource_type: z.string(),
    quota_type: quotaKindSchema,
    period: quotaPeriodSchema,
    time_zone: z.string(),
    limit: z.number(),
    burst_limit: z.number().nullable(),
    action: quotaActionSchema,
    workspace_id: z.string().nullable().meta({ description: 'Null for one that counts in every workspace.' }),
    user_id: z.string().nullable(),
    enabled: z.boolean(),
    tags: z.record(z.string(), z.string()),
    created_at: timestampSchema,
    updated_at: timestampSchema,
  })
  .meta({ id: 'Quota' });
export type WireQuota = z.infer<typeof quotaSchema>;

/** What somebody uses of a quota. */
export const quotaUsageSchema = z
  .object({
    quota_id: z.string(),
    resource_type: z.string(),
    quota_scope: quotaScopeSchema,
    current_usage: z.number(),
    limit: z.number(),
    remaining: z.number(),
    period_start: timestampSchema.nullable(),
    period_end: timestampSchema.nullable(),
  })
  .meta({ id: 'QuotaUsage' });
export type WireQuotaUsage = z.infer<typeof quotaUsageSchema>;

/** A request that did not fit. */
export const quotaViolationSchema = z
  .object({
    violation_id: z.string(),
    quota_id: z.string(),
    resource_type: z.string(),
    violation_time: timestampSchema,
    amount: z.number(),
    current_usage: z.number().meta({ description: 'With the request, whether it was granted or not.' }),
    limit: z.number(),
    exceeded_by: z.number(),
    action: quotaActionSchema,
    action_taken: z.enum(['allowed', 'throttled', 'queued', 'blocked', 'escalated']),
    workspace_id: z.string().nullable(),
    user_id: z.string().nullable(),
    agent_id: z.string().nullable(),
    run_id: z.string().nullable(),
    resolved: z.boolean(),
    resolved_at: timestampSchema.nullable(),
    resolved_by: z.string().nullable(),
  })
  .meta({ id: 'QuotaViolation' });
export type WireQuotaViolation = z.infer<typeof quotaViolationSchema>;

/** A request that waits for a person. */
export const quotaApprovalSchema = z
  .object({
    approval_id: z.string(),
    quota_id: z.string(),
    resource_type: z.string(),
    amount: z.number(),
    current_usage: z.number(),
    limit: z.number(),
    workspace_id: z.string().nullable(),
    user_id: z.string().nullable(),
    agent_id: z.string().nullable(),
    run_id: z.string().nullable(),
    asked_at: timestampSchema,
    expires_at: timestampSchema,
  })
  .meta({ id: 'QuotaApproval' });
export type WireQuotaApproval = z.infer<typeof quotaApprovalSchema>;

/** What the process that answers has counted since its start. */
const quotaMetricsSchema = z
  .object({
    total_checks: countSchema,
    total_violations: countSchema,
    total_warnings: countSchema,
    blocks_enforced: countSchema,
    throttles_enforced: countSchema,
    quota_resets: countSchema,
    waiting: countSchema,
    store_failures: countSchema,
  })
  .meta({ id: 'QuotaMetrics' });

const scoped = workspaceQuerySchema.extend({ scope: metricScopeSchema.default('workspace') });
const quotaParams = z.strictObject({ quota_id: quotaIdSchema });
const approvalParams = z.strictObject({ approval_id: z.string().min(1).max(200) });
const noBody = { status: 204, format: 'none', response: z.null() } as const;

/** Routes under `/api/v1/metrics/quotas`. */
export const quotaRoutes = defineRoutes({
  list: {
    method: 'GET',
    path: '/api/v1/metrics/quotas',
    role: 'viewer',
    tag: 'quotas',
    summary:
      'List the quotas that count here, what is used of each, and the violations of the last 24 hours.',
    query: scoped.extend({ quota_id: quotaIdSchema.optional(), user_id: identifierSchema.optional() }),
    response: reportSchema(
      z.object({
        quotas: z.array(quotaSchema),
        usage: z.array(quotaUsageSchema),
        violations: z.array(quotaViolationSchema),
        approvals: z.array(quotaApprovalSchema),
        metrics: quotaMetricsSchema,
      }),
    ).extend({ total: countSchema }),
  },
  create: {
    method: 'POST',
    path: '/api/v1/metrics/quotas',
    role: 'admin',
    tag: 'quotas',
    summary:
      'Add a quota. One of a workspace counts in it alone; with scope installation, by the operator, in every one.',
    query: scoped,
    body: quotaDraftSchema,
    response: reportSchema(quotaSchema),
    status: 201,
  },
  update: {
    method: 'PATCH',
    path: '/api/v1/metrics/quotas/:quota_id',
    role: 'admin',
    tag: 'quotas',
    summary: 'Change a quota; what is not named stays. It holds from the next request on.',
    params: quotaParams,
    query: scoped,
    body: quotaChangeSchema,
    response: reportSchema(quotaSchema),
  },
  remove: {
    method: 'DELETE',
    path: '/api/v1/metrics/quotas/:quota_id',
    role: 'admin',
    tag: 'quotas',
    summary: 'Remove a quota.',
    params: quotaParams,
    query: scoped,
    ...noBody,
  },
  reset: {
    method: 'POST',
    path: '/api/v1/metrics/quotas/:quota_id/reset',
    role: 'admin',
    tag: 'quotas',
    summary: 'Begin at nothing for everybody. What is held comes back by release and cannot be reset.',
    params: quotaParams,
    query: scoped,
    response: reportSchema(quotaSchema),
  },
  violations: {
    method: 'GET',
    path: '/api/v1/metrics/quotas/violations',
    role: 'viewer',
    tag: 'quotas',
    summary: 'List requests that did not fit, newest first.',
    query: scoped.extend({
      quota_id: quotaIdSchema.optional(),
      resolved: queryFlagSchema.optional(),
      limit: z.coerce.number<number | string>().int().min(1).max(200).default(100),
    }),
    response: reportSchema(z.array(quotaViolationSchema)).extend({ total: countSchema }),
  },
  resolve: {
    method: 'POST',
    path: '/api/v1/metrics/quotas/violations/:violation_id/resolve',
    role: 'admin',
    tag: 'quotas',
    summary: 'Note that a violation has been dealt with.',
    params: z.strictObject({ violation_id: z.string().min(1).max(200) }),
    query: scoped,
    response: reportSchema(quotaViolationSchema),
  },
  decide: {
    method: 'POST',
    path: '/api/v1/metrics/quotas/approvals/:approval_id',
    role: 'admin',
    tag: 'quotas',
    summary: 'Grant or refuse a request over a limit that waits for a person.',
    params: approvalParams,
    query: scoped,
    body: z.strictObject({ approve: z.boolean() }),
    response: reportSchema(z.object({ approval_id: z.string(), approved: z.boolean() })),
  },
});
