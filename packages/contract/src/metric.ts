/** Metrics: what the installation and its agents did, how well, and how long it took. */
import { z } from 'zod';

import {
  countSchema,
  identifierSchema,
  momentSchema,
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

/** A way of summing up the values of a step: `p99.9` and the like are percentiles. */
export const aggregationSchema = z
  .string()
  .regex(
    /^(sum|average|min|max|count|rate|p(100|\d{1,2}(\.\d{1,3})?))$/u,
    'Use sum, average, min, max, count, rate, or a percentile such as p50, p99 or p99.9.',
  );

/** Names and values that tell the series of a metric apart. */
export const tagsSchema = z.record(z.string(), z.string());

/** A metric that is measured. */
export const metricInfoSchema = z
  .object({
    name: z.string(),
    type: z.string().meta({ description: 'counter, gauge, histogram, timer, rate, or a kind of its own.' }),
    unit: z.string(),
    description: z.string(),
    category: metricCategorySchema,
    aggregations: z
      .array(z.string())
      .meta({ description: 'Those worth showing; the first one is the default.' }),
    series: countSchema,
    folded: countSchema.meta({
      description: 'Look-ups that the limit of series folded into the series "other".',
    }),
    tag_names: z.array(z.string()),
  })
  .meta({ id: 'MetricInfo' });
export type WireMetricInfo = z.infer<typeof metricInfoSchema>;

/** One series over time. */
export const historySeriesSchema = z
  .object({
    metric: z.string(),
    unit: z.string(),
    category: metricCategorySchema,
    aggregation: z.string(),
    tags: tagsSchema,
    points: z.array(
      z.object({
        at: timestampSchema,
        value: z.number().nullable().meta({ description: 'Null where nothing was measured.' }),
        relative_error_max: z.number().nullable().meta({
          description: 'How wrong the value can be, as a fraction: 0.01 is 1 %. Null when it is exact.',
        }),
        clipped: z.boolean().meta({ description: 'It lies outside the range of the histogram.' }),
      }),
    ),
  })
  .meta({ id: 'HistorySeries' });
export type WireHistorySeries = z.infer<typeof historySeriesSchema>;

/** A page of series. */
export const metricHistorySchema = reportSchema(z.array(historySeriesSchema)).extend({
  step_seconds: z.number().positive(),
  resolution_seconds: z.number().positive().meta({
    description: 'How far apart the samples are that the points were made of.',
  }),
  from: timestampSchema,
  to: timestampSchema,
  pagination: z.object({ limit: countSchema, offset: countSchema, total: countSchema }),
});
export type WireMetricHistory = z.infer<typeof metricHistorySchema>;

/** One series of all processes together, as it is now. */
export const globalSeriesSchema = z
  .object({
    metric: z.string(),
    type: z.string(),
    unit: z.string(),
    description: z.string(),
    category: metricCategorySchema,
    tags: tagsSchema,
    value: z.number().nullable().meta({
      description:
        'Counters and rates: everything since the processes began. Gauges: now, joined by the rule of the metric. Null for distributions, and for what is no number.',
    }),
    per_second: z.array(z.number()).nullable().meta({ description: 'Of rates, for each of their windows.' }),
    distribution: z
      .object({
        count: countSchema,
        sum: z.number(),
        min: z.number(),
        max: z.number(),
        p50: z.number().nullable(),
        p95: z.number().nullable(),
        p99: z.number().nullable(),
        relative_error_max: z.number().meta({ description: 'How wrong a percentile can be: 0.01 is 1 %.' }),
      })
      .nullable(),
  })
  .meta({ id: 'GlobalSeries' });
export type WireGlobalSeries = z.infer<typeof globalSeriesSchema>;

/** A page of what all processes measure now. */
export const globalMetricsSchema = reportSchema(z.array(globalSeriesSchema)).extend({
  processes: z
    .array(z.object({ name: z.string(), taken_at: timestampSchema }))
    .meta({ description: 'Who is counted in. Others than the one that answers told within ten seconds.' }),
  pagination: z.object({ limit: countSchema, offset: countSchema, total: countSchema }),
});
export type WireGlobalMetrics = z.infer<typeof globalMetricsSchema>;

/** Whose series are asked for: the workspace's own, or, as the operator, all. */
export const metricScopeSchema = z.enum(['workspace', 'installation']);

const historyQuerySchema = workspaceQuerySchema.extend({
  metric: z
    .string()
    .max(100)
    .optional()
    .meta({ description: 'One metric; without it, those of `metric_type`.' }),
  metric_type: metricCategorySchema.optional(),
  agent_id: identifierSchema.optional(),
  tags: z
    .string()
    .max(1_000)
    .regex(/^[^=,]+=[^,]*(,[^=,]+=[^,]*)*$/u, 'Write tags as name=value,name=value.')
    .optional(),
  scope: metricScopeSchema.default('workspace'),
  from: momentSchema.optional().meta({ description: 'Default: an hour before `to`.' }),
  to: momentSchema.optional().meta({ description: 'Default: now.' }),
  step: z.coerce
    .number<number | string>()
    .min(1)
    .max(86_400 * 31)
    .optional()
    .meta({
      description: 'Seconds; chosen so that an answer has some hundred points when absent.',
    }),
  aggregation: aggregationSchema.optional().meta({ description: 'Default: the first of the metric.' }),
  limit: z.coerce.number<number | string>().int().min(1).max(1_000).default(1_000),
  offset: z.coerce.number<number | string>().int().min(0).default(0),
});

const resetSchema = reportSchema(z.object({ agents: countSchema }));
const agentParams = z.strictObject({ agent_id: identifierSchema });

/** Routes of metrics. */
export const metricRoutes = defineRoutes({
  list: {
    method: 'GET',
    path: '/api/v1/metrics',
    role: 'viewer',
    tag: 'metrics',
    summary: 'List the metrics that are measured, with what they mean.',
    query: workspaceQuerySchema.extend({ metric_type: metricCategorySchema.optional() }),
    response: reportSchema(z.array(metricInfoSchema)).extend({ total: countSchema }),
  },
  global: {
    method: 'GET',
    path: '/api/v1/metrics/global',
    role: 'viewer',
    tag: 'metrics',
    summary:
      'Read what is measured now, over all processes: the series of the workspace, or as the operator those of the installation.',
    query: workspaceQuerySchema.extend({
      metric: z.string().max(100).optional(),
      metric_type: metricCategorySchema.optional(),
      scope: metricScopeSchema.default('workspace'),
      limit: z.coerce.number<number | string>().int().min(1).max(1_000).default(200),
      offset: z.coerce.number<number | string>().int().min(0).default(0),
    }),
    response: globalMetricsSchema,
  },
  history: {
    method: 'GET',
    path: '/api/v1/metrics/history',
    role: 'viewer',
    tag: 'metrics',
    summary:
      'Read how metrics went: the series of the workspace, or as the operator those of the installation.',
    query: historyQuerySchema,
    response: metricHistorySchema,
  },
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
