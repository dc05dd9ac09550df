/** Resources: what agents and the program have open, what was forgotten, and closing it. */
import { z } from 'zod';

import { metricScopeSchema, reportSchema } from './metric.ts';
import {
  countSchema,
  identifierSchema,
  jsonObjectSchema,
  millisecondsSchema,
  queryFlagSchema,
  timestampSchema,
  workspaceQuerySchema,
} from './primitives.ts';
import { defineRoutes } from './route.ts';

/** A kind of resource: one of the known ones or a workspace's own. */
export const resourceTypeSchema = z
  .string()
  .max(100)
  .regex(/^[a-z][a-z0-9_]*$/u, 'Write a kind such as file_handle.')
  .meta({
    description:
      'memory, file_handle, network_connection, database_connection, async_task, thread, process, cache, lock, temporary_file, or any other.',
  });

/** What a resource is. */
export const resourceStatusSchema = z.enum(['active', 'idle', 'leaked', 'cleaned_up', 'error']);
export type WireResourceStatus = z.infer<typeof resourceStatusSchema>;

/** How urgent a leak is. */
export const leakSeveritySchema = z.enum(['low', 'medium', 'high', 'critical']);
export type WireLeakSeverity = z.infer<typeof leakSeveritySchema>;

/** One open resource. */
export const resourceSchema = z
  .object({
    resource_id: z.string(),
    resource_type: z.string(),
    status: resourceStatusSchema,
    created_at: timestampSchema,
    last_accessed: timestampSchema,
    age_ms: millisecondsSchema,
    idle_ms: millisecondsSchema,
    size_bytes: z.number().nonnegative(),
    owner: z.string().nullable(),
    workspace_id: z.string().nullable(),
    agent_id: z.string().nullable(),
    run_id: z.string().nullable(),
    lease_id: z.string().nullable(),
    call_site: z
      .string()
      .nullable()
      .meta({ description: 'Where it was opened; stacks are sampled, so often only the name of the place.' }),
    metadata: jsonObjectSchema.nullable(),
    error: z.string().nullable().meta({ description: 'Why closing it failed, in status error.' }),
  })
  .meta({ id: 'Resource' });
export type WireResource = z.infer<typeof resourceSchema>;

/** A resource that nobody will release, or a figure that keeps growing. */
export const leakSchema = z
  .object({
    leak_id: z.string(),
    reason: z.enum(['age', 'call_site', 'collected', 'ownership', 'growth']),
    severity: leakSeveritySchema,
    leak_detected_at: timestampSchema,
    resource_type: z.string().meta({ description: 'For growth, the name of the figure.' }),
    resource_id: z.string().nullable(),
    leak_duration_seconds: z.number().nonnegative(),
    call_site: z.string().nullable(),
    evidence: z.record(z.string(), z.union([z.number(), z.string()])),
    description: z.string(),
    suggested_action: z.string(),
    resource: resourceSchema.nullable(),
  })
  .meta({ id: 'ResourceLeak' });
export type WireLeak = z.infer<typeof leakSchema>;

/** How verdicts turned out. */
const leakAccuracySchema = z
  .object({
    confirmed: countSchema,
    wrong: countSchema,
    missed: countSchema,
    open: countSchema,
    precision: z
      .number()
      .min(0)
      .max(1)
      .nullable()
      .meta({ description: 'Null before the first decided one.' }),
    recall: z.number().min(0).max(1).nullable(),
  })
  .meta({ id: 'LeakAccuracy' });

/** Numbers of what is open in the process that answers. */
export const resourceSummarySchema = z
  .object({
    process: z.string().meta({ description: 'Which process answers: each knows what it has open itself.' }),
    total_resources: countSchema,
    total_bytes: z.number().nonnegative(),
    resources_by_type: z.record(z.string(), countSchema),
    resources_by_status: z.record(resourceStatusSchema, countSchema),
    total_leaks: countSchema,
    quota_violations: countSchema.meta({ description: 'Those of the last 24 hours that are not resolved.' }),
    accuracy: leakAccuracySchema,
    metrics: z
      .object({
        total_resources_created: countSchema,
        total_resources_released: countSchema,
        total_resources_cleaned: countSchema,
        bytes_freed: z.number().nonnegative(),
      })
      .meta({ description: 'Of the whole process, since its start.' }),
  })
  .meta({ id: 'ResourceSummary' });
export type WireResourceSummary = z.infer<typeof resourceSummarySchema>;

/** What a cleanup did. */
export const cleanupReportSchema = z
  .object({
    resource_type: z.string(),
    resources_cleaned: countSchema,
    bytes_freed: z.number().nonnegative(),
    resources_failed: countSchema,
    resources_active: countSchema.meta({ description: 'Left alone, because they are in use.' }),
    failures: z.array(z.object({ resource_id: z.string(), error: z.string() })).max(100),
    execution_time_seconds: z.number().nonnegative(),
  })
  .meta({ id: 'CleanupReport' });
export type WireCleanupReport = z.infer<typeof cleanupReportSchema>;

const scoped = workspaceQuerySchema.extend({ scope: metricScopeSchema.default('workspace') });
const leakParams = z.strictObject({ leak_id: z.string().min(1).max(200) });
const few = (usual: number, most: number) =>
  z.coerce.number<number | string>().int().min(1).max(most).default(usual);

/** Routes under `/api/v1/metrics/resources`. */
export const resourceRoutes = defineRoutes({
  summary: {
    method: 'GET',
    path: '/api/v1/metrics/resources/summary',
    role: 'viewer',
    tag: 'resources',
    summary: 'Show how much is open in the process that answers, by kind and status, and what was cleaned.',
    query: scoped,
    response: reportSchema(resourceSummarySchema),
  },
  list: {
    method: 'GET',
    path: '/api/v1/metrics/resources',
    role: 'viewer',
    tag: 'resources',
    summary: 'List what is open; with status cleaned_up, what was cleaned last.',
    query: scoped.extend({
      resource_type: resourceTypeSchema.optional(),
      status: resourceStatusSchema.optional(),
      owner: z.string().max(200).optional(),
      agent_id: identifierSchema.optional(),
      run_id: identifierSchema.optional(),
      limit: few(100, 1_000),
    }),
    response: reportSchema(z.array(resourceSchema)).extend({ total: countSchema }),
  },
  leaks: {
    method: 'GET',
    path: '/api/v1/metrics/resources/leaks',
    role: 'viewer',
    tag: 'resources',
    summary: 'List leaks, the most severe first, with their evidence and where they were opened.',
    query: scoped.extend({ severity: leakSeveritySchema.optional(), limit: few(50, 100) }),
    response: reportSchema(z.array(leakSchema)).extend({ total: countSchema }),
  },
  scan: {
    method: 'POST',
    path: '/api/v1/metrics/resources/leaks/scan',
    role: 'operator',
    tag: 'resources',
    summary: 'Look for leaks now.',
    response: reportSchema(
      z.object({
        scanned: countSchema,
        found: countSchema,
        retracted: countSchema,
        open: countSchema,
        duration_ms: millisecondsSchema,
      }),
    ),
  },
  judge: {
    method: 'POST',
    path: '/api/v1/metrics/resources/leaks/:leak_id/verdict',
    role: 'admin',
    tag: 'resources',
    summary: 'Say whether a leak is one: a wrong verdict is taken back, and the figures of accuracy know it.',
    params: leakParams,
    query: scoped,
    body: z.strictObject({ right: z.boolean() }),
    response: reportSchema(z.object({ leak_id: z.string(), right: z.boolean() })),
  },
  cleanup: {
    method: 'POST',
    path: '/api/v1/metrics/resources/cleanup/:resource_type',
    role: 'admin',
    tag: 'resources',
    summary:
      'Close what is open of a kind and not in use, and answer what was closed. With `force`, what is in use too. "all" is every kind.',
    params: z.strictObject({ resource_type: resourceTypeSchema }),
    query: scoped.extend({
      force: queryFlagSchema.default(false),
      owner: z.string().max(200).optional(),
      run_id: identifierSchema.optional(),
    }),
    response: reportSchema(cleanupReportSchema),
  },
});
