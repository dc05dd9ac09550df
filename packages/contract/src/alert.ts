/** Alerts: rules over metrics, what fires, who has seen it, and what is silenced. */
import { z } from 'zod';

import { tagsSchema } from './metric.ts';
import { countSchema, identifierSchema, momentSchema, timestampSchema } from './primitives.ts';

/** How bad it is. */
export const alertSeveritySchema = z.enum(['info', 'warning', 'error', 'critical']);
export type WireAlertSeverity = z.infer<typeof alertSeveritySchema>;

/** What a rule looks for: a comparison, no data at all, a change, an anomaly, a budget that burns, or other rules. */
export const alertConditionSchema = z.enum([
  'gt',
  'gte',
  'lt',
  'lte',
  'eq',
  'ne',
  'absent',
  'change',
  'anomaly',
  'burn_rate',
  'all',
  'any',
]);
export type WireAlertCondition = z.infer<typeof alertConditionSchema>;

/** What a rule is called. */
export const ruleNameSchema = z
  .string()
  .regex(/^[a-z][a-z0-9_]{0,99}$/u, 'Use snake_case, at most 100 characters.');
const secondsSchema = z.number().nonnegative();
const selectionSchema = z.strictObject({ metric: z.string(), tags: tagsSchema.optional() });
const directionSchema = z.enum(['up', 'down', 'either']);

/** A rule as somebody writes it. Which fields it needs follows from `condition`; the rest has defaults. */
export const alertRuleDraftSchema = z
  .strictObject({
    name: ruleNameSchema,
    summary: z.string().max(500).optional(),
    runbook_url: z.string().max(2_000).nullable().optional(),
    severity: alertSeveritySchema.optional(),
    labels: tagsSchema.optional(),
    enabled: z.boolean().optional(),
    interval_seconds: z.number().optional(),
    duration_seconds: secondsSchema.optional().meta({ description: 'How long the condition has to hold.' }),
    keep_firing_seconds: secondsSchema.optional(),
    missing: z.enum(['keep', 'ok', 'firing', 'no_data']).optional(),
    condition: alertConditionSchema,
    metric: z.string().optional(),
    tags: tagsSchema.optional(),
    aggregation: z.string().optional(),
    window_seconds: secondsSchema.optional(),
    threshold: z.number().optional(),
    resolve_threshold: z.number().nullable().optional(),
    change: z
      .strictObject({
        mode: z.enum(['absolute', 'relative']).optional(),
        earlier_seconds: secondsSchema,
        direction: directionSchema.optional(),
      })
      .optional(),
    anomaly: z
      .strictObject({
        season_seconds: secondsSchema.optional(),
        past_seconds: secondsSchema.optional(),
        confidence: z.number().optional(),
        direction: directionSchema.optional(),
      })
      .optional(),
    good: selectionSchema.optional(),
    total: selectionSchema.optional(),
    objective: z.number().optional(),
    long_window_seconds: secondsSchema.optional(),
    short_window_seconds: secondsSchema.optional(),
    rules: z.array(z.string()).optional(),
    by: z.array(z.string()).optional(),
  })
  .meta({ id: 'AlertRuleDraft' });
export type WireAlertRuleDraft = z.infer<typeof alertRuleDraftSchema>;

/** A rule as it holds, and how it is doing. */
export const alertRuleSchema = z
  .object({
    ...alertRuleDraftSchema.shape,
    workspace_id: identifierSchema.nullable().meta({ description: 'Null for rules of the installation.' }),
    evaluated_at: timestampSchema.nullable(),
    failure: z.string().nullable().meta({ description: 'Why the newest evaluation failed.' }),
    series_left_out: countSchema,
    pending: countSchema,
    firing: countSchema,
    no_data: countSchema,
  })
  .meta({ id: 'AlertRule' });
export type WireAlertRule = z.infer<typeof alertRuleSchema>;

/** The states of an alert. */
export const alertStateSchema = z.enum(['inactive', 'pending', 'firing', 'resolved', 'no_data']);
export type WireAlertState = z.infer<typeof alertStateSchema>;

/** An alert that is not inactive. */
export const alertSchema = z
  .object({
    alert_id: identifierSchema,
    rule: z.string(),
    workspace_id: identifierSchema.nullable(),
    severity: alertSeveritySchema,
    summary: z.string(),
    runbook_url: z.string().nullable(),
    labels: tagsSchema,
    state: alertStateSchema,
    since: timestampSchema,
    firing_since: timestampSchema.nullable(),
    value: z.number().nullable(),
    acknowledged: z
      .object({ by: z.string(), note: z.string(), at: timestampSchema })
      .nullable()
      .meta({ description: 'Who has seen it; it is not repeated until it has resolved.' }),
    mutes: z.array(
      z.object({
        kind: z.enum(['silence', 'maintenance', 'inhibition']),
        by: identifierSchema.meta({
          description: 'The silence, the window, or the alert that makes it superfluous.',
        }),
      }),
    ),
  })
  .meta({ id: 'Alert' });
export type WireAlert = z.infer<typeof alertSchema>;

/** A change of an alert's state. */
export const alertTransitionSchema = z
  .object({
    transition_id: identifierSchema,
    at: timestampSchema,
    alert_id: identifierSchema,
    rule: z.string(),
    workspace_id: identifierSchema.nullable(),
    severity: alertSeveritySchema,
    tags: tagsSchema,
    from: alertStateSchema,
    to: alertStateSchema,
    value: z.number().nullable(),
    reason: z.string(),
    message: z.string(),
  })
  .meta({ id: 'AlertTransition' });
export type WireAlertTransition = z.infer<typeof alertTransitionSchema>;

/** Looks at one label of an alert. */
export const alertMatcherSchema = z.strictObject({
  label: z.string().min(1).max(100),
  op: z.enum(['eq', 'ne', 'like', 'not_like']),
  value: z.string().max(1_000),
});
export type WireAlertMatcher = z.infer<typeof alertMatcherSchema>;

/** What keeps the alerts that it matches quiet for a while. */
export const silenceSchema = z
  .object({
    silence_id: identifierSchema,
    workspace_id: identifierSchema.nullable(),
    matchers: z.array(alertMatcherSchema),
    starts_at: timestampSchema,
    ends_at: timestampSchema,
    author: z.string(),
    comment: z.string(),
  })
  .meta({ id: 'AlertSilence' });
export type WireSilence = z.infer<typeof silenceSchema>;

const maintenanceTimeFields = {
  start: z.string().meta({ description: 'HH:MM on the walls of the time zone.' }),
  duration_minutes: z.number(),
  time_zone: z.string().meta({ description: 'A name of the IANA database, such as Europe/Berlin.' }),
};

/** When there is maintenance: once, on days of the week, or on a day of the month. */
export const maintenanceScheduleSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('once'), from: momentSchema, to: momentSchema }),
  z.strictObject({
    kind: z.literal('weekly'),
    days: z.array(z.enum(['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'])),
    ...maintenanceTimeFields,
  }),
  z.strictObject({
    kind: z.literal('monthly'),
    day: z.union([z.number(), z.literal('last')]),
    ...maintenanceTimeFields,
  }),
]);

/** A window of maintenance as somebody writes it. */
export const maintenanceDraftSchema = z
  .strictObject({
    name: z.string(),
    matchers: z
      .array(alertMatcherSchema)
      .max(20)
      .default([])
      .meta({ description: 'All have to match; none match every alert.' }),
    schedule: maintenanceScheduleSchema,
    comment: z.string().max(1_000).default(''),
  })
  .meta({ id: 'AlertMaintenanceDraft' });

/** Keeps the alerts that it matches quiet while its schedule says so. */
export const maintenanceSchema = z
  .object({
    maintenance_id: identifierSchema,
    workspace_id: identifierSchema.nullable(),
    ...maintenanceDraftSchema.shape,
    author: z.string(),
  })
  .meta({ id: 'AlertMaintenance' });
export type WireMaintenance = z.infer<typeof maintenanceSchema>;

/** How a notifier took a trial. */
export const notifierTrialSchema = z
  .object({
    notifier: z.string(),
    delivered: z.boolean(),
    failure: z.string().nullable().meta({ description: 'Why it was not delivered.' }),
  })
  .meta({ id: 'AlertNotifierTrial' });
export type WireNotifierTrial = z.infer<typeof notifierTrialSchema>;

/** What a rule would have done in the past, had it been there. */
export const backtestSchema = z
  .object({
    from: timestampSchema,
    to: timestampSchema,
    step_seconds: z.number().positive().meta({ description: 'How far apart the evaluations were.' }),
    firings: countSchema.meta({
      description: 'How often an alert would have begun to fire, over all series.',
    }),
    firings_per_day: z.number().nonnegative(),
    notifications: z.array(
      z.object({
        at: timestampSchema,
        status: z.enum(['firing', 'resolved']),
        alerts: countSchema.meta({ description: 'Alerts that it would have told of together.' }),
      }),
    ),
    series: z.array(
      z.object({
        tags: tagsSchema,
        points: z.array(z.object({ at: timestampSchema, value: z.number().nullable() })),
        intervals: z.array(z.object({ state: alertStateSchema, from: timestampSchema, to: timestampSchema })),
      }),
    ),
    series_left_out: countSchema,
  })
  .meta({ id: 'AlertBacktest' });
export type WireBacktest = z.infer<typeof backtestSchema>;
