/** Periscope: the operations that the platform runs with retry, deadline and breaker, how they fare, and its pipelines. */
import { z } from 'zod';

import { healthStatusSchema } from './health.ts';
import { countSchema, millisecondsSchema, timestampSchema } from './primitives.ts';
import { defineRoutes } from './route.ts';

/** Why something is not healthy, and what would make it so again. */
export const verdictReasonSchema = z
  .object({
    reason: z.string(),
    status: healthStatusSchema,
    since: timestampSchema,
    clears_when: z.string(),
  })
  .meta({ id: 'VerdictReason' });
export type VerdictReason = z.infer<typeof verdictReasonSchema>;

/** A percentile and how wrong it can be, as a share of itself. */
const boundedSchema = z.object({ value_ms: millisecondsSchema, relative_error: z.number() });

/** One operation of one process, since it started or was reset. `calls` = `successes` + `failures` + `running`. */
export const periscopeOperationSchema = z
  .object({
    name: z.string(),
    status: healthStatusSchema,
    reasons: z.array(verdictReasonSchema),
    calls: countSchema,
    successes: countSchema,
    failures: countSchema,
    running: countSchema,
    attempts: countSchema,
    retries: countSchema,
    average_ms: millisecondsSchema.nullable(),
    p50: boundedSchema.nullable(),
    p95: boundedSchema.nullable(),
    p99: boundedSchema.nullable(),
    last_success_at: timestampSchema.nullable(),
    last_failure_at: timestampSchema.nullable(),
    breakers: z.array(
      z.object({
        name: z
          .string()
          .meta({ description: 'By which it is isolated and released; operations can share one.' }),
        state: z.enum(['closed', 'open', 'half_open', 'isolated']),
        since: timestampSchema
          .nullable()
          .meta({ description: 'Since when it is not closed; null while it is.' }),
        consecutive_failures: countSchema,
        trips: countSchema,
        next_probe_in_ms: millisecondsSchema.nullable(),
      }),
    ),
  })
  .meta({ id: 'PeriscopeOperation' });
export type PeriscopeOperation = z.infer<typeof periscopeOperationSchema>;

/** All operations and the verdict on all of them together. */
export const periscopeOperationsSchema = z
  .object({
    status: healthStatusSchema,
    reasons: z.array(verdictReasonSchema),
    dead_letters: countSchema,
    items: z.array(periscopeOperationSchema),
  })
  .meta({ id: 'PeriscopeOperations' });
export type PeriscopeOperations = z.infer<typeof periscopeOperationsSchema>;

/** Errors of one kind, the newest of them told. */
export const periscopeErrorSchema = z
  .object({
    fingerprint: z.string(),
    operation: z.string(),
    error_type: z.string(),
    error_message: z.string(),
    duration_ms: millisecondsSchema,
    count: countSchema,
    first_at: timestampSchema,
    last_at: timestampSchema,
  })
  .meta({ id: 'PeriscopeError' });
export type PeriscopeError = z.infer<typeof periscopeErrorSchema>;

/** How far a pipeline is. `ingested` + `skipped` + `failed` are the items that it is done with. */
export const periscopePipelineSchema = z
  .object({
    name: z.string(),
    process: z.string().meta({ description: 'Which process runs it, as in the processes of the metrics.' }),
    state: z.enum(['running', 'ended', 'failed']),
    ingested: countSchema,
    converted: countSchema,
    skipped: countSchema,
    failed: countSchema,
    items_per_second: z.number().nonnegative(),
    remaining: countSchema.nullable(),
    started_at: timestampSchema,
    ended_at: timestampSchema.nullable(),
  })
  .meta({ id: 'PeriscopePipeline' });
export type PeriscopePipeline = z.infer<typeof periscopePipelineSchema>;

const breakerParams = z.strictObject({ breaker: z.string().min(1).max(200) });
const breakerReply = z.object({ name: z.string(), state: z.string() }).meta({ id: 'PeriscopeBreaker' });

/** Routes under `/api/v1/periscope`. */
export const periscopeRoutes = defineRoutes({
  errors: {
    method: 'GET',
    path: '/api/v1/periscope/errors',
    role: 'operator',
    tag: 'periscope',
    summary: 'List the last errors of the operations, those of one kind together.',
    query: z.strictObject({ limit: z.coerce.number<number | string>().int().min(1).max(100).default(50) }),
    response: z.object({ items: z.array(periscopeErrorSchema) }),
  },
  isolate: {
    method: 'POST',
    path: '/api/v1/periscope/breakers/:breaker/isolate',
    role: 'operator',
    tag: 'periscope',
    summary: 'Hold a breaker open until it is released: its calls fail at once.',
    params: breakerParams,
    response: breakerReply,
  },
  operations: {
    method: 'GET',
    path: '/api/v1/periscope/operations',
    role: 'user',
    tag: 'periscope',
    summary: 'List the operations of the server, their breakers and their health.',
    response: periscopeOperationsSchema,
  },
  pipelines: {
    method: 'GET',
    path: '/api/v1/periscope/pipelines',
    role: 'user',
    tag: 'periscope',
    summary:
      'List the pipelines of all processes and how far they are; those of other processes as they were at most ten seconds ago.',
    response: z.object({ items: z.array(periscopePipelineSchema) }),
  },
  release: {
    method: 'POST',
    path: '/api/v1/periscope/breakers/:breaker/release',
    role: 'operator',
    tag: 'periscope',
    summary: 'Let an isolated breaker work again, beginning closed.',
    params: breakerParams,
    response: breakerReply,
  },
});
