import { systemClock, type Clock, type Timer } from '../../../kernel/index.ts';
import { SqliteTables, type SqliteDependencies, type SqlitePlace } from '../../../storage/index.ts';
import type { Counter, Raise } from '../counter.ts';
import type { QuotaDefinition } from '../definition.ts';
import type { QuotaRecord } from '../record.ts';
import type { CounterReading, QuotaStore, QuotaStoreHost, Taken, Taking } from '../store.ts';
import type { StoredTaken, WireCounter } from './sqlite-program.ts';

/** How quotas are kept in a file; with `fsync` unless it is said. */
export type SqliteQuotaStoreOptions = SqlitePlace;

const program = new URL(
  import.meta.url.endsWith('.ts') ? './sqlite-program.ts' : './sqlite-program.js',
  import.meta.url,
);
const sweepMs = 60_000;

/**
 * Keeps quotas in a SQLite file, written by a worker thread; requests of one turn of the event loop share a commit. What was counted in periods goes
 * on after a restart. What was held begins at 0: it died with the process that held it. Throws `invalid_options`.
 */
export function sqliteQuotaStore(
  options: SqliteQuotaStoreOptions,
  deps: SqliteDependencies = {},
): QuotaStore {
  return new SqliteQuotaStore(
    new SqliteTables({ maker: 'sqliteQuotaStore', content: 'quotas', program }, options, deps),
  );
}

class SqliteQuotaStore implements QuotaStore {
  readonly isShared = false;
  readonly #tables: SqliteTables;
  #clock: Clock = systemClock;
  #timer: Timer | undefined;
  /** Another one with each opening. */
  #lease: object | undefined;

  constructor(tables: SqliteTables) {
    this.#tables = tables;
  }

  async open({ clock, log, countersMax, recordsMax }: QuotaStoreHost): Promise<void> {
    await this.#tables.open({ countersMax, recordsMax }, { clock, log });
    await this.#tables.call('begin');
    this.#clock = clock;
    this.#lease = {};
    this.#timer = clock
      .setInterval(() => {
        this.#tables.call('sweep', clock.now()).catch((error: unknown) => {
          log.warn('Counters of quotas that are over could not be removed; it is tried again.', { error });
        });
      }, sweepMs)
      .unref();
  }

  async close(): Promise<void> {
    this.#timer?.cancel();
    await this.#tables.close();
  }

  definitions(): Promise<readonly QuotaDefinition[]> {
    return this.#tables.call('definitions');
  }

  define(quota: QuotaDefinition): Promise<void> {
    return this.#tables.call('define', quota);
  }

  remove(key: string): Promise<void> {
    return this.#tables.call('remove', key);
  }

  async take({ counters, amount, maxima }: Taking): Promise<Taken> {
    const now = this.#clock.now();
    const lease = this.#lease;
    const { refusedBy, usage, limits, raises } = await this.#tables.call<StoredTaken>('take', {
      counters: counters.map((counter) => toWire(counter, now)),
      amount,
      maxima,
      now,
    });
    return {
      refusedBy,
      usage,
      limits,
      raises: raises.flatMap(({ place, from, to, past }): Raise[] => {
        const counter = counters[place];
        return counter ? [{ counter, from, to, past }] : [];
      }),
      lease,
    };
  }

  async give(counters: readonly Counter[], amount: number, lease: unknown): Promise<void> {
    // What was granted before this opening was given back by it.
    if (lease !== this.#lease) return;
    const keys = counters.filter(({ isHeld }) => isHeld).map(({ key }) => key);
    await this.#tables.call('give', { keys, amount });
  }

  read(counters: readonly Counter[]): Promise<readonly CounterReading[]> {
    const now = this.#clock.now();
    return this.#tables.call(
      'read',
      counters.map((counter) => toWire(counter, now)),
    );
  }

  note(records: readonly QuotaRecord[]): Promise<void> {
    return this.#tables.call('note', records);
  }

  records(): Promise<readonly QuotaRecord[]> {
    return this.#tables.call('records');
  }
}

function toWire({ key, quotaKey, kind, limit, clock, isHeld }: Counter, now: number): WireCounter {
  const span = clock?.at(now);
  return {
    key,
    quotaKey,
    kind,
    limit,
    isHeld,
    lengthMsMax: clock?.lengthMsMax ?? null,
    index: span?.index ?? 0,
    end: span?.end ?? 0,
  };
}
