import { z } from 'zod';
import { listIssues, maskSecrets, maskSecretsIn, RaptorFlowError } from '../kernel/index.ts';
import { severities, type AlertRule } from './rule.ts';

const name = z.string().regex(/^[a-z][a-z0-9_]{0,99}$/, 'must be snake_case, at most 100 characters');
const tagName = z.string().min(1).max(100);
const tags = z
  .record(tagName, z.string().max(1_000))
  .refine((value) => Object.keys(value).length <= 20, 'at most 20');
const seconds = z
  .number()
  .positive()
  .max(366 * 86_400);
const threshold = z.number();
const by = z.array(tagName).max(8).default([]);
const secondsOfADay = 86_400;
const seasonsLearned = 14;

const base = {
  name,
  workspaceId: z.string().min(1).max(200).nullable().default(null),
  summary: z.string().max(1_000).default(''),
  runbookUrl: z
    .url({ protocol: /^https?$/ })
    .max(2_000)
    .nullable()
    .default(null),
  severity: z.enum(severities).default('warning'),
  labels: tags.default({}),
  enabled: z.boolean().default(true),
  intervalSeconds: z.number().min(1).max(3_600).default(30),
  durationSeconds: z
    .number()
    .min(0)
    .max(30 * secondsOfADay)
    .default(300),
  keepFiringSeconds: z
    .number()
    .min(0)
    .max(30 * secondsOfADay)
    .default(0),
  missing: z.enum(['keep', 'ok', 'firing', 'no_data']).default('no_data'),
};
const measured = {
  ...base,
  metric: name,
  tags: tags.default({}),
  aggregation: z
    .enum(['sum', 'average', 'min', 'max', 'count', 'p50', 'p95', 'p99', 'rate', 'last'])
    .default('average'),
  windowSeconds: seconds.default(60),
};
const direction = z.enum(['up', 'down', 'either']);
const selection = z.strictObject({ metric: name, tags: tags.default({}) });

const thresholdRule = z
  .strictObject({
    ...measured,
    condition: z.enum(['gt', 'gte', 'lt', 'lte', 'eq', 'ne']),
    threshold,
    resolveThreshold: threshold.nullable().default(null),
  })
  .superRefine((rule, context) => {
    const { condition, resolveThreshold } = rule;
    if (resolveThreshold === null) return;
    const message =
      condition === 'eq' || condition === 'ne'
        ? `has no meaning with ${condition}`
        : condition.startsWith('g')
          ? 'must not be above the threshold'
          : 'must not be below the threshold';
    const isFine = condition.startsWith('g')
      ? resolveThreshold <= rule.threshold
      : resolveThreshold >= rule.threshold;
    if (condition === 'eq' || condition === 'ne' || !isFine) {
      context.addIssue({ code: 'custom', path: ['resolveThreshold'], message });
    }
  });

const changeRule = z
  .strictObject({
    ...measured,
    condition: z.literal('change'),
    change: z.strictObject({
      mode: z.enum(['absolute', 'relative']).default('relative'),
      earlierSeconds: seconds,
      direction: direction.default('up'),
    }),
    threshold: threshold.min(0),
    resolveThreshold: threshold.min(0).nullable().default(null),
  })
  .refine((rule) => rule.resolveThreshold === null || rule.resolveThreshold <= rule.threshold, {
    path: ['resolveThreshold'],
    message: 'must not be above the threshold',
  });

const pointsLearnedMax = 20_000;

const anomalyRule = z
  .strictObject({
    ...measured,
    windowSeconds: seconds.default(600),
    condition: z.literal('anomaly'),
    anomaly: z
      .strictObject({
        seasonSeconds: seconds.default(secondsOfADay),
        pastSeconds: seconds.optional(),
        confidence: z.number().min(0.5).max(0.999).default(0.99),
        direction: direction.default('either'),
      })
      .prefault({})
      .transform((anomaly) => ({
        ...anomaly,
        pastSeconds: anomaly.pastSeconds ?? anomaly.seasonSeconds * seasonsLearned,
      }))
      .refine((anomaly) => anomaly.pastSeconds >= 2 * anomaly.seasonSeconds, {
        path: ['pastSeconds'],
        message: 'must be two seasons or more',
      }),
  })
  .superRefine(({ anomaly, windowSeconds }, context) => {
    const { pastSeconds, seasonSeconds } = anomaly;
    const message =
      seasonSeconds % windowSeconds !== 0
        ? 'must divide the season'
        : pastSeconds / windowSeconds > pointsLearnedMax
          ? `must make the past at most ${pointsLearnedMax} windows`
          : null;
    if (message !== null) context.addIssue({ code: 'custom', path: ['windowSeconds'], message });
  });

const burnRateRule = z
  .strictObject({
    ...base,
    condition: z.literal('burn_rate'),
    good: selection,
    total: selection,
    objective: z.number().gt(0).lt(1),
    threshold: threshold.positive(),
    longWindowSeconds: seconds.default(3_600),
    shortWindowSeconds: seconds.optional(),
    by,
  })
  .transform((rule) => ({
    ...rule,
    shortWindowSeconds: rule.shortWindowSeconds ?? rule.longWindowSeconds / 12,
  }))
  .refine((rule) => rule.shortWindowSeconds <= rule.longWindowSeconds, {
    path: ['shortWindowSeconds'],
    message: 'must not be longer than the long window',
  });

const compositeRule = z
  .strictObject({
    ...base,
    condition: z.enum(['all', 'any']),
    rules: z.array(name).min(1).max(50),
    by,
  })
  .refine((rule) => !rule.rules.includes(rule.name), {
    path: ['rules'],
    message: 'a rule cannot be one of its own',
  });

/** Checks a rule and supplies what it leaves out. */
export const alertRuleSchema: z.ZodType<AlertRule> = z.discriminatedUnion('condition', [
  thresholdRule,
  z.strictObject({ ...measured, condition: z.literal('absent') }),
  changeRule,
  anomalyRule,
  burnRateRule,
  compositeRule,
]);

/**
 * The rule with every default in its place, frozen. Its words and labels are sent to whoever is told of it, so secrets in them are masked.
 * Throws `invalid_input` that names every refused field; unknown fields are refused.
 */
export function parseAlertRule(draft: unknown): AlertRule {
  const result = alertRuleSchema.safeParse(draft);
  if (result.success) return Object.freeze(withoutSecrets(result.data));
  const issues = listIssues(result.error);
  const lines = issues.map(({ path, message }) => (path === '' ? message : `${path}: ${message}`));
  throw new RaptorFlowError('invalid_input', `This is no alert rule: ${lines.join('; ')}.`, {
    details: { issues },
  });
}

function withoutSecrets(rule: AlertRule): AlertRule {
  const { summary, runbookUrl, labels } = rule;
  return {
    ...rule,
    summary: maskSecrets(summary),
    runbookUrl: runbookUrl === null ? null : maskSecrets(runbookUrl),
    labels: maskSecretsIn(labels) as AlertRule['labels'],
  };
}
