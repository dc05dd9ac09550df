/** Metrics: what the installation and its agents did, how well, and how long it took. */
import { z } from 'zod';

import {
  countSchema,
  identifierSchema,
  moneySchema,
  timestampSchema,
  workspaceQuerySchema,
} from './primitives.ts';
import { defineRoutes } from './route.ts';

/** Answers of this resource say that they succeeded, in words too. */
export function reportSchema<T extends z.ZodType>(data: T) {
  return z.object({ status: z.literal('success'), data, message: z.string() });
}

/** What a metric is about. */
export const metricCategorySchema = z.enum([
  'system',
  'performance',
  'business',
  'security',
  'reliability',
  'resource',
  'user',
  'agent',
]);
export type WireMetricCategory = z.infer<typeof metricCategorySchema>;

/** What an agent has done since its summary began. */
export const agentMetricsSchema = z
  .object({
    agent_id: identifierSchema,
    workspace_id: identifierSchema,
    total_executions: countSchema,
    running_executions: countSchema,
    successful_executions: countSchema,
    failed_executions: countSchema,
    success_rate: z.number().min(0).max(100).nullable().meta({
      description:
        'Percent of the executions that ended well, of those that ended well or badly; null before the first.',
    }),
    error_rate: z.number().min(0).max(1).nullable().meta({
      description: 'The share that ended badly; null before the first.',
    }),
    average_execution_time_ms: z.number().nonnegative().nullable(),
    total_tokens_used: countSchema,
    total_cost_usd: moneySchema,
    last_execution_time: timestampSchema.nullable(),
    counted_since: timestampSchema.nullable().meta({ description: 'Null for all of time.' }),
    created_at: timestampSchema,
    updated_at: timestampSchema,
  })
  .meta({ id: 'AgentMetrics' });
export type WireAgentMetrics = z.infer<typeof agentMetricsSchema>;

/** How the workspace's runs went in the last minutes. */
export const performanceSchema = z
  .object({
    time_window_minutes: countSchema,
    summary: z.object({
      total: countSchema,
      successful: countSchema,
      failed: countSchema,
      success_rate: z.number().min(0).max(100).nullable(),
    }),
    performance: z.object({
      average_execution_time_ms: z.number().nonnegative().nullable(),
      maximum_execution_time_ms: z.number().nonnegative().nullable(),
      total_llm_cost_usd: moneySchema,
      total_tokens: countSchema,
      average_tool_time_ms: z.number().nonnegative().nullable(),
      total_executions: countSchema,
      total_tool_executions: countSchema,
      failed_tool_executions: countSchema,
    }),
    timestamp_range: z.object({ start: timestampSchema, end: timestampSchema }),
  })
  .meta({ id: 'Performance' });
export type WirePerformance = z.infer<typeof performanceSchema>;

/** The words that metrics are described with. */
export const metricTypesSchema = z
  .object({
    categories: z.array(metricCategorySchema),
    types: z.array(z.enum(['counter', 'gauge', 'histogram', 'timer', 'rate'])),
    aggregations: z.array(z.enum(['sum', 'average', 'min', 'max', 'count', 'p50', 'p95', 'p99', 'rate'])),
  })
  .meta({ id: 'MetricTypes' });
export type WireMetricTypes = z.infer<typeof metricTypesSchema>;

const resetSchema = reportSchema(z.object({ agents: countSchema }));
const agentParams = z.strictObject({ agent_id: identifierSchema });

/** Routes of metrics. */
export const metricRoutes = defineRoutes({
  agent: {
    method: 'GET',
    path: '/api/v1/metrics/agents/:agent_id',
    role: 'viewer',
    tag: 'metrics',
    summary: 'Sum up what an agent has done, by its id, code or slug.',
    params: agentParams,
    query: workspaceQuerySchema,
    response: reportSchema(agentMetricsSchema),
  },
  performance: {
    method: 'GET',
    path: '/api/v1/metrics/performance',
    role: 'viewer',
    tag: 'metrics',
    summary: 'Sum up how runs, models and tools did in the last minutes.',
    query: workspaceQuerySchema.extend({
      time_window_minutes: z.coerce.number<number | string>().int().min(1).max(1440).default(60),
    }),
    response: reportSchema(performanceSchema),
  },
  types: {
    method: 'GET',
    path: '/api/v1/metrics/types',
    role: 'user',
    tag: 'metrics',
    summary: 'List the categories, kinds and aggregations of metrics.',
    response: reportSchema(metricTypesSchema),
  },
  resetAll: {
    method: 'DELETE',
    path: '/api/v1/metrics/reset',
    role: 'operator',
    tag: 'metrics',
    summary: 'Let the summaries of all agents of the installation begin anew; nothing else is forgotten.',
    response: resetSchema,
  },
  resetAgent: {
    method: 'DELETE',
    path: '/api/v1/metrics/reset/:agent_id',
    role: 'admin',
    tag: 'metrics',
    summary: 'Let the summary of one agent begin anew; its runs and costs stay.',
    params: agentParams,
    query: workspaceQuerySchema,
    response: resetSchema,
  },
});
