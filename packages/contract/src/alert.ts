/** Alerts: rules over metrics, what fires, who has seen it, and what is silenced. */
import { z } from 'zod';

import { metricScopeSchema, reportSchema, tagsSchema } from './metric.ts';
import { countSchema, identifierSchema, timestampSchema, workspaceQuerySchema } from './primitives.ts';
import { defineRoutes } from './route.ts';

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

const ruleNameSchema = z.string().regex(/^[a-z][a-z0-9_]{0,99}$/u, 'Use snake_case, at most 100 characters.');
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
  z.strictObject({ kind: z.literal('once'), from: timestampSchema, to: timestampSchema }),
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

const scoped = workspaceQuerySchema.extend({ scope: metricScopeSchema.default('workspace') });
const ruleParams = z.strictObject({ name: ruleNameSchema });
const maintenanceParams = z.strictObject({ maintenance_id: identifierSchema });

/** Routes of alerts. */
export const alertRoutes = defineRoutes({
  listRules: {
    method: 'GET',
    path: '/api/v1/metrics/alerts/rules',
    role: 'viewer',
    tag: 'alerts',
    summary: 'List the rules, and how each is doing.',
    query: scoped,
    response: reportSchema(z.array(alertRuleSchema)).extend({ total: countSchema }),
  },
  createRule: {
    method: 'POST',
    path: '/api/v1/metrics/alerts/rules',
    role: 'admin',
    tag: 'alerts',
    summary: 'Add a rule; one of the same name must not exist.',
    query: scoped,
    body: alertRuleDraftSchema,
    response: reportSchema(alertRuleSchema),
    status: 201,
  },
  replaceRule: {
    method: 'PUT',
    path: '/api/v1/metrics/alerts/rules/:name',
    role: 'admin',
    tag: 'alerts',
    summary: 'Replace a rule; what it changes in more than words lets its alerts begin anew.',
    params: ruleParams,
    query: scoped,
    body: alertRuleDraftSchema.omit({ name: true }),
    response: reportSchema(alertRuleSchema),
  },
  deleteRule: {
    method: 'DELETE',
    path: '/api/v1/metrics/alerts/rules/:name',
    role: 'admin',
    tag: 'alerts',
    summary: 'Remove a rule; what it has firing is resolved.',
    params: ruleParams,
    query: scoped,
    response: z.null(),
    status: 204,
    format: 'none',
  },
  backtest: {
    method: 'POST',
    path: '/api/v1/metrics/alerts/rules/backtest',
    role: 'viewer',
    tag: 'alerts',
    summary:
      'Try a rule on stored history: when it would have been pending, when it would have fired. Changes nothing.',
    query: scoped,
    body: z.strictObject({
      rule: alertRuleDraftSchema,
      from: timestampSchema.optional().meta({ description: 'Default: a day before `to`.' }),
      to: timestampSchema.optional().meta({ description: 'Default: now.' }),
    }),
    response: reportSchema(backtestSchema),
  },
  active: {
    method: 'GET',
    path: '/api/v1/metrics/alerts/active',
    role: 'viewer',
    tag: 'alerts',
    summary: 'List what is pending or fires, what lacks data, and what has just resolved.',
    query: scoped,
    response: reportSchema(z.array(alertSchema)).extend({ total: countSchema }),
  },
  acknowledge: {
    method: 'POST',
    path: '/api/v1/metrics/alerts/active/:alert_id/acknowledge',
    role: 'member',
    tag: 'alerts',
    summary: 'Say that somebody has seen an alert, which stops it from being repeated until it has resolved.',
    params: z.strictObject({ alert_id: identifierSchema }),
    query: scoped,
    body: z.strictObject({ note: z.string().max(1_000).default('') }),
    response: reportSchema(
      z.object({ alert_id: identifierSchema, by: z.string(), note: z.string(), at: timestampSchema }),
    ),
  },
  history: {
    method: 'GET',
    path: '/api/v1/metrics/alerts/history',
    role: 'viewer',
    tag: 'alerts',
    summary: 'Read how alerts changed, newest first, with values and reasons.',
    query: scoped.extend({
      rule: z.string().max(100).optional(),
      alert_id: identifierSchema.optional(),
      state: alertStateSchema.optional().meta({ description: 'Only changes to this state.' }),
      since: timestampSchema.optional(),
      until: timestampSchema.optional(),
      limit: z.coerce.number<number | string>().int().min(1).max(1_000).default(100),
      cursor: z.string().min(1).max(500).optional(),
    }),
    response: reportSchema(z.array(alertTransitionSchema)).extend({ next_cursor: z.string().nullable() }),
  },
  listSilences: {
    method: 'GET',
    path: '/api/v1/metrics/alerts/silences',
    role: 'viewer',
    tag: 'alerts',
    summary: 'List silences that hold, are to come, or ended within a day.',
    query: scoped,
    response: reportSchema(z.array(silenceSchema)).extend({ total: countSchema }),
  },
  createSilence: {
    method: 'POST',
    path: '/api/v1/metrics/alerts/silences',
    role: 'member',
    tag: 'alerts',
    summary: 'Keep the alerts that match quiet for a while; they are evaluated and shown all the same.',
    query: scoped,
    body: z.strictObject({
      matchers: z.array(alertMatcherSchema).min(1).max(20),
      starts_at: timestampSchema.optional(),
      ends_at: timestampSchema,
      comment: z.string().min(1).max(1_000),
    }),
    response: reportSchema(silenceSchema),
    status: 201,
  },
  expireSilence: {
    method: 'DELETE',
    path: '/api/v1/metrics/alerts/silences/:silence_id',
    role: 'member',
    tag: 'alerts',
    summary: 'End a silence now.',
    params: z.strictObject({ silence_id: identifierSchema }),
    query: scoped,
    response: z.null(),
    status: 204,
    format: 'none',
  },
  listMaintenance: {
    method: 'GET',
    path: '/api/v1/metrics/alerts/maintenance',
    role: 'viewer',
    tag: 'alerts',
    summary: 'List the windows of maintenance.',
    query: scoped,
    response: reportSchema(z.array(maintenanceSchema)).extend({ total: countSchema }),
  },
  createMaintenance: {
    method: 'POST',
    path: '/api/v1/metrics/alerts/maintenance',
    role: 'admin',
    tag: 'alerts',
    summary: 'Keep the alerts that match quiet at set times, once or again and again.',
    query: scoped,
    body: maintenanceDraftSchema,
    response: reportSchema(maintenanceSchema),
    status: 201,
  },
  replaceMaintenance: {
    method: 'PUT',
    path: '/api/v1/metrics/alerts/maintenance/:maintenance_id',
    role: 'admin',
    tag: 'alerts',
    summary: 'Replace a window of maintenance.',
    params: maintenanceParams,
    query: scoped,
    body: maintenanceDraftSchema,
    response: reportSchema(maintenanceSchema),
  },
  deleteMaintenance: {
    method: 'DELETE',
    path: '/api/v1/metrics/alerts/maintenance/:maintenance_id',
    role: 'admin',
    tag: 'alerts',
    summary: 'Remove a window of maintenance; what it kept quiet is told of from now on.',
    params: maintenanceParams,
    query: scoped,
    response: z.null(),
    status: 204,
    format: 'none',
  },
  tryNotifiers: {
    method: 'POST',
    path: '/api/v1/metrics/alerts/notifiers/test',
    role: 'operator',
    tag: 'alerts',
    summary: 'Send a trial alert to everybody who is told of alerts, and say how each took it.',
    body: z.strictObject({}),
    response: reportSchema(z.array(notifierTrialSchema)),
  },
});
