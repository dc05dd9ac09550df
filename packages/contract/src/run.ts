/** Runs: one piece of work of one agent, told by its journal. */
import { z } from 'zod';

import {
  countSchema,
  identifierSchema,
  millisecondsSchema,
  moneySchema,
  pageQuerySchema,
  pageSchema,
  timestampSchema,
  workspaceQuerySchema,
} from './primitives.ts';
import { defineRoutes } from './route.ts';

/** Where a run is. The last four are final. */
export const runStatusSchema = z.enum([
  'queued',
  'running',
  'waiting',
  'interrupted',
  'completed',
  'failed',
  'cancelled',
]);
export type RunStatus = z.infer<typeof runStatusSchema>;

/** What a run does, snake_case: `task`, `research`, `war_brief`. */
export const runTypeSchema = z.string().min(1).max(100);
export type RunType = z.infer<typeof runTypeSchema>;

/** Why a run or a step failed. */
export const runErrorSchema = z.object({ code: z.string(), message: z.string() });
export type RunError = z.infer<typeof runErrorSchema>;

const summaryShape = {
  id: identifierSchema,
  workspace_id: identifierSchema,
  agent_id: identifierSchema.nullable(),
  agent_code: z.string().nullable(),
  agent_name: z.string().nullable(),
  run_type: runTypeSchema,
  name: z.string().meta({ description: 'For people: its type, and its part where a campaign has several.' }),
  status: runStatusSchema,
  campaign_id: identifierSchema.nullable(),
  parent_run_id: identifierSchema.nullable(),
  correlation_id: z.string().nullable(),
  model: z
    .string()
    .nullable()
    .meta({ description: 'Null until the run has called one; "offline" when that was the engine.' }),
  prompt_tokens: countSchema,
  completion_tokens: countSchema,
  total_tokens: countSchema,
  cost_usd: moneySchema,
  error: runErrorSchema.nullable(),
  attempt: countSchema.meta({ description: 'How often the run was begun, resumes included.' }),
  created_at: timestampSchema,
  started_at: timestampSchema.nullable(),
  completed_at: timestampSchema.nullable(),
  duration_ms: millisecondsSchema.nullable(),
};

/** A run as lists show it. */
export const runSummarySchema = z.object(summaryShape).meta({ id: 'RunSummary' });
export type RunSummary = z.infer<typeof runSummarySchema>;

/** A run whole, with what went in and what came out. */
export const runSchema = z
  .object({
    ...summaryShape,
    input: z.unknown(),
    output: z.unknown(),
    step_count: countSchema,
    journal_count: countSchema,
  })
  .meta({ id: 'Run' });
export type Run = z.infer<typeof runSchema>;

/** One step, read from the journal. */
export const runStepSchema = z
  .object({
    sequence: countSchema,
    kind: z.enum(['model_call', 'tool_call', 'event', 'decision', 'approval']),
    name: z.string(),
    status: z.enum(['running', 'completed', 'failed', 'waiting', 'uncertain']),
    started_at: timestampSchema,
    completed_at: timestampSchema.nullable(),
    duration_ms: millisecondsSchema.nullable(),
    input: z.unknown(),
    output: z.unknown(),
    error: runErrorSchema.nullable(),
    model: z.string().nullable(),
    prompt_tokens: countSchema,
    completion_tokens: countSchema,
    cost_usd: moneySchema,
  })
  .meta({ id: 'RunStep' });
export type RunStep = z.infer<typeof runStepSchema>;

/** One journal entry, exactly as appended. `hash` covers its content and the hash of the entry before it. */
export const journalEntrySchema = z
  .object({
    sequence: countSchema,
    type: z.string(),
    step: z.string().nullable(),
    timestamp: timestampSchema,
    payload: z.unknown(),
    hash: z.string(),
  })
  .meta({ id: 'JournalEntry' });
export type JournalEntry = z.infer<typeof journalEntrySchema>;

/** Counts, durations and cost of a period. */
export const runStatisticsSchema = z
  .object({
    workspace_id: identifierSchema,
    period_days: z.number().positive(),
    total_runs: countSchema,
    completed_runs: countSchema,
    failed_runs: countSchema,
    running_runs: countSchema,
    cancelled_runs: countSchema,
    runs_by_status: z.partialRecord(runStatusSchema, countSchema),
    runs_by_type: z.record(runTypeSchema, countSchema),
    average_duration_ms: millisecondsSchema.nullable(),
    maximum_duration_ms: millisecondsSchema.nullable(),
    total_tokens: countSchema,
    cost_usd: moneySchema,
  })
  .meta({ id: 'RunStatistics' });
export type RunStatistics = z.infer<typeof runStatisticsSchema>;

const params = z.strictObject({ run_id: identifierSchema });

/** Routes of runs. */
export const runRoutes = defineRoutes({
  cancel: {
    method: 'POST',
    path: '/api/v1/runs/:run_id/cancel',
    role: 'member',
    tag: 'runs',
    summary: 'Cancel a run: its model calls, tools and children are stopped. A finished run is a conflict.',
    params,
    response: runSchema,
    status: 202,
  },
  get: {
    method: 'GET',
    path: '/api/v1/runs/:run_id',
    role: 'viewer',
    tag: 'runs',
    summary: 'Show one run with its input and output.',
    params,
    response: runSchema,
  },
  journal: {
    method: 'GET',
    path: '/api/v1/runs/:run_id/journal',
    role: 'viewer',
    tag: 'runs',
    summary: "List a run's journal, oldest entry first.",
    params,
    query: pageQuerySchema,
    response: pageSchema(journalEntrySchema),
  },
  list: {
    method: 'GET',
    path: '/api/v1/runs',
    role: 'viewer',
    tag: 'runs',
    summary: "List the workspace's runs, newest first.",
    query: pageQuerySchema.extend({
      status: runStatusSchema.optional(),
      run_type: runTypeSchema.optional(),
      agent_id: identifierSchema.optional(),
      campaign_id: identifierSchema.optional(),
      parent_run_id: identifierSchema.optional(),
    }),
    response: pageSchema(runSummarySchema),
  },
  statistics: {
    method: 'GET',
    path: '/api/v1/runs/stats',
    role: 'viewer',
    tag: 'runs',
    summary: 'Count runs by state and type over a period, with durations and cost.',
    query: workspaceQuerySchema.extend({
      period_days: z.coerce.number<number | string>().positive().max(366).default(7),
    }),
    response: runStatisticsSchema,
  },
  steps: {
    method: 'GET',
    path: '/api/v1/runs/:run_id/steps',
    role: 'viewer',
    tag: 'runs',
    summary: "List a run's steps, oldest first.",
    params,
    query: pageQuerySchema,
    response: pageSchema(runStepSchema),
  },
});
