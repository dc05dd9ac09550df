import {
  createIds,
  Lifecycle,
  parseOptions,
  RaptorFlowError,
  silentLogger,
  systemClock,
  systemRandom,
  type Clock,
  type Ids,
  type Logger,
  type Random,
  type ServiceState,
  type StopOptions,
} from '../kernel/index.ts';
import { silentMeter } from '../metrics/index.ts';
import type { AttemptActions } from './attempt.ts';
import type { Bus, Groups, ReplayOptions } from './bus.ts';
import { standardChannels } from './channel.ts';
import { ChannelTable } from './channel-table.ts';
import { decodeEvent } from './codec.ts';
import type { Contract, EventOf, Untyped } from './contract.ts';
import { ContractRegistry } from './contract-registry.ts';
import { BusCounters } from './counters.ts';
import type { DeadLetters } from './dead-letter.ts';
import { createDeadLetters } from './dead-letters.ts';
import { createTimestamps } from './draft.ts';
import type { BusEngine, EventFate } from './engine.ts';
import type { BusEvent, EventDraft } from './event.ts';
import type { Handler } from './handler.ts';
import { reportChannels, reportHealth } from './health.ts';
import { busOptionsSchema, type BusDeps, type BusOptions, type ResolvedBusOptions } from './options.ts';
import { Publisher } from './publisher.ts';
import { replay } from './replay.ts';
import type { BusHealth, BusMetrics, ChannelMetrics, ChannelReport } from './report.ts';
import { RequestReply } from './request-reply.ts';
import {
  isForeignEnvelope,
  liftEnvelope,
  Router,
  standardRoutes,
  type ForeignEnvelope,
  type RoutedDraft,
} from './routing.ts';
import type { SubscribeOptions, Subscription, SubscriptionInfo } from './subscription.ts';
import { Subscriptions } from './subscriptions.ts';
import type { Trace, TraceOptions } from './trace.ts';
import { trace, type TracingParts } from './tracing.ts';

/**
 * Builds a bus over an engine, which it opens when it starts and closes when it stops.
 *
 * Throws `invalid_options`.
 */
export function createBus<const Known extends Contract = Untyped>(
  options: BusOptions<Known>,
  deps: BusDeps = {},
): Bus<Known> {
  const resolved = parseOptions('createBus', busOptionsSchema, options);
  // Inside, payloads are unknown; the types of the contracts exist only at the bus's door.
  return new RaptorBus(resolved, deps);
}

class RaptorBus implements Bus {
  readonly deadLetters: DeadLetters;
  readonly groups: Groups;
  readonly #options: ResolvedBusOptions;
  readonly #engine: BusEngine;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #ids: Ids;
  readonly #log: Logger;
  readonly #channels: ChannelTable;
  readonly #contracts: ContractRegistry;
  readonly #router: Router;
  readonly #counters: BusCounters;
  readonly #publisher: Publisher;
  readonly #subscriptions: Subscriptions;
  readonly #requests: RequestReply;
  readonly #tracing: TracingParts;
  readonly #lifecycle: Lifecycle;
  #open = false;

  constructor(options: ResolvedBusOptions, deps: BusDeps) {
    this.#options = options;
    this.#engine = options.engine;
    this.#clock = deps.clock ?? systemClock;
    this.#random = deps.random ?? systemRandom;
    this.#ids = deps.ids ?? createIds({ clock: this.#clock, random: this.#random });
    this.#log = (deps.log ?? silentLogger).child('bus');
    this.#channels = new ChannelTable([...standardChannels, ...options.channels]);
    this.#contracts = new ContractRegistry(options.contracts);
    this.#router = new Router([...standardRoutes, ...options.routes]);
    this.#counters = new BusCounters(deps.meter ?? silentMeter);
    this.#publisher = this.#createPublisher(deps);
    this.#requests = new RequestReply({
      clock: this.#clock,
      ids: this.#ids,
      publish: (channel, draft, inner) => this.#publisher.publish(channel, draft, inner),
      listen: (channel, handler) =>
        this.#subscriptions.add(channel, handler, { name: 'replies', concurrency: 100 }),
    });
    this.#subscriptions = this.#createSubscriptions();
    this.#tracing = {
      engine: this.#engine,
      log: this.#log,
      traceEventsMax: options.limits.traceEventsMax,
      costOf: deps.costOf,
    };
    this.deadLetters = createDeadLetters({
      engine: this.#engine.deadLetters,
      log: this.#log,
      assertOpen: () => this.#assertOpen(),
      announce: (channel, draft) => this.publish(channel, draft),
    });
    this.groups = {
      list: () => this.#opened(() => this.#engine.groups.list()),
      delete: (name) => this.#opened(() => this.#engine.groups.delete(name)),
    };
    this.#lifecycle = new Lifecycle('The bus', {
      start: () => this.#start(),
      stop: ({ deadlineMs }) => this.#stop(deadlineMs),
    });
  }

  get state(): ServiceState {
    return this.#lifecycle.state;
  }

  start(): Promise<void> {
    return this.#lifecycle.start();
  }

  stop(options?: StopOptions): Promise<void> {
    return this.#lifecycle.stop(options);
  }

  publish(channel: string, draft: EventDraft): Promise<string> {
    // The busiest call of all does without a promise of its own.
    if (this.#open) return this.#publisher.publish(channel, draft);
    return this.#opened(() => this.#publisher.publish(channel, draft));
  }

  async publishMany(channels: string | readonly string[], drafts: readonly EventDraft[]): Promise<string[]> {
    this.#assertOpen();
    return this.#publisher.publishMany(typeof channels === 'string' ? [channels] : channels, drafts);
  }

  async route(draft: EventDraft | ForeignEnvelope): Promise<string> {
    this.#assertOpen();
    const lifted: RoutedDraft = isForeignEnvelope(draft) ? liftEnvelope(draft) : draft;
    const channel = this.#router.find(lifted);
    if (channel === undefined) throw await this.#publisher.refuseRoute(lifted);
    return this.#publisher.publish(channel, lifted);
  }

  async subscribe<const Type extends string = string>(
    pattern: string,
    handler: Handler<EventOf<Untyped, Type>>,
    options: SubscribeOptions<Type> = {},
  ): Promise<Subscription> {
    this.#lifecycle.assertRunning();
    return this.#subscriptions.add(pattern, handler as Handler, options);
  }

  subscribeToAlerts(
    handler: (event: BusEvent, channel: string) => unknown,
    options: SubscribeOptions = {},
  ): Promise<Subscription> {
    return this.subscribe('sys.alert.*', (event) => handler(event, event.channel), options);
  }

  subscribeToStateUpdates(handler: Handler, options: SubscribeOptions = {}): Promise<Subscription> {
    return this.subscribe('sys.state.update', handler, options);
  }

  subscriptions(): readonly SubscriptionInfo[] {
    return this.#subscriptions.list();
  }

  async request(
    channel: string,
    draft: EventDraft,
    options?: { readonly timeoutMs?: number; readonly signal?: AbortSignal },
  ): Promise<BusEvent> {
    this.#lifecycle.assertRunning();
    return this.#requests.request(channel, draft, options);
  }

  async getMessage(eventId: string): Promise<BusEvent | null> {
    this.#assertOpen();
    const stored = await this.#engine.find(eventId);
    return stored ? decodeEvent(stored.body) : null;
  }

  async replayChannel<const Type extends string = string>(
    pattern: string,
    handler: (event: EventOf<Untyped, Type>) => unknown,
    options: ReplayOptions<Type> = {},
  ): Promise<number> {
    this.#assertOpen();
    const contracts = this.#channels.checks(this.#contracts);
    const parts = { engine: this.#engine, contracts, clock: this.#clock, log: this.#log };
    return replay(parts, pattern, handler as (event: BusEvent) => unknown, options);
  }

  async trace(id: string, options: TraceOptions = {}): Promise<Trace | null> {
    this.#assertOpen();
    return trace(this.#tracing, id, options);
  }

  async channels(): Promise<readonly ChannelReport[]> {
    this.#assertOpen();
    return reportChannels(this.#channels, await this.#engine.inspect());
  }

  metrics(): BusMetrics {
    return {
      ...this.#counters.total(),
      isConnected: this.#open,
      activeSubscriptions: this.#subscriptions.size,
    };
  }

  channelMetrics(channel: string): ChannelMetrics {
    return this.#counters.channel(channel);
  }

  health(): Promise<BusHealth> {
    return reportHealth({
      engine: this.#engine,
      clock: this.#clock,
      isOpen: this.#open,
      state: this.state,
      pending: this.#publisher.pending,
      pendingMax: this.#options.limits.pendingPublishesMax,
    });
  }

  async #start(): Promise<void> {
    await this.#engine.open({
      clock: this.#clock,
      log: this.#log,
      ids: this.#ids,
      policies: this.#channels.policies,
      deadLettersPerReasonMax: this.#options.limits.deadLettersPerReasonMax,
      onFate: (fate) => this.#noteFate(fate),
    });
    this.#open = true;
  }

  // Handlers that finish their event may still publish; only when they are done does the engine close.
  async #stop(deadlineMs: number): Promise<void> {
    const begunAt = this.#clock.monotonic();
    this.#requests.stop();
    await this.#subscriptions.stop(deadlineMs);
    const left = Math.max(1_000, deadlineMs - (this.#clock.monotonic() - begunAt));
    this.#open = false;
    await this.#engine.close({ deadlineMs: left });
  }

  #assertOpen(): void {
    if (!this.#open) {
      throw new RaptorFlowError('unavailable', `The bus is ${this.state}; start it before using it.`);
    }
  }

  #opened<Result>(call: () => Promise<Result>): Promise<Result> {
    return Promise.try(() => {
      this.#assertOpen();
      return call();
    });
  }

  #noteFate(fate: EventFate): void {
    const { kind, channel, group, count } = fate;
    const subject = { channel, type: '', group };
    if (kind === 'dead_letter_dropped') {
      this.#log.warn(
        'The oldest dead letter was dropped to make room; raise deadLettersPerReasonMax to keep more.',
        {
          channel,
          count,
        },
      );
      return;
    }
    this.#counters.count('expired', subject, count);
    if (kind === 'expired') this.#counters.count('deadLettered', subject, count);
  }

  #createPublisher(deps: BusDeps): Publisher {
    return new Publisher({
      engine: this.#engine,
      channels: this.#channels,
      contracts: this.#contracts,
      counters: this.#counters,
      limits: this.#options.limits,
      strict: this.#options.strict,
      clock: this.#clock,
      ids: this.#ids,
      log: this.#log,
      timestamp: createTimestamps(),
      ambient: deps.ambient ?? (() => undefined),
    });
  }

  #createSubscriptions(): Subscriptions {
    const { abortGraceMs, attemptMsMax, liveEventsMax } = this.#options.limits;
    const actions: AttemptActions = {
      publish: (channel, draft) => this.publish(channel, draft),
      route: (draft) => this.route(draft),
      reply: async (event, payload) => this.#requests.reply(event, payload),
    };
    const shared = {
      engine: this.#engine,
      contracts: this.#channels.checks(this.#contracts),
      counters: this.#counters,
      clock: this.#clock,
      random: this.#random,
      log: this.#log,
      actions,
      graceMs: abortGraceMs,
      attemptMsMax,
    };
    return new Subscriptions({
      consumer: shared,
      live: { ...shared, liveEventsMax },
      ids: this.#ids,
      random: this.#random,
    });
  }
}
