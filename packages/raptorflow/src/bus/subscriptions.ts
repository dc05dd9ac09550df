import { parseOptions, RaptorFlowError, type Ids, type Random } from '../kernel/index.ts';
import { exponentialBackoff } from '../resilience/index.ts';
import { GroupConsumer, type ConsumerParts } from './group-consumer.ts';
import type { StoredEvent } from './engine.ts';
import type { Handler } from './handler.ts';
import { LiveConsumer, type LiveParts } from './live-consumer.ts';
import { isChannelPattern, shown } from './names.ts';
import { subscribeOptionsSchema, type ResolvedSubscribeOptions } from './options.ts';
import { PatternIndex } from './pattern.ts';
import type { SubscribeOptions, Subscription, SubscriptionInfo } from './subscription.ts';

const groupConcurrencyDefault = 10;
const stopDeadlineMsDefault = 5_000;

/** What subscriptions need from the bus. */
export interface SubscriptionParts {
  readonly consumer: ConsumerParts;
  readonly live: LiveParts;
  readonly ids: Ids;
  readonly random: Random;
}

type Consumer = GroupConsumer | LiveConsumer;

interface Entry {
  readonly id: string;
  readonly pattern: string;
  readonly group: string | null;
  readonly name: string;
  readonly consumer: Consumer;
  readonly subscription: Subscription;
}

/** The subscriptions of a bus. */
export class Subscriptions {
  readonly #parts: SubscriptionParts;
  readonly #entries = new Map<string, Entry>();
  readonly #live = new PatternIndex<LiveConsumer>();
  #unwatch: Promise<() => void> | undefined;

  constructor(parts: SubscriptionParts) {
    this.#parts = parts;
  }

  get size(): number {
    return this.#entries.size;
  }

  list(): SubscriptionInfo[] {
    return [...this.#entries.values()].map(({ id, pattern, group, name, consumer }) => ({
      id,
      pattern,
      group,
      name,
      paused: consumer.paused,
      running: consumer.running,
      waiting: consumer.waiting,
    }));
  }

  /** Resolves when the subscription is active. */
  async add(pattern: string, handler: Handler, options: SubscribeOptions): Promise<Subscription> {
    const resolved = parseOptions('bus.subscribe', subscribeOptionsSchema, options);
    if (!isChannelPattern(pattern)) {
      throw new RaptorFlowError(
        'invalid_input',
        `"${shown(pattern)}" is no channel or pattern: dotted segments, * for one segment, > at the end for the rest.`,
      );
    }
    return resolved.group === undefined
      ? this.#addLive(pattern, handler, resolved)
      : this.#addMember(pattern, handler, resolved, resolved.group);
  }

  /** Stops all of them, each within the deadline. */
  async stop(deadlineMs: number): Promise<void> {
    await Promise.all(
      [...this.#entries.values()].map(({ subscription }) => subscription.stop({ deadlineMs })),
    );
    const unwatch = await this.#unwatch?.catch(() => undefined);
    this.#unwatch = undefined;
    unwatch?.();
  }

  async #addMember(
    pattern: string,
    handler: Handler,
    options: ResolvedSubscribeOptions,
    group: string,
  ): Promise<Subscription> {
    const { retry, types } = options;
    const concurrency = options.concurrency ?? groupConcurrencyDefault;
    const backoff = exponentialBackoff(
      { baseMs: retry.baseMs, factor: retry.factor, capMs: retry.capMs, retriesMax: retry.retries },
      { random: this.#parts.random },
    );
    const consumer = new GroupConsumer(
      this.#parts.consumer,
      { group, pattern, types: types ?? null, ordered: options.ordered, from: options.from ?? 'new' },
      {
        concurrency,
        prefetch: Math.max(concurrency, options.prefetch ?? 2 * concurrency),
        timeoutMs: options.timeoutMs,
        backoff,
        retryCapMs: retry.capMs,
      },
      handler,
    );
    await consumer.start();
    const lag = (): Promise<number> => this.#parts.consumer.engine.groups.lag(group);
    return this.#register(pattern, group, options.name ?? group, consumer, lag, () => undefined);
  }

  async #addLive(
    pattern: string,
    handler: Handler,
    options: ResolvedSubscribeOptions,
  ): Promise<Subscription> {
    if (options.from !== undefined) {
      throw new RaptorFlowError(
        'invalid_options',
        '"from" needs a group: a live subscription sees what is published from now on. Use bus.replayChannel for the past.',
      );
    }
    this.#unwatch ??= this.#parts.consumer.engine.watch((events) => this.#dispatch(events));
    await this.#unwatch;
    const name = options.name ?? pattern;
    const consumer = new LiveConsumer(
      this.#parts.live,
      {
        name,
        types: options.types ?? null,
        concurrency: options.concurrency ?? 1,
        timeoutMs: options.timeoutMs,
      },
      handler,
    );
    this.#live.add(pattern, consumer);
    const lag = (): Promise<number> => Promise.resolve(consumer.waiting);
    return this.#register(pattern, null, name, consumer, lag, () => this.#live.delete(pattern, consumer));
  }

  #register(
    pattern: string,
    group: string | null,
    name: string,
    consumer: Consumer,
    lag: () => Promise<number>,
    detach: () => void,
  ): Subscription {
    const id = this.#parts.ids.next('sub');
    const entries = this.#entries;
    let stopping: Promise<void> | undefined;
    const subscription: Subscription = {
      id,
      pattern,
      group,
      name,
      get paused() {
        return consumer.paused;
      },
      pause: () => consumer.pause(),
      resume: () => consumer.resume(),
      lag,
      stop: (options = {}) => {
        detach();
        stopping ??= consumer
          .stop(options.deadlineMs ?? stopDeadlineMsDefault)
          .finally(() => entries.delete(id));
        return stopping;
      },
    };
    entries.set(id, { id, pattern, group, name, consumer, subscription });
    return subscription;
  }

  #dispatch(events: readonly StoredEvent[]): void {
    if (this.#live.size === 0) return;
    for (const event of events) {
      for (const consumer of this.#live.match(event.channel)) consumer.offer(event);
    }
  }
}
