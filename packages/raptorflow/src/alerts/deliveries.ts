import type { Bus } from '../bus/index.ts';
import {
  isRaptorFlowError,
  maskSecrets,
  RaptorFlowError,
  type Clock,
  type Logger,
  type Random,
} from '../kernel/index.ts';
import type { Counter, Meter } from '../metrics/index.ts';
import { exponentialBackoff, type Backoff, type Executor } from '../resilience/index.ts';
import { stableId } from './instance.ts';
import type { Told } from './groups.ts';
import type { Notification, Notifier } from './notifier.ts';
import type { Delivery } from './record.ts';
import type { AlertStore } from './store.ts';
import { Undelivered } from './undelivered.ts';

/** What deliveries are made with. */
export interface DeliveryParts {
  readonly notifiers: readonly Notifier[];
  readonly executor: Pick<Executor, 'execute'>;
  readonly store: AlertStore;
  readonly clock: Clock;
  readonly random: Random | undefined;
  readonly meter: Meter;
  readonly log: Logger;
  readonly bus: Bus | undefined;
  readonly attemptMsMax: number;
  readonly retriesMax: number;
  /** Deliveries that wait for one notifier. */
  readonly waitingMax: number;
}

interface Lane {
  readonly notifier: Notifier;
  readonly waiting: Delivery[];
  running: Promise<void> | undefined;
}

const pauseMsMax = 300_000;
const failureCharactersMax = 500;

/**
 * Brings notifications to notifiers: each notifier gets its own in order, one at a time, so that an end never overtakes its beginning. A delivery is
 * stored before its first attempt and settled after its last, so it is made at least once, whatever is killed.
 */
export class Deliveries {
  readonly #parts: DeliveryParts;
  readonly #backoff: Backoff;
  readonly #lanes: ReadonlyMap<string, Lane>;
  readonly #undelivered: Undelivered | undefined;
  readonly #failed = new Map<string, Delivery>();
  readonly #outcomes: Counter;
  readonly #attempts = new Set<Promise<void>>();
  readonly #stopping = new AbortController();

  constructor(parts: DeliveryParts) {
    this.#parts = parts;
    this.#backoff = exponentialBackoff(
      { baseMs: 2_000, capMs: pauseMsMax, retriesMax: parts.retriesMax },
      parts.random && { random: parts.random },
    );
    this.#lanes = new Map(
      parts.notifiers.map((notifier) => [notifier.name, { notifier, waiting: [], running: undefined }]),
    );
    this.#undelivered =
      parts.bus &&
      new Undelivered(parts.bus, {
        bury: (id) => this.#bury(id),
        redeliver: (id, notifier, notification, signal) =>
          this.#redeliver(id, notifier, notification, signal),
      });
    this.#outcomes = parts.meter.counter({
      name: 'alert_deliveries',
      unit: 'deliveries',
      description: 'Notifications of alerts that were delivered or given up, by notifier.',
      category: 'reliability',
    });
  }

  /** The deliveries of what is to be told, to be stored before they are enqueued. */
  of(told: readonly Told[]): Delivery[] {
    return told.flatMap(({ notification, notifiers }) =>
      notifiers.map((notifier): Delivery => ({
        id: stableId('dlv', notification.id, notifier),
        notifier,
        notification,
        createdAt: notification.at,
        outcome: 'waiting',
        settledAt: null,
        failure: null,
      })),
    );
  }

  /** Begins with what was on its way when the process ended, oldest first. */
  async start(stored: readonly Delivery[]): Promise<void> {
    await this.#undelivered?.start();
    const inOrder = stored.toSorted((a, b) => a.createdAt - b.createdAt);
    for (const delivery of inOrder) {
      if (delivery.outcome === 'failed') await this.#giveOver(delivery);
    }
    this.enqueue(inOrder.filter(({ outcome }) => outcome === 'waiting'));
  }

  /** Sends what is stored. Those for a notifier that is gone are given up. */
  enqueue(deliveries: readonly Delivery[]): void {
    for (const delivery of deliveries) {
      const lane = this.#lanes.get(delivery.notifier);
      if (!lane) {
        void this.#giveUp(delivery, `There is no notifier "${delivery.notifier}" any more.`);
        continue;
      }
      lane.waiting.push(delivery);
      if (lane.waiting.length > this.#parts.waitingMax) this.#giveUpOldest(lane);
      lane.running ??= this.#drain(lane);
    }
  }

  /** Resolves when nothing is on its way at the moment. */
  async settled(): Promise<void> {
    for (const lane of this.#lanes.values()) await lane.running;
  }

  /** What is on its way stays stored, and goes on at the next start. */
  async stop(deadlineMs: number): Promise<void> {
    // Attempts in hand may finish; what waits for its turn or for a retry does not begin any more.
    for (const lane of this.#lanes.values()) lane.waiting.length = 0;
    const timer = Promise.withResolvers<void>();
    const deadline = this.#parts.clock.setTimeout(timer.resolve, deadlineMs);
    await Promise.race([Promise.allSettled(this.#attempts), timer.promise]);
    deadline.cancel();
    this.#stopping.abort();
    await this.settled();
    await this.#undelivered?.stop();
  }

  #giveUpOldest({ waiting }: Lane): void {
    const oldest = waiting.shift();
    const { waitingMax } = this.#parts;
    if (oldest)
      void this.#giveUp(oldest, `More than ${waitingMax} deliveries waited (deliveriesWaitingMax).`);
  }

  async #drain(lane: Lane): Promise<void> {
    // What is enqueued in the same turn waits together, and the caller has its promise first.
    await Promise.resolve();
    for (let next = lane.waiting.shift(); next; next = lane.waiting.shift()) {
      if (this.#stopping.signal.aborted) break;
      await this.#deliver(lane.notifier, next);
    }
    lane.running = undefined;
  }

  async #deliver(notifier: Notifier, delivery: Delivery): Promise<void> {
    try {
      await this.#attempt(notifier, delivery.id, delivery.notification, this.#stopping.signal);
    } catch (error) {
      if (this.#stopping.signal.aborted) return;
      await this.#giveUp(delivery, failureOf(error));
      return;
    }
    await this.#settle({ ...delivery, outcome: 'delivered' });
  }

  #attempt(
    notifier: Notifier,
    deliveryId: string,
    notification: Notification,
    stopping: AbortSignal,
  ): Promise<void> {
    const { executor, attemptMsMax } = this.#parts;
    return executor.execute(
      `notify:${notifier.name}`,
      async ({ number, signal }) => {
        const running = notifier.notify(notification, { deliveryId, attempt: number, signal });
        this.#attempts.add(running);
        try {
          await running;
        } finally {
          this.#attempts.delete(running);
        }
      },
      {
        retry: this.#backoff,
        timeoutMs: attemptMsMax,
        signal: stopping,
        // Each delivery is to have all its attempts: an open circuit, or other deliveries' retries, would make dead letters of everything at once.
        persistent: true,
      },
    );
  }

  async #giveUp(delivery: Delivery, failure: string): Promise<void> {
    this.#parts.log.error('A notification could not be delivered.', {
      delivery_id: delivery.id,
      notifier: delivery.notifier,
      failure,
    });
    const failed = { ...delivery, failure, outcome: this.#undelivered ? 'failed' : 'undelivered' } as const;
    await this.#settle(failed);
    if (this.#undelivered) await this.#giveOver(failed);
  }

  async #giveOver(failed: Delivery): Promise<void> {
    this.#failed.set(failed.id, failed);
    try {
      await this.#undelivered?.publish(failed);
    } catch (error) {
      // It stays stored as failed, and is published at the next start.
      this.#parts.log.error('The dead letter of a notification could not be published.', {
        delivery_id: failed.id,
        error,
      });
    }
  }

  async #bury(id: string): Promise<boolean> {
    const failed = this.#failed.get(id);
    if (!failed) return false;
    await this.#write({ ...failed, outcome: 'undelivered' });
    this.#failed.delete(id);
    return true;
  }

  async #redeliver(id: string, name: string, notification: Notification, signal: AbortSignal): Promise<void> {
    const lane = this.#lanes.get(name);
    if (!lane) throw new RaptorFlowError('not_found', `There is no notifier "${name}" any more.`);
    const stopping = AbortSignal.any([this.#stopping.signal, signal]);
    await this.#attempt(lane.notifier, id, notification, stopping);
    const createdAt = notification.at;
    await this.#settle({
      id,
      notifier: name,
      notification,
      createdAt,
      outcome: 'delivered',
      settledAt: null,
      failure: null,
    });
  }

  async #settle(delivery: Delivery): Promise<void> {
    this.#outcomes.with({ notifier: delivery.notifier, outcome: delivery.outcome }).add();
    try {
      await this.#write({ ...delivery, settledAt: this.#parts.clock.now() });
    } catch (error) {
      // It is still stored as waiting, so the worst is that it is made again after a restart.
      this.#parts.log.error('The outcome of a delivery could not be stored.', {
        delivery_id: delivery.id,
        error,
      });
    }
  }

  async #write(delivery: Delivery): Promise<void> {
    const record = { kind: 'delivery', key: delivery.id, body: delivery } as const;
    await this.#parts.store.commit({ puts: [record], removes: [], transitions: [] });
  }
}

// Notifiers promise errors of ours without secrets; of anything else only the name is told.
function failureOf(error: unknown): string {
  if (isRaptorFlowError(error)) return maskSecrets(error.message).slice(0, failureCharactersMax);
  return error instanceof Error ? error.name : 'unknown';
}
