import { z } from 'zod';
import { matcherSchema, type Matcher } from './matcher.ts';

/** Which alerts are told to whom, in which company, how often. */
export interface Route {
  /** Unique among the routes; part of the identity of its groups. */
  readonly name: string;
  /** All of them have to match; none match every alert. */
  readonly matchers?: readonly Matcher[];
  /** Names of notifiers. */
  readonly notifiers: readonly string[];
  /** Alerts with the same values of these labels are told of together. Default: `alertname` and `workspace_id`. */
  readonly groupBy?: readonly string[];
  /** Later routes are asked too. Default: the first one that matches is the only one. */
  readonly continue?: boolean;
  readonly pace?: Pace;
}

/** How fast and how often a route tells. */
export interface Pace {
  /** How long a new group waits for more alerts, seconds. Default 30. */
  readonly groupWaitSeconds?: number;
  /** How long a group waits after it was told of before it tells of changes, seconds. Default 300. */
  readonly groupIntervalSeconds?: number;
  /** After which time without changes firing alerts are told of again, seconds. Default 14,400, four hours. */
  readonly repeatIntervalSeconds?: number;
}

/** Alerts that make others superfluous: while a source fires, its targets are not told of. */
export interface Inhibition {
  readonly source: readonly Matcher[];
  readonly target: readonly Matcher[];
  /** Labels whose values have to be the same on both. A label that both lack is the same. */
  readonly equal: readonly string[];
}

/** The limits of alerts. */
export interface AlertLimits {
  /** Rules. Default 5,000. */
  readonly rulesMax?: number;
  /** Alerts of one rule that are not inactive. Further series are not evaluated, and the rule says so. Default 10,000. */
  readonly alertsPerRuleMax?: number;
  /** Alerts that one notification shows. Default 100. */
  readonly alertsPerNotificationMax?: number;
  /** Transitions that history keeps. Default 100,000. */
  readonly transitionsMax?: number;
  /** Deliveries that are remembered after their end. Default 10,000. */
  readonly deliveriesMax?: number;
  /** Deliveries that wait for one notifier; beyond, the oldest is given up. Default 1,000. */
  readonly deliveriesWaitingMax?: number;
  /** Silences and maintenance windows, each. Default 1,000. */
  readonly silencesMax?: number;
}

/** What times alerts keep. */
export interface AlertTimes {
  /** How long a resolved alert is still listed, seconds. Default 900. */
  readonly resolvedSeconds?: number;
  /** How long an alert is remembered whose series is gone, seconds. Default 86,400. */
  readonly missingSeconds?: number;
  /** How long after the start missing samples say nothing, because series come back one by one, seconds. Default 120. */
  readonly graceSeconds?: number;
  /** How long one attempt to deliver a notification may take, seconds. Default 15. */
  readonly deliverySeconds?: number;
  /** Retries of a delivery after the first attempt, with growing pauses up to five minutes. Default 8, about ten minutes. */
  readonly deliveryRetriesMax?: number;
}

/** Options of `createAlerts`; all optional. */
export interface AlertsOptions {
  /** In the order in which they are asked. Default: one route, `default`, to every notifier. */
  readonly routes?: readonly Route[];
  /** Default: a critical alert mutes those of severity error, warning and info on the same series. */
  readonly inhibitions?: readonly Inhibition[];
  readonly limits?: AlertLimits;
  readonly times?: AlertTimes;
}

/** A route with every default in its place. */
export interface ResolvedRoute {
  readonly name: string;
  readonly matchers: readonly Matcher[];
  readonly notifiers: readonly string[];
  readonly groupBy: readonly string[];
  readonly continue: boolean;
  readonly pace: Required<Pace>;
}

/** The options with every default in its place. */
export interface ResolvedAlertsOptions {
  readonly routes: readonly ResolvedRoute[] | null;
  readonly inhibitions: readonly Inhibition[];
  readonly limits: Required<AlertLimits>;
  readonly times: Required<AlertTimes>;
}

const label = z.string().min(1).max(100);
const nameSchema = z.string().regex(/^[A-Za-z0-9_-]{1,100}$/, 'must be letters, digits, _ and -');
const seconds = z
  .number()
  .nonnegative()
  .max(366 * 86_400);
const matchers = z.array(matcherSchema).max(20);

const pace = z
  .strictObject({
    groupWaitSeconds: seconds.default(30),
    groupIntervalSeconds: seconds.min(1).default(300),
    repeatIntervalSeconds: seconds.min(1).default(14_400),
  })
  .prefault({});

const route = z.strictObject({
  name: nameSchema,
  matchers: matchers.default([]),
  notifiers: z.array(nameSchema).min(1),
  groupBy: z.array(label).max(20).default(['alertname', 'workspace_id']),
  continue: z.boolean().default(false),
  pace,
});

const inhibition: z.ZodType<Inhibition> = z.strictObject({
  source: matchers,
  target: matchers,
  equal: z.array(label).max(20),
});

const criticalFirst: Inhibition = {
  source: [{ label: 'severity', op: 'eq', value: 'critical' }],
  target: [{ label: 'severity', op: 'ne', value: 'critical' }],
  equal: ['series'],
};

const limits = z
  .strictObject({
    rulesMax: z.int().positive().default(5_000),
    alertsPerRuleMax: z.int().positive().default(10_000),
    alertsPerNotificationMax: z.int().positive().default(100),
    transitionsMax: z.int().positive().default(100_000),
    deliveriesMax: z.int().positive().default(10_000),
    deliveriesWaitingMax: z.int().positive().default(1_000),
    silencesMax: z.int().positive().default(1_000),
  })
  .prefault({});

const times = z
  .strictObject({
    resolvedSeconds: seconds.default(900),
    missingSeconds: seconds.min(1).default(86_400),
    graceSeconds: seconds.default(120),
    deliverySeconds: seconds.positive().default(15),
    deliveryRetriesMax: z.int().nonnegative().max(100).default(8),
  })
  .prefault({});

/** Checks options and supplies defaults. */
export const alertsOptionsSchema: z.ZodType<ResolvedAlertsOptions> = z.strictObject({
  routes: z
    .array(route)
    .refine(
      (routes) => new Set(routes.map(({ name }) => name)).size === routes.length,
      'must have different names',
    )
    .optional()
    .transform((routes) => routes ?? null),
  inhibitions: z.array(inhibition).default([criticalFirst]),
  limits,
  times,
});

/** What holds for a route that nobody declared. */
export const defaultPace: Required<Pace> = Object.freeze({
  groupWaitSeconds: 30,
  groupIntervalSeconds: 300,
  repeatIntervalSeconds: 14_400,
});
