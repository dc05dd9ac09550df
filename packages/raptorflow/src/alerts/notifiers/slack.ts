import { z } from 'zod';
import { parseOptions, systemClock, type Clock } from '../../kernel/index.ts';
import { formatValue } from '../measure.ts';
import { headlineOf, type NotifiedAlert, type Notifier } from '../notifier.ts';
import { post } from './post.ts';

/** Where messages go. */
export interface SlackNotifierOptions {
  /** Default `slack`. */
  readonly name?: string;
  /** An incoming webhook of Slack, or of what understands the same messages (Mattermost, Rocket.Chat, Discord's `/slack`). A secret. */
  readonly url: string;
}

const optionsSchema = z.strictObject({
  name: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,100}$/)
    .default('slack'),
  url: z.url({ protocol: /^https?$/ }),
});

const colours = { critical: '#c0172b', error: '#d9480f', warning: '#e8a317', info: '#3b82c4' } as const;
const resolvedColour = '#2f9e44';
/** Slack shows a hundred attachments at most, and nobody reads that many. */
const attachmentsMax = 20;

/** Posts notifications as messages with one attachment for each alert, up to twenty. Throws `invalid_options`. */
export function slackNotifier(
  options: SlackNotifierOptions,
  deps: { readonly clock?: Clock } = {},
): Notifier {
  const { name, url } = parseOptions('slackNotifier', optionsSchema, options);
  const clock = deps.clock ?? systemClock;
  return {
    name,
    async notify(notification, { signal }) {
      const shown = notification.alerts.slice(0, attachmentsMax);
      const leftOut = notification.alerts.length - shown.length + notification.alertsLeftOut;
      const more = leftOut > 0 ? `\nand ${leftOut} more` : '';
      const body = JSON.stringify({
        text: escape(headlineOf(notification)) + more,
        attachments: shown.map(attachmentOf),
      });
      const headers = { 'content-type': 'application/json' };
      await post({ what: `The chat "${name}"`, url, headers, body, signal, now: clock.now() });
    },
  };
}

function attachmentOf(alert: NotifiedAlert): Record<string, unknown> {
  const labels = Object.entries(alert.labels).filter(([name]) => name !== 'series' && name !== 'alertname');
  return {
    fallback: `${alert.rule} ${alert.status}`,
    color: alert.status === 'resolved' ? resolvedColour : colours[alert.severity],
    title: escape(`${alert.rule} is ${alert.status}`),
    ...(alert.runbookUrl !== null && { title_link: alert.runbookUrl }),
    text: escape(alert.summary),
    fields: [
      { title: 'value', value: formatValue(alert.value), short: true },
      ...labels.map(([title, value]) => ({ title: escape(title), value: escape(value), short: true })),
    ],
    ts: Math.floor((alert.resolvedAt ?? alert.firingSince) / 1_000),
  };
}

// The three characters that Slack reads as its own: without this a label could mention everybody.
function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
