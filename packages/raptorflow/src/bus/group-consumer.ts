import type { Clock, Logger, Random, Timer } from '../kernel/index.ts';
import type { Backoff } from '../resilience/index.ts';
import { Attempt, type AttemptActions, type AttemptOutcome } from './attempt.ts';
import { isDeadLetterChannel, type DeadLetterReason } from './channel.ts';
import { decodeEvent } from './codec.ts';
import { schemaViolation, type EventCheck } from './contract-registry.ts';
import type { BusCounters } from './counters.ts';
import { createMoments } from './draft.ts';
import type { BusEngine, Delivery, EngineMember, HandlingTimes, MemberSpec, Settlement } from './engine.ts';
import type { BusEvent } from './event.ts';
import { FairQueue } from './fair-queue.ts';
import { chainOf, isLoop, isPermanent, recordFailure, retryAfterOf } from './failure.ts';
import type { Handler } from './handler.ts';
import { presentMs } from './recent-workspaces.ts';

/** What consumers share. */
export interface ConsumerParts {
  readonly engine: BusEngine;
  readonly contracts: EventCheck;
  readonly counters: BusCounters;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  readonly actions: AttemptActions;
  readonly graceMs: number;
  readonly attemptMsMax: number;
}

/** How one consumer works. */
export interface ConsumerSettings {
  readonly concurrency: number;
  readonly prefetch: number;
  readonly timeoutMs: number;
  readonly backoff: Backoff;
  /** The longest wait between attempts at a dead letter, which are never given up. */
  readonly retryCapMs: number;
}

/*
 * Events beyond those being handled are taken in advance only while handlers are fast: behind slow ones they would wait here although
 * another member, or a more urgent event, could go first.
 */
const fastHandlerMs = 5;
const slowHandlerMs = 20;
/** Weight of the newest handler's time in the moving average. */
const averageWeight = 0.2;

/**
 * A member's delivery loop: events arrive in a bounded buffer, run up to `concurrency` at once, and each ends in one settlement.
 * States of an event here: waiting (in the buffer, not begun) → running → settled.
 */
export class GroupConsumer {
  readonly #parts: ConsumerParts;
  readonly #spec: MemberSpec;
  readonly #settings: ConsumerSettings;
  readonly #handler: Handler;
  readonly #waiting: FairQueue<Delivery>;
  readonly #running = new Map<number, Attempt>();
  readonly #millisOf = createMoments();
  #member: EngineMember | undefined;
  #outbox: Settlement[] = [];
  #flushing = false;
  readonly #flushes = new Set<Promise<void>>();
  #averageMs = 0;
  #allowed = 0;
  #paused = false;
  #stopping = false;
  #idle: (() => void) | undefined;
  #later: Timer | undefined;

  constructor(parts: ConsumerParts, spec: MemberSpec, settings: ConsumerSettings, handler: Handler) {
    this.#parts = parts;
    this.#spec = spec;
    this.#settings = settings;
    this.#handler = handler;
    this.#waiting = new FairQueue(settings.prefetch, settings.concurrency, () => parts.clock.monotonic());
  }

  get running(): number {
    return this.#running.size;
  }

  get waiting(): number {
    return this.#waiting.size;
  }

  get paused(): boolean {
    return this.#paused;
  }

  async start(): Promise<void> {
    this.#member = await this.#parts.engine.join(this.#spec, (deliveries) => this.#receive(deliveries));
    this.#allow();
  }

  pause(): void {
    if (this.#paused || this.#stopping) return;
    this.#paused = true;
    this.#allow();
    this.#releaseWaiting();
  }

  resume(): void {
    if (!this.#paused || this.#stopping) return;
    this.#paused = false;
    this.#allow();
  }

  /** Ends the membership: what has not begun goes back, what runs is waited for until the deadline, then interrupted and given back. */
  async stop(deadlineMs: number): Promise<void> {
    if (this.#stopping || !this.#member) return;
    this.#stopping = true;
    this.#later?.cancel();
    this.#allow();
    this.#releaseWaiting();
    await this.#waitForHandlers(deadlineMs);
    for (const attempt of this.#running.values()) attempt.interrupt();
    this.#flush();
    await Promise.all(this.#flushes);
    await this.#member.leave();
  }

  async #waitForHandlers(deadlineMs: number): Promise<void> {
    if (this.#running.size === 0) return;
    const early = new AbortController();
    const idle = new Promise<void>((resolve) => {
      this.#idle = resolve;
    });
    await Promise.race([idle, this.#parts.clock.sleep(deadlineMs, early.signal).catch(() => undefined)]);
    early.abort();
  }

  #allow(): void {
    const { concurrency, prefetch } = this.#settings;
    if (this.#averageMs > slowHandlerMs) this.#allowed = concurrency;
    else if (this.#averageMs < fastHandlerMs || this.#allowed === 0) this.#allowed = prefetch;
    if (this.#paused || this.#stopping) this.#allowed = 0;
    this.#member?.allow(this.#allowed);
  }

  #receive(deliveries: readonly Delivery[]): void {
    for (const delivery of deliveries) {
      const refused = this.#paused || this.#stopping || !this.#waiting.push(delivery);
      if (refused) this.#settle({ ref: delivery.ref, kind: 'release' });
    }
    this.#pump();
  }

  #releaseWaiting(): void {
    for (const { ref } of this.#waiting.drain()) this.#settle({ ref, kind: 'release' });
  }

  #pump(): void {
    if (this.#paused || this.#stopping) return;
    const begun: Delivery[] = [];
    let room = this.#settings.concurrency - this.#running.size;
    while (room > 0) {
      const delivery = this.#waiting.begin();
      if (!delivery) break;
      begun.push(delivery);
      room -= 1;
    }
    // Slots that are kept for others become free with time alone.
    if (room > 0 && this.#waiting.size > 0) {
      this.#later ??= this.#parts.clock.setTimeout(() => {
        this.#later = undefined;
        this.#pump();
      }, presentMs);
    }
    if (begun.length === 0) return;
    this.#member?.begin(begun.map(({ ref }) => ref));
    for (const delivery of begun) {
      if (!this.#begin(delivery)) this.#waiting.end(delivery.workspace);
    }
  }

  // False when its handler does not run.
  #begin(delivery: Delivery): boolean {
    const { ref, attempt } = delivery;
    const { clock, contracts, counters } = this.#parts;
    if (delivery.expiresAt <= clock.now()) {
      // The engine makes of it what the channel says about expired events.
      this.#settle({ ref, kind: 'release' });
      return false;
    }
    let event: BusEvent;
    try {
      event = decodeEvent(delivery.body);
    } catch (error) {
      this.#giveUp(delivery, '', {
        reason: 'schema_violation',
        error: recordFailure(error),
        attempts: attempt,
      });
      return false;
    }
    const { backoff } = this.#settings;
    if (attempt > backoff.retriesMax + 1 && !isDeadLetterChannel(event.channel)) {
      const message = delivery.lastError ?? 'The process ended while it handled the event.';
      const record = { name: 'AttemptsUsedUp', message, stack: null, code: null };
      // Processes may have died over giving it up, too; those were no attempts.
      const attempts = backoff.retriesMax + 1;
      this.#giveUp(delivery, event.type, { reason: 'max_retries_exceeded', error: record, attempts });
      return false;
    }
    const verdict = contracts.checkEvent(event);
    if (!verdict.ok) {
      const error = schemaViolation(event.type, verdict.issues);
      counters.count('failed', this.#subject(event));
      const death = { reason: 'schema_violation', error: recordFailure(error), attempts: attempt } as const;
      this.#giveUp(delivery, event.type, death);
      return false;
    }
    this.#run(delivery, event, verdict.event);
    return true;
  }

  #run(delivery: Delivery, stored: BusEvent, event: BusEvent): void {
    const { clock, counters, actions, graceMs, attemptMsMax } = this.#parts;
    const attempt = new Attempt({
      event,
      stored,
      attempt: delivery.attempt,
      redelivered: delivery.attempt > 1,
      group: this.#spec.group,
      fencingToken: delivery.fencingToken,
      timeoutMs: this.#settings.timeoutMs,
      graceMs,
      attemptMsMax,
      clock,
      actions,
    });
    this.#running.set(delivery.ref, attempt);
    const waited = delivery.attempt === 1 ? clock.now() - this.#millisOf(event.timestamp) : null;
    counters.received(this.#subject(event), waited);
    const begunAt = clock.monotonic();
    attempt.run(this.#handler, (outcome) => this.#finish(delivery, event, outcome, begunAt));
  }

  #finish(delivery: Delivery, event: BusEvent, outcome: AttemptOutcome, begunAt: number): void {
    const { ref } = delivery;
    const tookMs = this.#parts.clock.monotonic() - begunAt;
    const isPlain =
      outcome.kind === 'done' && delivery.attempt === 1 && !this.#running.get(ref)?.hasPublished;
    const handling = isPlain && startsItsChain(event) ? undefined : this.#timesOf(tookMs);
    this.#running.delete(ref);
    this.#waiting.end(delivery.workspace);
    this.#averageMs += averageWeight * (tookMs - this.#averageMs);
    switch (outcome.kind) {
      case 'done':
        this.#parts.counters.count('acknowledged', this.#subject(event));
        this.#settle({ ref, kind: 'done', handling });
        break;
      case 'interrupted':
        this.#settle({ ref, kind: 'retry', afterMs: 0, countAttempt: false, error: null, handling });
        break;
      case 'failed':
        this.#fail(delivery, event, outcome.error, 'max_retries_exceeded', handling);
        break;
      case 'timed_out':
        this.#fail(delivery, event, outcome.error, 'processing_timeout', handling);
        break;
    }
    if (this.#running.size === 0) this.#idle?.();
  }

  #timesOf(tookMs: number): HandlingTimes {
    return { beganAt: Math.round(this.#parts.clock.now() - tookMs), tookMs };
  }

  #fail(
    delivery: Delivery,
    event: BusEvent,
    thrown: unknown,
    reason: DeadLetterReason,
    handling: HandlingTimes | undefined,
  ): void {
    const { counters, log } = this.#parts;
    const { ref, attempt } = delivery;
    const error = recordFailure(thrown);
    counters.count('failed', this.#subject(event));
    if (isLoop(thrown) && isDeadLetterChannel(event.channel)) {
      // Neither another attempt nor a dead letter of the dead letter would end this loop; the letter itself stays open.
      log.error('A handler of dead letters made a loop; it is not called again for this one.', {
        group: this.#spec.group,
        eventId: event.id,
        error: error.message,
      });
      this.#settle({ ref, kind: 'done', handling });
      return;
    }
    const afterMs = this.#nextAttemptMs(event, attempt, thrown, reason);
    if (afterMs === undefined) {
      // The event that it would have published has a letter of its own; this one is of the event that the group gave up.
      const loop = isLoop(thrown) ? { reason: 'loop_detected' as const, chain: chainOf(thrown) } : { reason };
      this.#giveUp(delivery, event.type, { ...loop, error, attempts: attempt, handling });
      return;
    }
    counters.count('retried', this.#subject(event));
    const fields = {
      group: this.#spec.group,
      eventId: event.id,
      type: event.type,
      attempt,
      error: error.message,
    };
    log.debug('An attempt failed; the event is tried again.', fields);
    const countAttempt = retryAfterOf(thrown) === undefined;
    this.#settle({ ref, kind: 'retry', afterMs, countAttempt, error, handling });
  }

  // Undefined when the event is to be given up.
  #nextAttemptMs(
    event: BusEvent,
    attempt: number,
    thrown: unknown,
    reason: DeadLetterReason,
  ): number | undefined {
    const { backoff, retryCapMs } = this.#settings;
    const forever = isDeadLetterChannel(event.channel);
    if (!forever && isPermanent(thrown)) return undefined;
    const asked = reason === 'processing_timeout' ? undefined : retryAfterOf(thrown);
    if (asked !== undefined) return asked;
    return backoff.delayMs(attempt) ?? (forever ? retryCapMs * this.#parts.random.next() : undefined);
  }

  #giveUp(
    delivery: Delivery,
    type: string,
    death: Omit<Extract<Settlement, { readonly kind: 'dead' }>, 'ref' | 'kind'>,
  ): void {
    const { channel, ref } = delivery;
    const { reason, attempts, error } = death;
    const { group } = this.#spec;
    this.#parts.counters.count('deadLettered', { channel, type, group });
    this.#parts.log.warn('An event was given up; it is in the dead letters.', {
      group,
      channel,
      type,
      reason,
      attempts,
      error: error.message,
    });
    this.#settle({ ref, kind: 'dead', ...death });
  }

  #subject(event: BusEvent): { channel: string; type: string; group: string } {
    return { channel: event.channel, type: event.type, group: this.#spec.group };
  }

  // Settlements of one turn of the event loop travel together, and then the next events begin.
  #settle(settlement: Settlement): void {
    this.#outbox.push(settlement);
    if (this.#flushing) return;
    this.#flushing = true;
    queueMicrotask(() => {
      this.#flushing = false;
      this.#flush();
      this.#pump();
    });
  }

  #flush(): void {
    const settlements = this.#outbox;
    if (settlements.length === 0 || !this.#member) return;
    this.#outbox = [];
    const before = this.#allowed;
    if (!this.#paused && !this.#stopping) {
      if (this.#averageMs > slowHandlerMs && before !== this.#settings.concurrency) this.#allow();
      else if (this.#averageMs < fastHandlerMs && before !== this.#settings.prefetch) this.#allow();
    }
    const flush: Promise<void> = this.#member
      .settle(settlements)
      .catch((error: unknown) => {
        this.#parts.log.error(
          'Acknowledgements were lost with the engine; the events will be delivered again.',
          {
            group: this.#spec.group,
            count: settlements.length,
            error,
          },
        );
      })
      .finally(() => this.#flushes.delete(flush));
    this.#flushes.add(flush);
  }
}

// Such an event, handled at once and without consequences, is no part of a chain: nothing is recorded of it.
function startsItsChain(event: BusEvent): boolean {
  return event.hops === 0 && event.requestId === event.id;
}
