import type { Clock, Logger } from '../../kernel/index.ts';
import type { Counter, Raise } from './counter.ts';
import type { QuotaDefinition } from './definition.ts';
import type { QuotaRecord } from './record.ts';

/** What a store is given by its owner. */
export interface QuotaStoreHost {
  readonly clock: Clock;
  readonly log: Logger;
  /** Names this process among all that use the store. */
  readonly holder: string;
  /** What a process holds comes back so long after its last sign of life. */
  readonly leaseMs: number;
  /** Counters that are kept; beyond, those that can be forgotten go, and then requests are refused with `exhausted`. */
  readonly countersMax: number;
  /** Records that are kept; the oldest go first. */
  readonly recordsMax: number;
  /** Grants of this process came back although it lives, because it gave no sign of life for `leaseMs`. */
  onLeaseLost(counters: readonly string[]): void;
}

/** A request for all of some counters, or none. */
export interface Taking {
  readonly counters: readonly Counter[];
  /** Above 0. */
  readonly amount: number;
  /** For each counter, the usage that the request may lead to. A dynamic limit that has risen above this counts instead. */
  readonly maxima: readonly number[];
}

/** What came of it. */
export interface Taken {
  /** A counter that had no room, by its place; −1 when the request was granted. */
  readonly refusedBy: number;
  /** For each counter, with the request. When it was refused, only that of the counter which refused is sure; it is without the request. */
  readonly usage: readonly number[];
  /** Likewise the limit, with what a dynamic one has risen. */
  readonly limits: readonly number[];
  readonly raises: readonly Raise[];
  /** What `give` needs to know. */
  readonly lease: unknown;
}

/** Usage of one counter. */
export interface CounterReading {
  readonly used: number;
  readonly limit: number;
}

/**
 * Where quotas, what they have counted and what they have recorded live. Calls before `open` and after `close` reject with `unavailable`.
 * Variants pass `quotaStoreContract`.
 */
export interface QuotaStore {
  /** True when several processes use it at once: its definitions can then change without this process. */
  readonly isShared: boolean;
  /** Rejects with `unavailable`, `schema_newer`, `storage_corrupt`. A store serves one service. */
  open(host: QuotaStoreHost): Promise<void>;
  /** Gives back what this process holds. Tolerates a store that is not open. */
  close(): Promise<void>;
  definitions(): Promise<readonly QuotaDefinition[]>;
  /** Puts a definition in the place of that with its `quotaKey`; durable when it resolves. Counters of its earlier epochs may be forgotten. */
  define(quota: QuotaDefinition): Promise<void>;
  /** Removes the definition with this `quotaKey` and its counters; one that is not there is no error. */
  remove(key: string): Promise<void>;
  /**
   * Adds the amount to every counter, or to none when it would lead one above its maximum. Exact, however many ask at once. What is granted
   * survives what the store survives. A store that need not wait answers at once; it may throw then what it would reject with.
   */
  take(taking: Taking): Taken | Promise<Taken>;
  /** Takes the amount off those counters that are held. `lease` is that of the answer; what has come back meanwhile is not given twice. */
  give(counters: readonly Counter[], amount: number, lease: unknown): void | Promise<void>;
  /** What the counters show now; nothing is consumed. */
  read(counters: readonly Counter[]): Promise<readonly CounterReading[]>;
  /** Keeps records, each in the place of that with its id. */
  note(records: readonly QuotaRecord[]): Promise<void>;
  /** Everything that is kept, oldest first. */
  records(): Promise<readonly QuotaRecord[]>;
}
