/** What the environment says about monitoring: whether there is any, who may read metrics, and who is told of alerts. */
import { z } from 'zod';

const tokenCharactersMin = 16;
const secretCharactersMin = 16;

/** The variables, for the schema of the environment. */
export const monitoringVariables = {
  METRICS: z.stringbool().default(true),
  METRICS_TOKEN: z
    .string()
    .min(tokenCharactersMin, `needs at least ${tokenCharactersMin} characters`)
    .optional(),
  ALERT_WEBHOOK_URL: z.url({ protocol: /^https?$/, error: 'must be an http:// or https:// URL' }).optional(),
  WEBHOOK_SECRET: z
    .string()
    .min(secretCharactersMin, `needs at least ${secretCharactersMin} characters`)
    .optional(),
  ALERT_SLACK_URL: z.url({ protocol: /^https?$/, error: 'must be an http:// or https:// URL' }).optional(),
  ALERT_MAIL_TO: z.string().min(3).optional(),
  SMTP_URL: z.url({ protocol: /^smtps?$/, error: 'must be an smtp:// or smtps:// URL' }).optional(),
  MAIL_FROM: z.string().min(3).optional(),
};

type Values = z.output<z.ZodObject<typeof monitoringVariables>>;

/** How an installation watches itself. */
export interface MonitoringConfig {
  /** False: nothing is measured, kept or alerted of. */
  readonly enabled: boolean;
  /** What a scraper from another machine has to show; without it none is answered. */
  readonly metricsToken: string | undefined;
  readonly webhook: { readonly url: string; readonly secret: string } | undefined;
  readonly slackUrl: string | undefined;
  readonly mail: { readonly url: string; readonly from: string; readonly to: readonly string[] } | undefined;
}

/** Puts the variables together; answers what is missing where one needs another. */
export function readMonitoringConfig(
  values: Values,
): { readonly config: MonitoringConfig } | { readonly problems: readonly string[] } {
  const problems: string[] = [];
  const { ALERT_WEBHOOK_URL: hook, WEBHOOK_SECRET: secret } = values;
  const { ALERT_MAIL_TO: to, SMTP_URL: smtp, MAIL_FROM: from } = values;
  if (hook !== undefined && secret === undefined) {
    problems.push(
      'ALERT_WEBHOOK_URL needs WEBHOOK_SECRET too, with which the receiver checks who calls (make one with: openssl rand -hex 32)',
    );
  }
  if (to !== undefined && (smtp === undefined || from === undefined)) {
    problems.push('ALERT_MAIL_TO needs SMTP_URL (the mail server) and MAIL_FROM (the sender) too');
  }
  if (problems.length > 0) return { problems };
  return {
    config: {
      enabled: values.METRICS,
      metricsToken: values.METRICS_TOKEN,
      webhook: hook !== undefined && secret !== undefined ? { url: hook, secret } : undefined,
      slackUrl: values.ALERT_SLACK_URL,
      mail:
        to !== undefined && smtp !== undefined && from !== undefined
          ? { url: smtp, from, to: to.split(',').map((address) => address.trim()) }
          : undefined,
    },
  };
}
