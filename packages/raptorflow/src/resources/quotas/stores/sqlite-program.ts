import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { RaptorFlowError } from '../../../kernel/index.ts';
import type { Program, SqliteMigrations } from '../../../storage/index.ts';
import { emptyState, forgettableAt, limitOf, roll, type Counter, type CounterState } from '../counter.ts';
import { quotaKey, type QuotaDefinition, type QuotaKind } from '../definition.ts';
import type { QuotaRecord } from '../record.ts';
import type { CounterReading } from '../store.ts';

/** A counter as it travels to the worker, with the period that it is in. */
export interface WireCounter {
  readonly key: string;
  readonly quotaKey: string;
  readonly kind: QuotaKind;
  readonly limit: number;
  readonly isHeld: boolean;
  /** Null without periods. */
  readonly lengthMsMax: number | null;
  readonly index: number;
  readonly end: number;
}

/** The worker's answer to a request. */
export interface StoredTaken {
  readonly refusedBy: number;
  readonly usage: readonly number[];
  readonly limits: readonly number[];
  readonly raises: readonly {
    readonly place: number;
    readonly from: number;
    readonly to: number;
    readonly past: readonly number[];
  }[];
}

interface StoredTaking {
  readonly counters: readonly WireCounter[];
  readonly amount: number;
  readonly maxima: readonly number[];
  readonly now: number;
}

/** The tables, for the store. */
export const migrations: SqliteMigrations = {
  room: 'quotas',
  steps: [
    {
      id: '001_quotas',
      up: (db) =>
        db.exec(`
          CREATE TABLE quota_definitions (id TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT, WITHOUT ROWID;
          CREATE TABLE quota_counters (
            key TEXT PRIMARY KEY,
            quota_id TEXT NOT NULL,
            used INTEGER NOT NULL,
            period INTEGER NOT NULL,
            raised INTEGER NOT NULL,
            past TEXT NOT NULL,
            is_held INTEGER NOT NULL,
            -- When it may be forgotten; NULL when it may not.
            over_at_ms REAL
          ) STRICT, WITHOUT ROWID;
          CREATE INDEX quota_counters_over ON quota_counters (over_at_ms) WHERE over_at_ms IS NOT NULL;
          CREATE INDEX quota_counters_quota ON quota_counters (quota_id);
          CREATE TABLE quota_records (place INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, body TEXT NOT NULL) STRICT;
        `),
    },
    { id: '002_quota_keys', up: (db) => putUnderKeys(db) },
  ],
};

/** Ids were unique among all workspaces once, and stood where the keys of quotas stand. */
function putUnderKeys(db: DatabaseSync): void {
  const [definitions, counters] = [
    db.prepare('UPDATE quota_definitions SET id = ?1 WHERE id = ?2'),
    db.prepare('UPDATE quota_counters SET quota_id = ?1 WHERE quota_id = ?2'),
  ];
  for (const row of db.prepare('SELECT id, body FROM quota_definitions').all()) {
    const key = quotaKey(bodyOf(row) as QuotaDefinition);
    for (const statement of [definitions, counters]) statement.run(key, String(row['id']));
  }
}

/** Builds the program over an open database. */
export function createProgram(db: DatabaseSync, options: unknown): Program {
  const { countersMax, recordsMax } = options as { countersMax: number; recordsMax: number };
  const counters = new Counters(db, countersMax);
  const definitions = db.prepare('SELECT body FROM quota_definitions ORDER BY id');
  const definition = db.prepare('SELECT body FROM quota_definitions WHERE id = ?');
  const define = db.prepare(
    'INSERT INTO quota_definitions (id, body) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET body = excluded.body',
  );
  const remove = db.prepare('DELETE FROM quota_definitions WHERE id = ?');
  const records = db.prepare('SELECT body FROM quota_records ORDER BY place');
  const note = db.prepare(
    'INSERT INTO quota_records (id, body) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET body = excluded.body',
  );
  const trim = db.prepare(
    'DELETE FROM quota_records WHERE place <= (SELECT place FROM quota_records ORDER BY place DESC LIMIT 1 OFFSET ?)',
  );
  return {
    operations: {
      begin: (): void => counters.dropHeld(),
      take: (taking: StoredTaking): StoredTaken => counters.take(taking),
      give({ keys, amount }: { readonly keys: readonly string[]; readonly amount: number }): void {
        for (const key of keys) counters.give(key, amount);
      },
      read: (asked: readonly WireCounter[]): CounterReading[] =>
        asked.map((counter) => counters.read(counter)),
      sweep: (now: number): void => counters.sweep(now),
      definitions: (): QuotaDefinition[] => definitions.all().map((row) => bodyOf(row) as QuotaDefinition),
      define(quota: QuotaDefinition): void {
        const key = quotaKey(quota);
        const before = definition.get(key);
        if (before && (bodyOf(before) as QuotaDefinition).epoch !== quota.epoch) counters.drop(key);
        define.run(key, JSON.stringify(quota));
      },
      remove(key: string): void {
        remove.run(key);
        counters.drop(key);
      },
      note(noted: readonly QuotaRecord[]): void {
        for (const record of noted) note.run(record.body.id, JSON.stringify(record));
        trim.run(recordsMax);
      },
      records: (): QuotaRecord[] => records.all().map((row) => bodyOf(row) as QuotaRecord),
    },
    reads: ['definitions', 'records', 'read'],
  };
}

function bodyOf(row: Record<string, unknown>): unknown {
  return JSON.parse(String(row['body']));
}

class Counters {
  readonly #countersMax: number;
  readonly #get: StatementSync;
  readonly #put: StatementSync;
  readonly #give: StatementSync;
  readonly #count: StatementSync;
  readonly #sweep: StatementSync;
  readonly #drop: StatementSync;
  readonly #dropHeld: StatementSync;

  constructor(db: DatabaseSync, countersMax: number) {
    this.#countersMax = countersMax;
    this.#get = db.prepare('SELECT used, period, raised, past FROM quota_counters WHERE key = ?');
    this.#put = db.prepare(
      `INSERT INTO quota_counters (key, quota_id, used, period, raised, past, is_held, over_at_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (key) DO UPDATE SET used = excluded.used, period = excluded.period, raised = excluded.raised,
         past = excluded.past, over_at_ms = excluded.over_at_ms`,
    );
    this.#give = db.prepare(
      'UPDATE quota_counters SET used = max(0, used - ?1), over_at_ms = iif(used <= ?1, 0, NULL) WHERE key = ?2',
    );
    this.#count = db.prepare('SELECT count(*) AS n FROM quota_counters');
    this.#sweep = db.prepare('DELETE FROM quota_counters WHERE over_at_ms IS NOT NULL AND over_at_ms <= ?');
    this.#drop = db.prepare('DELETE FROM quota_counters WHERE quota_id = ?');
    this.#dropHeld = db.prepare('DELETE FROM quota_counters WHERE is_held = 1');
  }

  take({ counters, amount, maxima, now }: StoredTaking): StoredTaken {
    const raises: StoredTaken['raises'][number][] = [];
    let refusedBy = -1;
    const states = counters.map((wire, place) => {
      const counter = fromWire(wire);
      const { state, isNew } = this.#stateOf(wire);
      if (isNew) this.#assertRoom(now);
      const raise = roll(counter, state, wire.index);
      if (raise) raises.push({ place, from: raise.from, to: raise.to, past: raise.past });
      const limit = limitOf(counter, state);
      const max = maxima[place] ?? wire.limit;
      const most = wire.kind === 'dynamic' ? Math.max(max, limit) : max;
      if (refusedBy < 0 && state.used + amount > most) refusedBy = place;
      return { counter, state, limit };
    });
    for (const [place, { counter, state }] of states.entries()) {
      if (refusedBy < 0) state.used += amount;
      // A refusal alone is worth a write only when it has raised a limit.
      if (refusedBy < 0 || raises.some((raise) => raise.place === place)) {
        this.#write(counter, state, counters[place]?.end ?? 0);
      }
    }
    return {
      refusedBy,
      usage: states.map(({ state }) => state.used),
      limits: states.map(({ limit }) => limit),
      raises,
    };
  }

  give(key: string, amount: number): void {
    this.#give.run(amount, key);
  }

  read(wire: WireCounter): CounterReading {
    const { state } = this.#stateOf(wire);
    const limit = limitOf(fromWire(wire), state);
    roll(fromWire(wire), state, wire.index);
    return { used: state.used, limit };
  }

  sweep(now: number): void {
    this.#sweep.run(now);
  }

  drop(quota: string): void {
    this.#drop.run(quota);
  }

  dropHeld(): void {
    this.#dropHeld.run();
  }

  #stateOf({ key, index }: WireCounter): { readonly state: CounterState; readonly isNew: boolean } {
    const row = this.#get.get(key);
    if (!row) return { state: emptyState(index), isNew: true };
    const past = String(row['past']);
    return {
      state: {
        used: Number(row['used']),
        index: Number(row['period']),
        raised: Number(row['raised']),
        past: past === '' ? [] : past.split(',').map(Number),
      },
      isNew: false,
    };
  }

  #write(counter: Counter, state: CounterState, end: number): void {
    const { key, quotaKey: quota, isHeld } = counter;
    const overAt = forgettableAt(counter, state, end);
    const { used, index, raised, past } = state;
    this.#put.run(key, quota, used, index, raised, past.join(','), isHeld ? 1 : 0, overAt);
  }

  #assertRoom(now: number): void {
    if (Number(this.#count.get()?.['n']) < this.#countersMax) return;
    this.#sweep.run(now);
    if (Number(this.#count.get()?.['n']) < this.#countersMax) return;
    throw new RaptorFlowError(
      'exhausted',
      `${this.#countersMax} counters of quotas are in use; raise countersMax, or count for fewer users, agents and runs.`,
      { details: { countersMax: this.#countersMax } },
    );
  }
}

function fromWire({ lengthMsMax, index, end, ...counter }: WireCounter): Counter {
  const clock =
    lengthMsMax === null ? null : { lengthMs: 0, lengthMsMax, at: () => ({ index, start: 0, end }) };
  return { ...counter, quotaId: '', clock, workspaceId: null };
}
