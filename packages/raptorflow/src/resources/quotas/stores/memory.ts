import { RaptorFlowError, type Timer } from '../../../kernel/index.ts';
import {
  emptyState,
  forgettableAt,
  limitOf,
  roll,
  type Counter,
  type CounterState,
  type Raise,
} from '../counter.ts';
import { quotaKey, type QuotaDefinition } from '../definition.ts';
import type { QuotaRecord } from '../record.ts';
import type { CounterReading, QuotaStore, QuotaStoreHost, Taken, Taking } from '../store.ts';

interface Kept {
  readonly counter: Counter;
  readonly state: CounterState;
}

const sweepMs = 60_000;
/** Between two looks for counters that can be forgotten, when there are too many. */
const sweepPauseMs = 1_000;

/**
 * Counts in memory, for one process. Periods, definitions and records outlive `close`, so that a second service on the same store goes on where
 * the first one stopped; what was held does not.
 */
export function memoryQuotaStore(): QuotaStore {
  return new MemoryQuotaStore();
}

class MemoryQuotaStore implements QuotaStore {
  readonly isShared = false;
  readonly #definitions = new Map<string, QuotaDefinition>();
  readonly #counters = new Map<string, Kept>();
  readonly #records = new Map<string, QuotaRecord>();
  #host: QuotaStoreHost | undefined;
  #timer: Timer | undefined;
  #sweptAt = Number.NEGATIVE_INFINITY;
  /** Grants of a service before this one are not given back to it. */
  #lease = 0;

  async open(host: QuotaStoreHost): Promise<void> {
    this.#host = host;
    this.#lease += 1;
    for (const [key, { counter }] of this.#counters) if (counter.isHeld) this.#counters.delete(key);
    this.#timer = host.clock.setInterval(() => this.#sweep(host), sweepMs).unref();
  }

  async close(): Promise<void> {
    this.#timer?.cancel();
    this.#host = undefined;
  }

  async definitions(): Promise<readonly QuotaDefinition[]> {
    this.#opened();
    return [...this.#definitions.values()];
  }

  async define(quota: QuotaDefinition): Promise<void> {
    this.#opened();
    const key = quotaKey(quota);
    const before = this.#definitions.get(key);
    this.#definitions.set(key, structuredClone(quota));
    if (before && before.epoch !== quota.epoch) this.#forget(key);
  }

  async remove(key: string): Promise<void> {
    this.#opened();
    this.#definitions.delete(key);
    this.#forget(key);
  }

  take({ counters, amount, maxima }: Taking): Taken {
    const host = this.#opened();
    const now = host.clock.now();
    // Copies of an array of the right length cost less than arrays that grow.
    const usage = maxima.slice();
    const limits = maxima.slice();
    const raises: Raise[] = [];
    let refusedBy = -1;
    let last: CounterState | undefined;
    for (let place = 0; place < counters.length; place += 1) {
      const counter = counters[place] as Counter;
      const state = this.#stateOf(counter, host, now);
      if (counter.clock !== null) this.#turn(counter, state, now, raises);
      const limit = limitOf(counter, state);
      const max = maxima[place] as number;
      if (refusedBy < 0 && state.used + amount > (counter.kind === 'dynamic' && limit > max ? limit : max)) {
        refusedBy = place;
      }
      usage[place] = state.used;
      limits[place] = limit;
      last = state;
    }
    if (refusedBy < 0) {
      const lastPlace = counters.length - 1;
      for (let place = 0; place <= lastPlace; place += 1) {
        // Most requests meet one quota, whose state is at hand.
        const state =
          place === lastPlace && last ? last : this.#stateOf(counters[place] as Counter, host, now);
        state.used += amount;
        usage[place] = state.used;
      }
    }
    return { refusedBy, usage, limits, raises, lease: this.#lease };
  }

  give(counters: readonly Counter[], amount: number, lease: unknown): void {
    if (lease !== this.#lease) return;
    for (const counter of counters) {
      if (!counter.isHeld) continue;
      const kept = this.#counters.get(counter.key);
      if (kept) kept.state.used = Math.max(0, kept.state.used - amount);
    }
  }

  async read(counters: readonly Counter[]): Promise<readonly CounterReading[]> {
    const now = this.#opened().clock.now();
    return counters.map((counter) => {
      const kept = this.#counters.get(counter.key);
      if (!kept) return { used: 0, limit: counter.limit };
      // A look does not bring a counter to the present period: only what counts may raise a limit.
      const state = { ...kept.state, past: [...kept.state.past] };
      if (counter.clock) roll(counter, state, counter.clock.at(now).index);
      return { used: state.used, limit: limitOf(counter, kept.state) };
    });
  }

  async note(records: readonly QuotaRecord[]): Promise<void> {
    const { recordsMax } = this.#opened();
    for (const record of records) this.#records.set(record.body.id, record);
    for (const id of this.#records.keys()) {
      if (this.#records.size <= recordsMax) break;
      this.#records.delete(id);
    }
  }

  async records(): Promise<readonly QuotaRecord[]> {
    this.#opened();
    return [...this.#records.values()];
  }

  #turn(counter: Counter, state: CounterState, now: number, raises: Raise[]): void {
    const index = counter.clock?.at(now).index ?? 0;
    if (index <= state.index) return;
    const raise = roll(counter, state, index);
    if (raise) raises.push(raise);
  }

  #stateOf(counter: Counter, host: QuotaStoreHost, now: number): CounterState {
    const kept = this.#counters.get(counter.key);
    if (kept) return kept.state;
    if (this.#counters.size >= host.countersMax) this.#makeRoom(host, now);
    const state = emptyState(counter.clock === null ? 0 : counter.clock.at(now).index);
    this.#counters.set(counter.key, { counter, state });
    return state;
  }

  #makeRoom(host: QuotaStoreHost, now: number): void {
    if (Math.abs(now - this.#sweptAt) >= sweepPauseMs) this.#sweep(host);
    if (this.#counters.size < host.countersMax) return;
    throw new RaptorFlowError(
      'exhausted',
      `${host.countersMax} counters of quotas are in use; raise countersMax, or count for fewer users, agents and runs.`,
      { details: { countersMax: host.countersMax } },
    );
  }

  #sweep(host: QuotaStoreHost): void {
    const now = host.clock.now();
    this.#sweptAt = now;
    for (const [key, { counter, state }] of this.#counters) {
      const span = counter.clock?.at(now);
      // The end of its own period is not known any more; when a new one has begun, it is before that.
      const end = span ? (state.index < span.index ? span.start : span.end) : 0;
      const at = forgettableAt(counter, state, end);
      if (at !== null && at <= now) this.#counters.delete(key);
    }
  }

  #forget(quota: string): void {
    for (const [key, { counter }] of this.#counters)
      if (counter.quotaKey === quota) this.#counters.delete(key);
  }

  #opened(): QuotaStoreHost {
    if (this.#host) return this.#host;
    throw new RaptorFlowError('unavailable', 'The store of quotas is not open.');
  }
}
