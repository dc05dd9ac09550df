import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import type SMTPTransport from 'nodemailer/lib/smtp-transport';
import { RaptorFlowError } from '../../kernel/index.ts';

/** How a mail server is reached. */
export interface MailServerOptions {
  /** `smtp://user:password@host:587` or `smtps://…`. A secret. */
  readonly url: string;
  /**
   * What is asked of `smtp://` servers: `require` – the connection is encrypted (STARTTLS) or nothing is sent; `offer` – encrypted if the server
   * can. Default `require`, but `offer` on this machine.
   */
  readonly startTls?: 'require' | 'offer' | undefined;
  /** Certificates in PEM of the authority that the server's is signed by, where that is one of your own. */
  readonly ca?: string | undefined;
}

/** A mail in plain text. */
export interface Mail {
  readonly from: string;
  readonly to: readonly string[];
  readonly subject: string;
  readonly text: string;
  /** With its angle brackets; mail servers drop a second mail with the same id, which makes sending again harmless. */
  readonly messageId: string;
  /** The same for mails that belong together. */
  readonly references?: string;
}

const socketMsMax = 15_000;
const localHosts: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '[::1]']);

/**
 * Sends one mail, through the optional package nodemailer, which is loaded at the first one. Rejects with `missing_dependency` when it is not
 * installed, and with `unavailable` when the server does not take the mail.
 */
export async function sendMail(mail: Mail, options: MailServerOptions, signal: AbortSignal): Promise<void> {
  const server = new URL(options.url);
  const isOffer = (options.startTls ?? (localHosts.has(server.hostname) ? 'offer' : 'require')) === 'offer';
  const { createTransport } = await loadNodemailer();
  const socket = openSocket(server, signal);
  try {
    const transport = createTransport({
      ...settingsOf(server, isOffer, options.ca),
      connection: await connected(socket),
    });
    await transport.sendMail({
      ...mail,
      to: [...mail.to],
      headers: { 'Auto-Submitted': 'auto-generated', 'X-Auto-Response-Suppress': 'All' },
    });
  } catch (error) {
    throw mailError(error, server.host);
  } finally {
    socket.destroy();
  }
}

/** A message id of this name at the sender's domain, with its angle brackets. */
export function messageIdOf(name: string, from: string): string {
  return `<${name}@${/@([A-Za-z0-9.-]+)/.exec(from)?.[1] ?? 'localhost'}>`;
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
