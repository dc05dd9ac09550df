/** Cleanup tasks: what is done by itself, when, and what came of it. */
import { z } from 'zod';

import { channelPatternSchema } from './bus.ts';
import { reportSchema } from './metric.ts';
import { countSchema, jsonObjectSchema, momentSchema, timestampSchema } from './primitives.ts';
import { defineRoutes } from './route.ts';

const seconds = z.number().positive().max(31_622_400);

/** What makes a task run. Every task can be run by hand. */
export const cleanupTriggerSchema = z
  .discriminatedUnion('kind', [
    z.strictObject({
      kind: z.literal('cron'),
      pattern: z
        .string()
        .min(1)
        .max(200)
        .meta({ description: 'Five fields, or six with seconds first; @hourly and the like.' }),
      time_zone: z.string().min(1).max(60).optional().meta({ description: 'An IANA name; default UTC.' }),
    }),
    z.strictObject({ kind: z.literal('interval'), every_seconds: seconds }),
    z.strictObject({ kind: z.literal('once'), at: momentSchema }),
    z.strictObject({
      kind: z.literal('threshold'),
      metric: z.string().min(1).max(200),
      tags: z.record(z.string().max(100), z.string().max(200)).optional(),
      condition: z.enum(['above', 'below']).optional(),
      value: z.number(),
      clear_value: z
        .number()
        .optional()
        .meta({ description: 'Where it has to come back to before it counts as crossed again.' }),
      check_every_seconds: seconds.optional(),
      repeat_seconds: seconds.nullable().optional(),
    }),
    z.strictObject({
      kind: z.literal('health'),
      status: z.enum(['degraded', 'unhealthy', 'critical']),
      component: z.string().min(1).max(200).optional(),
      check_every_seconds: seconds.optional(),
      repeat_seconds: seconds.nullable().optional(),
    }),
    z.strictObject({
      kind: z.literal('event'),
      channel: channelPatternSchema,
      types: z.array(z.string().min(1).max(200)).min(1).max(50).optional(),
      pause_seconds: z.number().nonnegative().max(86_400).optional(),
    }),
    z.strictObject({ kind: z.literal('manual') }),
  ])
  .meta({ id: 'CleanupTrigger' });
export type WireCleanupTrigger = z.infer<typeof cleanupTriggerSchema>;

/** Orders what waits. */
const cleanupPrioritySchema = z.enum(['low', 'medium', 'high', 'critical']);

const taskIdSchema = z
  .string()
  .min(1)
  .max(100)
  .regex(/^[A-Za-z0-9_.-]+$/u, 'Use letters, digits and _ . -');

const fields = {
  name: z.string().min(1).max(200),
  description: z.string().max(1_000),
  action: z.string().min(1).max(100).meta({ description: 'One of the actions that the list names.' }),
  parameters: jsonObjectSchema,
  trigger: cleanupTriggerSchema,
  priority: cleanupPrioritySchema,
  enabled: z.boolean(),
  timeout_seconds: z.number().positive().max(86_400),
  retry_count: z.number().int().nonnegative().max(20),
  retry_delay_seconds: z.number().nonnegative().max(86_400),
  overlap: z.enum(['skip', 'wait', 'allow']),
  concurrency: z.number().int().min(1).max(32),
  missed: z.enum(['run_once', 'skip']),
  runs_on: z.enum(['one_process', 'every_process']),
  tags: z.array(z.string().min(1).max(100)).max(20),
};

/** What is to be changed of a task. */
export const cleanupChangeSchema = z.strictObject(fields).partial().meta({ id: 'CleanupTaskChange' });
export type WireCleanupChange = z.infer<typeof cleanupChangeSchema>;

/** A task as it is asked for; what is left out has its default. */
export const cleanupDraftSchema = z
  .strictObject(fields)
  .partial()
  .extend({ task_id: taskIdSchema, action: fields.action, trigger: fields.trigger })
  .meta({ id: 'CleanupTaskDraft' });
export type WireCleanupDraft = z.infer<typeof cleanupDraftSchema>;

/** A task and how it does. */
export const cleanupTaskSchema = z
  .object({
    ...fields,
    task_id: z.string(),
    schedule: z.string().nullable().meta({ description: 'When it runs, in words; null without a schedule.' }),
    last_run: timestampSchema.nullable(),
    next_run: timestampSchema.nullable(),
    run_count: countSchema,
    success_count: countSchema,
    failure_count: countSchema,
    skipped_count: countSchema,
    average_duration_seconds: z.number().nonnegative().nullable(),
    success_rate: z
      .number()
      .min(0)
      .max(100)
      .nullable()
      .meta({ description: 'Percent; null before the first run.' }),
    is_running: z.boolean(),
    created_at: timestampSchema,
    updated_at: timestampSchema,
  })
  .meta({ id: 'CleanupTask' });
export type WireCleanupTask = z.infer<typeof cleanupTaskSchema>;

/** What one run came to. */
export const cleanupResultSchema = z
  .object({
    result_id: z.string(),
    task_id: z.string(),
    trigger_type: z.string(),
    scheduled_for: timestampSchema.nullable(),
    started_at: timestampSchema,
    completed_at: timestampSchema,
    execution_time_seconds: z.number().nonnegative(),
    success: z.boolean(),
    message: z.string(),
    resources_cleaned: countSchema,
    bytes_freed: z.number().nonnegative(),
    error: z.object({ code: z.string(), message: z.string() }).nullable(),
    attempt: z.number().int().positive(),
    process: z.string(),
  })
  .meta({ id: 'CleanupResult' });
export type WireCleanupResult = z.infer<typeof cleanupResultSchema>;

const taskParams = z.strictObject({ task_id: taskIdSchema });

/** Routes under `/api/v1/metrics/cleanup`. Tasks belong to the installation: they are its operator's. */
export const cleanupRoutes = defineRoutes({
  list: {
    method: 'GET',
    path: '/api/v1/metrics/cleanup/tasks',
    role: 'operator',
    tag: 'cleanup',
    summary: 'List the tasks, how each does, and what tasks can do.',
    response: reportSchema(
      z.object({
        tasks: z.array(cleanupTaskSchema),
        actions: z.array(
          z.object({ action: z.string(), description: z.string(), parameters: jsonObjectSchema }),
        ),
        metrics: z.object({
          total_tasks: countSchema,
          enabled_tasks: countSchema,
          running_tasks: countSchema,
          queued_tasks: countSchema,
          total_tasks_run: countSchema,
          successful: countSchema,
          failed: countSchema,
          skipped: countSchema,
          success_rate: z.number().min(0).max(100).nullable(),
          average_execution_seconds: z.number().nonnegative().nullable(),
          total_resources_cleaned: countSchema,
          total_bytes_freed: z.number().nonnegative(),
        }),
      }),
    ).extend({ total: countSchema }),
  },
  create: {
    method: 'POST',
    path: '/api/v1/metrics/cleanup/tasks',
    role: 'operator',
    tag: 'cleanup',
    summary: 'Add a task.',
    body: cleanupDraftSchema,
    response: reportSchema(cleanupTaskSchema),
    status: 201,
  },
  update: {
    method: 'PATCH',
    path: '/api/v1/metrics/cleanup/tasks/:task_id',
    role: 'operator',
    tag: 'cleanup',
    summary: 'Change a task; what is not named stays.',
    params: taskParams,
    body: cleanupChangeSchema,
    response: reportSchema(cleanupTaskSchema),
  },
  remove: {
    method: 'DELETE',
    path: '/api/v1/metrics/cleanup/tasks/:task_id',
    role: 'operator',
    tag: 'cleanup',
    summary: 'Remove a task; its history stays.',
    params: taskParams,
    response: z.null(),
    status: 204,
    format: 'none',
  },
  run: {
    method: 'POST',
    path: '/api/v1/metrics/cleanup/tasks/:task_id/run',
    role: 'operator',
    tag: 'cleanup',
    summary: 'Run a task now and answer what came of it; a task that failed is an answer too.',
    params: taskParams,
    response: reportSchema(cleanupResultSchema),
  },
  history: {
    method: 'GET',
    path: '/api/v1/metrics/cleanup/history',
    role: 'operator',
    tag: 'cleanup',
    summary: 'Read what runs came to, newest first.',
    query: z.strictObject({
      task_id: taskIdSchema.optional(),
      limit: z.coerce.number<number | string>().int().min(1).max(200).default(100),
      cursor: z.string().max(500).optional(),
    }),
    response: reportSchema(z.array(cleanupResultSchema)).extend({ next_cursor: z.string().nullable() }),
  },
});
