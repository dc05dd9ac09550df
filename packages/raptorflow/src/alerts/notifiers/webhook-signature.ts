import { createHmac, timingSafeEqual } from 'node:crypto';
import { RaptorFlowError } from '../../kernel/index.ts';

/** The headers of a signed webhook, as the specification "Standard Webhooks" (1.0.0) names them. */
export interface WebhookHeaders {
  readonly 'webhook-id': string;
  /** Seconds since 1970. */
  readonly 'webhook-timestamp': string;
  /** `v1,` and the base64 form of the HMAC-SHA256 of id, timestamp and body, joined by full stops; several with spaces between them. */
  readonly 'webhook-signature': string;
}

/** What a receiver has in hand. */
export interface ReceivedWebhook {
  /** As they came; names in lower case. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  /** The body as it came, before it is parsed. */
  readonly body: string;
}

const base64Prefix = 'whsec_';
/** Shorter secrets can be guessed. */
export const secretBytesMin = 16;
const toleranceSecondsDefault = 300;

/** The key that a secret stands for: base64 after `whsec_`, otherwise its own bytes. */
export function keyOfSecret(secret: string): Buffer {
  return secret.startsWith(base64Prefix)
    ? Buffer.from(secret.slice(base64Prefix.length), 'base64')
    : Buffer.from(secret, 'utf8');
}

/** The headers of one attempt, signed with every secret, so that receivers can go over from one to the next. */
export function signWebhook(
  id: string,
  body: string,
  secrets: readonly string[],
  now: number,
): WebhookHeaders {
  const timestamp = String(Math.floor(now / 1_000));
  const signatures = secrets.map((secret) => `v1,${signature(id, timestamp, body, secret)}`);
  return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signatures.join(' ') };
}

/**
 * For receivers: answers the id when the webhook was signed with one of the secrets and is not older or newer than `toleranceSeconds`
 * (default 300). Receivers that must not act twice remember the id. Throws `unauthenticated`.
 */
export function verifyWebhook(
  received: ReceivedWebhook,
  secrets: readonly string[],
  options: { readonly now: number; readonly toleranceSeconds?: number },
): string {
  const id = headerOf(received, 'webhook-id');
  const timestamp = headerOf(received, 'webhook-timestamp');
  const age = Math.abs(options.now / 1_000 - Number(timestamp));
  if (!(age <= (options.toleranceSeconds ?? toleranceSecondsDefault))) {
    throw refuse('its timestamp is too far from now');
  }
  const given = headerOf(received, 'webhook-signature')
    .split(' ')
    .flatMap((part) => (part.startsWith('v1,') ? [Buffer.from(part.slice(3), 'base64')] : []));
  const wanted = secrets.map((secret) =>
    Buffer.from(signature(id, timestamp, received.body, secret), 'base64'),
  );
  const isSigned = wanted.some((one) =>
    given.some((other) => one.length === other.length && timingSafeEqual(one, other)),
  );
  if (!isSigned) throw refuse('no signature fits');
  return id;
}

function signature(id: string, timestamp: string, body: string, secret: string): string {
  return createHmac('sha256', keyOfSecret(secret)).update(`${id}.${timestamp}.${body}`).digest('base64');
}

function headerOf({ headers }: ReceivedWebhook, name: keyof WebhookHeaders): string {
  const value = headers[name];
  if (typeof value === 'string' && value !== '') return value;
  throw refuse(`it has no header ${name}`);
}

function refuse(why: string): RaptorFlowError {
  return new RaptorFlowError('unauthenticated', `The webhook is refused: ${why}.`);
}
