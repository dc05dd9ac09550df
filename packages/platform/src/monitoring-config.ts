/** What the environment says about monitoring: whether there is any, who may read metrics, and who is told of alerts. */
/** The variables, checked one by one. */
interface MonitoringValues {
  readonly METRICS: boolean;
  readonly METRICS_TOKEN?: string | undefined;
  readonly ALERT_WEBHOOK_URL?: string | undefined;
  readonly WEBHOOK_SECRET?: string | undefined;
  readonly ALERT_SLACK_URL?: string | undefined;
  readonly ALERT_MAIL_TO?: string | undefined;
  readonly SMTP_URL?: string | undefined;
  readonly MAIL_FROM?: string | undefined;
}

/** How an installation watches itself. */
export interface MonitoringConfig {
  /** False: nothing is measured, kept or alerted of. */
  readonly enabled: boolean;
  /** What a scraper from another machine has to show; without it none is answered. */
  readonly metricsToken: string | undefined;
  /** Signs what webhooks are sent. */
  readonly webhookSecret: string | undefined;
  readonly webhook: { readonly url: string; readonly secret: string } | undefined;
  readonly slackUrl: string | undefined;
  readonly mail: { readonly url: string; readonly from: string; readonly to: readonly string[] } | undefined;
}

/** Puts the variables together; answers what is missing where one needs another. */
export function readMonitoringConfig(
  values: MonitoringValues,
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
      webhookSecret: secret,
      slackUrl: values.ALERT_SLACK_URL,
      mail:
        to !== undefined && smtp !== undefined && from !== undefined
          ? { url: smtp, from, to: to.split(',').map((address) => address.trim()) }
          : undefined,
    },
  };
}
