import { z } from 'zod';
import { permanentError, type Bus, type BusEvent, type ChannelDeclaration } from '../bus/index.ts';
import { RaptorFlowError } from '../kernel/index.ts';
import { notificationFromWire, notificationToWire } from './notification-wire.ts';
import type { Notification } from './notifier.ts';
import type { Delivery } from './record.ts';

const channel = 'alerts.undelivered';
const group = 'alerts';
const weekMs = 7 * 86_400_000;

/** Channels that alerts use besides the standard ones; a strict bus needs them in its `channels`. */
export const alertChannels: readonly ChannelDeclaration[] = Object.freeze([
  {
    name: channel,
    retentionMs: weekMs,
    carries:
      'Notifications that a notifier gave up; each becomes a dead letter, and is delivered again when that is redriven.',
  },
]);

/** What the dead letters need of the deliveries. */
export interface UndeliveredHost {
  /** True for a delivery that was given up and is not a dead letter yet; it is one once this has resolved. */
  bury(deliveryId: string): Promise<boolean>;
  /** Makes the attempts of one delivery again, until the signal aborts. Rejects as its notifier does. */
  redeliver(
    deliveryId: string,
    notifier: string,
    notification: Notification,
    signal: AbortSignal,
  ): Promise<void>;
}

const payloadSchema = z.object({
  delivery_id: z.string(),
  notifier: z.string(),
  failure: z.string(),
  notification: z.unknown(),
});

/**
 * Dead letters of notifications, on the bus: what a notifier gave up is published as an event whose group fails on it at once, so that it
 * stands among all other dead letters, and is delivered again when it is redriven.
 */
export class Undelivered {
  readonly #bus: Bus;
  readonly #host: UndeliveredHost;
  #stop: (() => Promise<void>) | undefined;

  constructor(bus: Bus, host: UndeliveredHost) {
    this.#bus = bus;
    this.#host = host;
  }

  async start(): Promise<void> {
    const subscription = await this.#bus.subscribe(
      channel,
      (event, { signal }) => this.#handle(event, signal),
      {
        group,
        retry: { retries: 0 },
        // A redriven one makes all its attempts anew, with the pauses between them.
        timeoutMs: 1_800_000,
        concurrency: 4,
      },
    );
    this.#stop = () => subscription.stop();
  }

  async stop(): Promise<void> {
    await this.#stop?.();
    this.#stop = undefined;
  }

  /** Publishes what was given up. Doing it again changes nothing while the bus remembers the key. */
  async publish({ id, notifier, failure, notification }: Delivery): Promise<void> {
    const workspaces = new Set(notification.alerts.map(({ workspaceId }) => workspaceId));
    const [only = null] = workspaces.size === 1 ? workspaces : [];
    await this.#bus.publish(channel, {
      type: 'alert.undelivered',
      dedupeKey: id,
      workspaceId: only,
      payload: {
        delivery_id: id,
        notifier,
        failure: failure ?? 'unknown',
        notification: notificationToWire(notification),
      },
    });
  }

  async #handle(event: BusEvent, signal: AbortSignal): Promise<void> {
    const parsed = payloadSchema.safeParse(event.payload);
    if (!parsed.success) throw permanentError('The payload is no undelivered notification.');
    const { delivery_id: id, notifier, failure, notification } = parsed.data;
    if (await this.#host.bury(id)) throw permanentError(`${notifier} gave up: ${failure}`);
    try {
      await this.#host.redeliver(id, notifier, notificationFromWire(notification), signal);
    } catch (error) {
      if (error instanceof RaptorFlowError && error.code === 'cancelled') throw error;
      throw permanentError(
        `${notifier} gave up again: ${error instanceof Error ? error.message : 'unknown'}`,
      );
    }
  }
}
