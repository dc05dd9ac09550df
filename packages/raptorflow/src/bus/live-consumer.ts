import { BoundedQueue, type Clock, type Logger } from '../kernel/index.ts';
import { Attempt, type AttemptActions } from './attempt.ts';
import { decodeEvent } from './codec.ts';
import { schemaViolation, type EventCheck } from './contract-registry.ts';
import type { BusCounters } from './counters.ts';
import type { StoredEvent } from './engine.ts';
import { splitType, type BusEvent } from './event.ts';
import type { Handler } from './handler.ts';

/** What live consumers share. */
export interface LiveParts {
  readonly contracts: EventCheck;
  readonly counters: BusCounters;
  readonly clock: Clock;
  readonly log: Logger;
  readonly actions: AttemptActions;
  readonly graceMs: number;
  readonly attemptMsMax: number;
  readonly liveEventsMax: number;
}

/** How one live consumer works. */
export interface LiveSettings {
  readonly name: string;
  readonly types: readonly string[] | null;
  readonly concurrency: number;
  readonly timeoutMs: number;
}

/**
 * Hands every event to its handler as it comes, in order. Nothing is repeated: a handler that throws is counted and logged. A handler that
 * cannot keep up loses the oldest waiting events, which is counted and logged too; memory never grows beyond the limit.
 */
export class LiveConsumer {
  readonly #parts: LiveParts;
  readonly #settings: LiveSettings;
  readonly #handler: Handler;
  readonly #waiting: BoundedQueue<StoredEvent>;
  readonly #running = new Set<Attempt>();
  #paused = false;
  #stopped = false;
  #dropped = 0;
  #idle: (() => void) | undefined;

  constructor(parts: LiveParts, settings: LiveSettings, handler: Handler) {
    this.#parts = parts;
    this.#settings = settings;
    this.#handler = handler;
    this.#waiting = new BoundedQueue(parts.liveEventsMax);
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

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
    this.#pump();
  }

  offer(event: StoredEvent): void {
    const { types } = this.#settings;
    if (this.#stopped || !fits(types, event.type)) return;
    if (!this.#waiting.push(event)) this.#drop(event);
    this.#pump();
  }

  async stop(deadlineMs: number): Promise<void> {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#waiting.clear();
    if (this.#running.size === 0) return;
    const early = new AbortController();
    const idle = new Promise<void>((resolve) => {
      this.#idle = resolve;
    });
    await Promise.race([idle, this.#parts.clock.sleep(deadlineMs, early.signal).catch(() => undefined)]);
    early.abort();
    for (const attempt of this.#running) attempt.interrupt();
  }

  #drop(event: StoredEvent): void {
    this.#waiting.shift();
    this.#waiting.push(event);
    this.#dropped += 1;
    // Once, then each time the number has doubled: a consumer that is far behind must not flood the log as well.
    if ((this.#dropped & (this.#dropped - 1)) !== 0) return;
    this.#parts.log.warn('A live subscription cannot keep up; its oldest waiting events are dropped.', {
      subscription: this.#settings.name,
      dropped: this.#dropped,
    });
  }

  #pump(): void {
    while (!this.#paused && this.#running.size < this.#settings.concurrency) {
      const next = this.#waiting.shift();
      if (!next) return;
      this.#begin(next);
    }
  }

  #begin(stored: StoredEvent): void {
    const { contracts, counters, clock } = this.#parts;
    const subject = { channel: stored.channel, type: stored.type, group: null };
    let event: BusEvent;
    let decoded: BusEvent;
    try {
      decoded = decodeEvent(stored.body);
      const verdict = contracts.checkEvent(decoded);
      if (!verdict.ok) throw schemaViolation(stored.type, verdict.issues);
      event = verdict.event;
    } catch (error) {
      this.#failed(subject, error);
      return;
    }
    const attempt = new Attempt({
      event,
      stored: decoded,
      attempt: 1,
      redelivered: false,
      group: null,
      fencingToken: 0,
      timeoutMs: this.#settings.timeoutMs,
      attemptMsMax: this.#parts.attemptMsMax,
      graceMs: this.#parts.graceMs,
      clock,
      actions: this.#parts.actions,
    });
    counters.received(subject, clock.now() - Date.parse(event.timestamp));
    this.#running.add(attempt);
    attempt.run(this.#handler, (outcome) => {
      this.#running.delete(attempt);
      if (outcome.kind === 'done') counters.count('acknowledged', subject);
      else if (outcome.kind !== 'interrupted') this.#failed(subject, outcome.error);
      if (this.#running.size === 0) this.#idle?.();
      // Not at once: a long row of handlers that end in the same turn must not grow the stack.
      if (this.#waiting.size > 0) queueMicrotask(() => this.#pump());
    });
  }

  #failed(subject: { channel: string; type: string; group: null }, error: unknown): void {
    this.#parts.counters.count('failed', subject);
    this.#parts.log.warn('The handler of a live subscription failed; live events are not repeated.', {
      subscription: this.#settings.name,
      channel: subject.channel,
      type: subject.type,
      error,
    });
  }
}

function fits(types: readonly string[] | null, type: string): boolean {
  return types === null || types.includes(type) || types.includes(splitType(type).base);
}
