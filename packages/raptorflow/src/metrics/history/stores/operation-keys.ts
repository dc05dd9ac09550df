import type { Clock, Logger, Timer } from '../../../kernel/index.ts';
import type { RedisCommand, RedisLink } from '../../../storage/index.ts';

/** One call of an operation, as Periscope sees it. */
export interface OperationSample {
  readonly operation: string;
  /** When it ended, epoch milliseconds. */
  readonly at: number;
  readonly durationMs: number;
  readonly succeeded: boolean;
  /** How often it was tried. Default 1. */
  readonly attempts?: number;
}

/** Takes calls of operations. */
export interface OperationLog {
  /** Notes a call. Never throws and never waits: what Redis does not take within some seconds is counted as dropped. */
  record(sample: OperationSample): void;
  /** Calls that are not in the keys: there were too many operations, or Redis was away for too long. */
  readonly dropped: number;
}

/** What has come together of an operation since the last time. */
interface Pending {
  calls: number;
  successes: number;
  attempts: number;
  lastAt: number;
  /** Oldest first. */
  latencies: string[];
}

const flushEveryMs = 1_000;
const latenciesMax = 1_000;
const operationsMax = 1_000;
const root = 'metrics:periscope';

/**
 * Writes the readable keys of operations: the hash `metrics:periscope:operations:OPERATION` (calls, successes, failures, retries, last_at), the list
 * `metrics:periscope:latency:OPERATION` (the last 1,000 durations in milliseconds, newest first) and the numbers
 * `metrics:periscope:status:success` and `:failure`. Once a second, and nobody waits for it.
 */
export class OperationKeys implements OperationLog {
  dropped = 0;
  readonly #link: () => RedisLink | undefined;
  readonly #known = new Set<string>();
  #pending = new Map<string, Pending>();
  #clock: Clock | undefined;
  #log: Logger | undefined;
  #timer: Timer | undefined;
  #writing: Promise<void> | undefined;
  #isFailing = false;

  constructor(link: () => RedisLink | undefined) {
    this.#link = link;
  }

  /** Begins to write; calls before that wait. */
  start({ clock, log }: { readonly clock: Clock; readonly log: Logger }): void {
    this.#clock = clock;
    this.#log = log;
    if (this.#pending.size > 0) this.#arm();
  }

  /** Writes what waits, once. */
  async stop(): Promise<void> {
    this.#timer?.cancel();
    this.#timer = undefined;
    await this.#writing;
    await this.#write();
    this.#clock = undefined;
  }

  record({ operation, at, durationMs, succeeded, attempts = 1 }: OperationSample): void {
    let pending = this.#pending.get(operation);
    if (!pending) {
      if (!this.#known.has(operation) && this.#known.size >= operationsMax) {
        this.dropped += 1;
        return;
      }
      this.#known.add(operation);
      pending = { calls: 0, successes: 0, attempts: 0, lastAt: 0, latencies: [] };
      this.#pending.set(operation, pending);
    }
    pending.calls += 1;
    pending.attempts += attempts;
    if (succeeded) pending.successes += 1;
    pending.lastAt = Math.max(pending.lastAt, at);
    pending.latencies.push(String(Math.round(durationMs * 1_000) / 1_000));
    if (pending.latencies.length >= 2 * latenciesMax)
      pending.latencies = pending.latencies.slice(-latenciesMax);
    this.#arm();
  }

  #arm(): void {
    if (this.#timer || !this.#clock) return;
    this.#timer = this.#clock
      .setTimeout(() => {
        this.#timer = undefined;
        this.#writing ??= this.#write().finally(() => {
          this.#writing = undefined;
          if (this.#pending.size > 0) this.#arm();
        });
      }, flushEveryMs)
      .unref();
  }

  async #write(): Promise<void> {
    const taken = this.#pending;
    const link = this.#link();
    if (taken.size === 0 || !link) return;
    this.#pending = new Map();
    try {
      await link.send([...taken].flatMap(([operation, pending]) => commandsOf(operation, pending)));
      this.#isFailing = false;
    } catch (error) {
      // Some of it may have been written: repeating would count calls twice.
      for (const { calls } of taken.values()) this.dropped += calls;
      if (!this.#isFailing)
        this.#log?.warn('The readable keys of operations could not be written.', { error });
      this.#isFailing = true;
    }
  }
}

function commandsOf(
  operation: string,
  { calls, successes, attempts, lastAt, latencies }: Pending,
): RedisCommand[] {
  const key = `${root}:operations:${operation}`;
  const list = `${root}:latency:${operation}`;
  const failures = calls - successes;
  return [
    ['hincrby', key, 'calls', calls],
    ['hincrby', key, 'successes', successes],
    ['hincrby', key, 'failures', failures],
    ['hincrby', key, 'retries', Math.max(0, attempts - calls)],
    ['hset', key, 'last_at', new Date(lastAt).toISOString()],
    ['lpush', list, ...latencies.slice(-latenciesMax)],
    ['ltrim', list, 0, latenciesMax - 1],
    ['incrby', `${root}:status:success`, successes],
    ['incrby', `${root}:status:failure`, failures],
  ];
}
