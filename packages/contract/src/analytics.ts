/** Analysis of usage: how things are used, what their usage looks like, what to do about it, and what comes. */
import { z } from 'zod';

import { metricScopeSchema, reportSchema } from './metric.ts';
import { countSchema, timestampSchema, workspaceQuerySchema } from './primitives.ts';
import { defineRoutes } from './route.ts';

const missingSchema = z
  .object({
    status: z.literal('not_enough_data'),
    samples: countSchema,
    needed: countSchema,
    missing: countSchema,
  })
  .meta({ id: 'NotEnoughData' });

const seriesSchema = z
  .object({
    series_id: z.string(),
    resource_type: z.string(),
    usage: z.enum(['held', 'used']),
    unit: z.string(),
    workspace_id: z.string().nullable(),
    capacity: z.number().nullable(),
    quota_id: z.string().nullable(),
  })
  .meta({ id: 'UsageSeries' });

/** How something was used in a window. */
const usageProfileSchema = z
  .object({
    series: seriesSchema,
    resource_type: z.string(),
    time_window_hours: z.number().positive(),
    from: timestampSchema,
    to: timestampSchema,
    figures: z.discriminatedUnion('status', [
      z.object({
        status: z.literal('measured'),
        samples: countSchema,
        gaps: countSchema,
        total_usage: z.number(),
        peak_usage: z.number(),
        peak_at: timestampSchema,
        average_usage: z.number(),
        usage_variance: z.number(),
        growth_rate_per_hour: z.number(),
        growth_rate_error: z.number(),
        efficiency_score: z.number().min(0).max(1),
        waste_percentage: z.number().min(0).max(100),
      }),
      missingSchema,
    ]),
  })
  .meta({ id: 'UsageProfile' });
export type WireUsageProfile = z.infer<typeof usageProfileSchema>;

/** The shapes that usage can have. */
const patternTypeSchema = z.enum([
  'gradual_growth',
  'periodic_spikes',
  'leak',
  'underutilization',
  'step_change',
]);

/** A pattern that was found. */
const usagePatternSchema = z
  .object({
    pattern_type: patternTypeSchema,
    series: seriesSchema,
    resource_type: z.string(),
    time_window_start: timestampSchema,
    time_window_end: timestampSchema,
    samples: countSchema,
    season_hours: z.number().positive().nullable(),
    confidence: z.number().min(0).max(1),
    evidence: z.record(z.string(), z.union([z.number(), z.string()])),
    first_seen: timestampSchema,
    last_seen: timestampSchema,
  })
  .meta({ id: 'UsagePattern' });
export type WireUsagePattern = z.infer<typeof usagePatternSchema>;

/** What kind of change is advised. */
const optimizationTypeSchema = z.enum([
  'cleanup',
  'quota_adjustment',
  'scheduling',
  'caching',
  'pooling',
  'compression',
  'architecture',
]);
/** How much it matters. */
const advicePrioritySchema = z.enum(['low', 'medium', 'high', 'critical']);

/** Advice, and what became of it. */
const recommendationSchema = z
  .object({
    recommendation_id: z.string(),
    title: z.string(),
    description: z.string(),
    optimization_type: optimizationTypeSchema,
    priority: advicePrioritySchema,
    implementation_effort: z.enum(['low', 'medium', 'high']),
    estimated_savings: z.object({ amount: z.number(), unit: z.string() }).nullable(),
    resource_type: z.string(),
    workspace_id: z.string().nullable(),
    current_state: z.string(),
    recommended_state: z.string(),
    steps: z.array(z.string()),
    basis: z.string(),
    confidence: z.number().nullable(),
    applicable: z.boolean().meta({ description: 'Whether the program can do it by itself.' }),
    state: z.enum(['open', 'applying', 'applied', 'withdrawn']),
    application: z
      .object({
        by: z.string(),
        at: timestampSchema,
        outcome: z.enum(['applied', 'failed']),
        result: z.string(),
      })
      .nullable(),
    tags: z.array(z.string()),
    created_at: timestampSchema,
    last_seen: timestampSchema,
  })
  .meta({ id: 'Recommendation' });
export type WireRecommendation = z.infer<typeof recommendationSchema>;

/** The future of a series. */
const capacityForecastSchema = z
  .discriminatedUnion('status', [
    z.object({
      status: z.literal('forecast'),
      method: z.string(),
      season_hours: z.number().positive().nullable(),
      step_seconds: z.number().positive(),
      samples: countSchema,
      coverage: z.number(),
      points: z.array(
        z.object({ at: timestampSchema, value: z.number(), low: z.number(), high: z.number() }),
      ),
      comparison: z.array(z.object({ method: z.string(), error: z.number() })),
      exhaustion: z
        .object({
          limit: z.number(),
          at: timestampSchema
            .nullable()
            .meta({ description: 'Null when it is not reached within the forecast.' }),
          earliest: timestampSchema.nullable(),
          latest: timestampSchema.nullable(),
        })
        .nullable(),
    }),
    missingSchema,
  ])
  .meta({ id: 'CapacityForecast' });
export type WireCapacityForecast = z.infer<typeof capacityForecastSchema>;

const scoped = workspaceQuerySchema.extend({
  scope: metricScopeSchema.default('workspace'),
  resource_type: z.string().max(100).optional(),
});
const few = z.coerce.number<number | string>().int().min(1).max(100).default(50);

/** Routes under `/api/v1/metrics/analytics`. */
export const analyticsRoutes = defineRoutes({
  profiles: {
    method: 'GET',
    path: '/api/v1/metrics/analytics/profiles',
    role: 'viewer',
    tag: 'analytics',
    summary: 'Show how things were used, in each window; or how many samples are missing to say so.',
    query: scoped,
    response: reportSchema(z.array(usageProfileSchema)).extend({ total: countSchema }),
  },
  patterns: {
    method: 'GET',
    path: '/api/v1/metrics/analytics/patterns',
    role: 'viewer',
    tag: 'analytics',
    summary: 'List the patterns that were found in usage, newest first, with their evidence and confidence.',
    query: scoped.extend({ pattern_type: patternTypeSchema.optional(), limit: few }),
    response: reportSchema(z.array(usagePatternSchema)).extend({
      total: countSchema,
      undecided: countSchema,
    }),
  },
  recommendations: {
    method: 'GET',
    path: '/api/v1/metrics/analytics/recommendations',
    role: 'viewer',
    tag: 'analytics',
    summary: 'List what is advised, newest first, and what became of it.',
    query: scoped.extend({
      priority: advicePrioritySchema.optional(),
      optimization_type: optimizationTypeSchema.optional(),
      limit: few,
    }),
    response: reportSchema(z.array(recommendationSchema)).extend({ total: countSchema }),
  },
  apply: {
    method: 'POST',
    path: '/api/v1/metrics/analytics/recommendations/:recommendation_id/apply',
    role: 'admin',
    tag: 'analytics',
    summary: 'Do what is advised, once. What only people can do is refused.',
    params: z.strictObject({ recommendation_id: z.string().min(1).max(200) }),
    query: workspaceQuerySchema.extend({ scope: metricScopeSchema.default('workspace') }),
    response: reportSchema(recommendationSchema),
  },
  forecast: {
    method: 'GET',
    path: '/api/v1/metrics/analytics/forecast',
    role: 'viewer',
    tag: 'analytics',
    summary: 'Forecast a series of the profiles, with an interval, and when it reaches its limit.',
    query: workspaceQuerySchema.extend({
      scope: metricScopeSchema.default('workspace'),
      series_id: z.string().min(1).max(300),
      horizon_hours: z.coerce
        .number<number | string>()
        .positive()
        .max(24 * 60)
        .default(48),
      limit: z.coerce.number<number | string>().optional(),
    }),
    response: reportSchema(capacityForecastSchema),
  },
});
