import { z } from 'zod';
import { parseOptions, RaptorFlowError, type Clock, type Logger, type Timer } from '../../../kernel/index.ts';
import { openSqlite, type SqliteStore } from '../../../storage/index.ts';
import type { Counter, Raise } from '../counter.ts';
import type { QuotaDefinition } from '../definition.ts';
import type { QuotaRecord } from '../record.ts';
import type { CounterReading, QuotaStore, QuotaStoreHost, Taken, Taking } from '../store.ts';
import type { StoredTaken, WireCounter } from './sqlite-program.ts';

/** How quotas are kept in a file. */
export interface SqliteQuotaStoreOptions {
  /** The file, created when missing; `':memory:'` forgets at `close`. It belongs to one process at a time. */
  readonly path: string;
  /** What a grant and a definition survive: `fsync` – `kill -9` and loss of power; `process` – `kill -9`. Default `fsync`. */
  readonly durability?: 'fsync' | 'process';
}

const optionsSchema = z.strictObject({
  path: z.string().min(1),
  durability: z.enum(['fsync', 'process']).default('fsync'),
});

const programUrl = new URL(
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
  deps: { readonly clock?: Clock; readonly log?: Logger } = {},
): QuotaStore {
  return new SqliteQuotaStore(parseOptions('sqliteQuotaStore', optionsSchema, options), deps);
}

class SqliteQuotaStore implements QuotaStore {
  readonly isShared = false;
  readonly #options: Required<SqliteQuotaStoreOptions>;
  readonly #deps: { readonly clock?: Clock; readonly log?: Logger };
  #store: SqliteStore | undefined;
  #clock: Clock | undefined;
  #timer: Timer | undefined;

  constructor(
    options: Required<SqliteQuotaStoreOptions>,
    deps: { readonly clock?: Clock; readonly log?: Logger },
  ) {
    this.#options = options;
    this.#deps = deps;
  }

  async open(host: QuotaStoreHost): Promise<void> {
    const { countersMax, recordsMax } = host;
    const store = openSqlite(
      { ...this.#options, program: programUrl, programOptions: { countersMax, recordsMax } },
      { clock: host.clock, log: host.log, ...this.#deps },
    );
    await store.start();
    await store.call('begin');
    this.#clock = host.clock;
    this.#store = store;
    this.#timer = host.clock
      .setInterval(() => {
        store.call('sweep', host.clock.now()).catch((error: unknown) => {
          host.log.warn('Counters of quotas that are over could not be removed; it is tried again.', {
            error,
          });
        });
      }, sweepMs)
      .unref();
  }

  async close(): Promise<void> {
    const store = this.#store;
    this.#store = undefined;
    this.#timer?.cancel();
    await store?.stop();
  }

  async definitions(): Promise<readonly QuotaDefinition[]> {
    return this.#opened().call('definitions');
  }

  async define(quota: QuotaDefinition): Promise<void> {
    await this.#opened().call('define', quota);
  }

  async remove(quotaId: string): Promise<void> {
    await this.#opened().call('remove', quotaId);
  }

  async take({ counters, amount, maxima }: Taking): Promise<Taken> {
    const now = this.#now();
    const { refusedBy, usage, limits, raises } = await this.#opened().call<StoredTaken>('take', {
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
      lease: this.#store,
    };
  }

  async give(counters: readonly Counter[], amount: number, lease: unknown): Promise<void> {
    // What a store before this one granted was given back when this one opened.
    if (lease !== this.#store) return;
    const keys = counters.filter(({ isHeld }) => isHeld).map(({ key }) => key);
    await this.#opened().call('give', { keys, amount });
  }

  async read(counters: readonly Counter[]): Promise<readonly CounterReading[]> {
    const now = this.#now();
    return this.#opened().call(
      'read',
      counters.map((counter) => toWire(counter, now)),
    );
  }

  async note(records: readonly QuotaRecord[]): Promise<void> {
    await this.#opened().call('note', records);
  }

  async records(): Promise<readonly QuotaRecord[]> {
    return this.#opened().call('records');
  }

  #now(): number {
    return this.#clock?.now() ?? 0;
  }

  #opened(): SqliteStore {
    if (this.#store) return this.#store;
    throw new RaptorFlowError('unavailable', 'The store of quotas is not open.');
  }
}

function toWire({ key, quotaId, kind, limit, clock, isHeld }: Counter, now: number): WireCounter {
  const span = clock?.at(now);
  return {
    key,
    quotaId,
    kind,
    limit,
    isHeld,
    lengthMsMax: clock?.lengthMsMax ?? null,
    index: span?.index ?? 0,
    end: span?.end ?? 0,
  };
}
