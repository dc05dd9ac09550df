import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import type SMTPTransport from 'nodemailer/lib/smtp-transport';
import { z } from 'zod';
import { parseOptions, RaptorFlowError } from '../../kernel/index.ts';
import { formatValue } from '../measure.ts';
import { headlineOf, type Notification, type NotifiedAlert, type Notifier } from '../notifier.ts';

/** How mail is sent. */
export interface MailNotifierOptions {
  /** Default `mail`. */
  readonly name?: string;
  /** `smtp://user:password@host:587` or `smtps://…`. A secret. */
  readonly url: string;
  readonly from: string;
  readonly to: readonly string[];
  /**
   * What is asked of `smtp://` servers: `require` – the connection is encrypted (STARTTLS) or nothing is sent; `offer` – encrypted if the server
   * can. Default `require`, but `offer` on this machine.
   */
  readonly startTls?: 'require' | 'offer';
  /** Certificates in PEM of the authority that the server's is signed by, where that is one of your own. */
  readonly ca?: string;
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

const socketMsMax = 15_000;
const localHosts: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '[::1]']);

/**
 * Sends notifications as plain-text mail, through the optional package nodemailer, which is loaded at the first one. All mails of a group carry
 * the same reference, so that mail programs show them together. Rejects with `missing_dependency` when nodemailer is not installed.
 * Throws `invalid_options`.
 */
export function mailNotifier(options: MailNotifierOptions): Notifier {
  const { name, url, from, to, startTls, ca } = parseOptions('mailNotifier', optionsSchema, options);
  const server = new URL(url);
  const isOffer = (startTls ?? (localHosts.has(server.hostname) ? 'offer' : 'require')) === 'offer';
  return {
    name,
    async notify(notification, { deliveryId, signal }) {
      const { createTransport } = await loadNodemailer();
      const socket = openSocket(server, signal);
      try {
        const transport = createTransport({
          ...settingsOf(server, isOffer, ca),
          connection: await connected(socket),
        });
        await transport.sendMail(messageOf(notification, deliveryId, from, to));
      } catch (error) {
        throw mailError(error, server.host);
      } finally {
        socket.destroy();
      }
    },
  };
}

const hostOf = ({ hostname }: URL): string => hostname.replace(/^\[|\]$/g, '');

// The socket is ours, so that an attempt that is given up leaves nothing open.
function openSocket(server: URL, signal: AbortSignal): Socket {
  const port = Number(server.port) || (server.protocol === 'smtps:' ? 465 : 587);
  const socket = connect({ host: hostOf(server), port, signal });
  socket.setTimeout(socketMsMax, () => socket.destroy());
  return socket;
}

async function connected(socket: Socket): Promise<Socket> {
  await once(socket, 'connect');
  return socket;
}

function settingsOf(server: URL, isOffer: boolean, ca: string | undefined): SMTPTransport.Options {
  const isSecure = server.protocol === 'smtps:';
  return {
    host: hostOf(server),
    secure: isSecure,
    requireTLS: !isSecure && !isOffer,
    ...(server.username !== '' && {
      auth: { user: decodeURIComponent(server.username), pass: decodeURIComponent(server.password) },
    }),
    tls: { servername: hostOf(server), ...(ca !== undefined && { ca }) },
    greetingTimeout: socketMsMax,
    socketTimeout: socketMsMax,
    disableFileAccess: true,
    disableUrlAccess: true,
  };
}

interface Mail {
  readonly from: string;
  readonly to: string[];
  readonly subject: string;
  readonly text: string;
  readonly messageId: string;
  readonly references: string;
  readonly headers: Record<string, string>;
}

function messageOf(
  notification: Notification,
  deliveryId: string,
  from: string,
  to: readonly string[],
): Mail {
  const domain = /@([A-Za-z0-9.-]+)/.exec(from)?.[1] ?? 'localhost';
  const group = Buffer.from(JSON.stringify([notification.route, notification.groupLabels])).toString('hex');
  return {
    from,
    to: [...to],
    subject: headlineOf(notification),
    text: textOf(notification),
    // Mail servers drop a second mail with the same id, which makes sending again harmless.
    messageId: `<${deliveryId}@${domain}>`,
    references: `<group-${group.slice(0, 120)}@${domain}>`,
    headers: { 'Auto-Submitted': 'auto-generated', 'X-Auto-Response-Suppress': 'All' },
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

// The server's own words are left out: they may repeat the user's name, or what was said in the dialogue.
function mailError(error: unknown, host: string): RaptorFlowError {
  const code = readText(error, 'code') ?? 'unknown';
  const command = readText(error, 'command');
  const status =
    typeof error === 'object' && error !== null && 'responseCode' in error
      ? Number(error.responseCode)
      : null;
  // 5xx is a refusal for good (RFC 5321, section 4.2.1); so is a wrong password.
  const isFinal = code === 'EAUTH' || (status !== null && status >= 500);
  const about = [code, command, status].filter((part) => part !== null && part !== undefined).join(', ');
  return new RaptorFlowError('unavailable', `The mail server ${host} did not take the mail (${about}).`, {
    retryable: !isFinal,
    details: { host, code, status },
  });
}

function readText(error: unknown, key: string): string | undefined {
  if (typeof error !== 'object' || error === null) return undefined;
  const value: unknown = Reflect.get(error, key);
  return typeof value === 'string' ? value : undefined;
}

async function loadNodemailer(): Promise<Pick<typeof import('nodemailer'), 'createTransport'>> {
  try {
    const { createTransport } = await import('nodemailer');
    return { createTransport };
  } catch (cause) {
    throw new RaptorFlowError(
      'missing_dependency',
      'Mail needs the package nodemailer, which is not installed; type: npm install nodemailer',
      { cause },
    );
  }
}
