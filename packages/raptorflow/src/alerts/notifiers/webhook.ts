import { z } from 'zod';
import { parseOptions, systemClock, type Clock } from '../../kernel/index.ts';
import { notificationToWire } from '../notification-wire.ts';
import type { Notifier } from '../notifier.ts';
import { post } from './post.ts';
import { keyOfSecret, secretBytesMin, signWebhook } from './webhook-signature.ts';

/** Where a webhook goes, and what it is signed with. */
export interface WebhookNotifierOptions {
  /** Default `webhook`. */
  readonly name?: string;
  readonly url: string;
  /** One to four; the first is the present one. At least 16 bytes each, in base64 after `whsec_` or as they are. */
  readonly secrets: readonly string[];
  /** Sent besides, such as `authorization`. */
  readonly headers?: Readonly<Record<string, string>>;
}

const optionsSchema = z.strictObject({
  name: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,100}$/)
    .default('webhook'),
  url: z.url({ protocol: /^https?$/ }),
  secrets: z
    .array(
      z.string().refine((secret) => keyOfSecret(secret).length >= secretBytesMin, 'must be 16 bytes or more'),
    )
    .min(1)
    .max(4),
  headers: z.record(z.string(), z.string()).default({}),
});

/**
 * Posts notifications as JSON, signed as "Standard Webhooks" says. The id is that of the delivery: the same in every attempt. Throws `invalid_options`.
 */
export function webhookNotifier(
  options: WebhookNotifierOptions,
  deps: { readonly clock?: Clock } = {},
): Notifier {
  const { name, url, secrets, headers } = parseOptions('webhookNotifier', optionsSchema, options);
  const clock = deps.clock ?? systemClock;
  return {
    name,
    async notify(notification, { deliveryId, signal }) {
      const now = clock.now();
      const type = `alert.${notification.status}`;
      const timestamp = new Date(notification.at).toISOString();
      const body = JSON.stringify({ type, timestamp, data: notificationToWire(notification) });
      const signed = signWebhook(deliveryId, body, secrets, now);
      const all = { ...headers, 'content-type': 'application/json', ...signed };
      await post({ what: `The webhook "${name}"`, url, headers: all, body, signal, now });
    },
  };
}
