import { z } from 'zod';
import { parseOptions } from '../../kernel/index.ts';
import { formatValue } from '../measure.ts';
import { headlineOf, type Notification, type NotifiedAlert, type Notifier } from '../notifier.ts';
import { messageIdOf, sendMail, type Mail, type MailServerOptions } from './mail-server.ts';

/** How mail is sent. */
export interface MailNotifierOptions extends MailServerOptions {
  /** Default `mail`. */
  readonly name?: string;
  readonly from: string;
  readonly to: readonly string[];
}

const optionsSchema = z.strictObject({
  name: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,100}$/)
    .default('mail'),
  url: z.url({ protocol: /^smtps?$/ }),
  from: z.string().min(3).max(320),
  to: z.array(z.string().min(3).max(320)).min(1).max(50),
  startTls: z.enum(['require', 'offer']).optional(),
  ca: z.string().min(1).optional(),
});

/**
 * Sends notifications as plain-text mail, through the optional package nodemailer, which is loaded at the first one. All mails of a group carry
 * the same reference, so that mail programs show them together. Rejects with `missing_dependency` when nodemailer is not installed.
 * Throws `invalid_options`.
 */
export function mailNotifier(options: MailNotifierOptions): Notifier {
  const { name, from, to, ...server } = parseOptions('mailNotifier', optionsSchema, options);
  return {
    name,
    notify: (notification, { deliveryId, signal }) =>
      sendMail(messageOf(notification, deliveryId, from, to), server, signal),
  };
}

function messageOf(
  notification: Notification,
  deliveryId: string,
  from: string,
  to: readonly string[],
): Mail {
  const group = Buffer.from(JSON.stringify([notification.route, notification.groupLabels])).toString('hex');
  return {
    from,
    to,
    subject: headlineOf(notification),
    text: textOf(notification),
    messageId: messageIdOf(deliveryId, from),
    references: messageIdOf(`group-${group.slice(0, 120)}`, from),
  };
}

function textOf(notification: Notification): string {
  const parts = notification.alerts.map(alertText);
  if (notification.alertsLeftOut > 0) parts.push(`and ${notification.alertsLeftOut} more`);
  return `${headlineOf(notification)}\n\n${parts.join('\n\n')}\n`;
}

function alertText(alert: NotifiedAlert): string {
  const since = new Date(alert.firingSince).toISOString();
  const ended = alert.resolvedAt === null ? '' : `, resolved ${new Date(alert.resolvedAt).toISOString()}`;
  const labels = Object.entries(alert.labels).map(([name, value]) => `  ${name} = ${value}`);
  return [
    `${alert.rule} (${alert.severity}) is ${alert.status}`,
    ...(alert.summary === '' ? [] : [alert.summary]),
    `Value ${formatValue(alert.value)}, firing since ${since}${ended}.`,
    ...(alert.runbookUrl === null ? [] : [`What to do: ${alert.runbookUrl}`]),
    ...labels,
  ].join('\n');
}
