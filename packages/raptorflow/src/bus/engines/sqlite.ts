import { resolve as resolvePath } from 'node:path';
import { z } from 'zod';
import { parseOptions, RaptorFlowError, type Timer } from '../../kernel/index.ts';
import { openSqlite, type DirectoryLock, type SqliteStore } from '../../storage/index.ts';
import type {
  AppendOutcome,
  BusEngine,
  Delivery,
  EngineDeadLetters,
  EngineGroups,
  EngineHost,
  EngineMember,
  EngineReport,
  MemberSpec,
  NewEvent,
  ReadPage,
  ReadQuery,
  StoredChain,
  StoredEvent,
} from '../engine.ts';
import type {
  CountsOutput,
  DeadLetterChangeInput,
  ProgramSettings,
  Refusal,
  TurnOutput,
} from './sqlite/protocol.ts';
import { createSlotFile, memoryNotes, readSlots, type BegunNotes } from './sqlite/slot-file.ts';
import { CallRate } from './call-rate.ts';
import { readChain, type Hand } from './sqlite/chain-pages.ts';
import { unpackDeliveries } from './sqlite/columns.ts';
import { takeLock } from './sqlite/file-lock.ts';
import { TurnQueue } from './sqlite/turn-queue.ts';
import type { DeadLetterChange, DeadLetterFilter } from '../dead-letter.ts';
import { foreignCursor } from '../page-cursor.ts';

/** How the SQLite engine keeps its events. */
export interface SqliteEngineOptions {
  /** The file, created when missing; `':memory:'` keeps events only as long as the process lives. */
  readonly path: string;
  /**
   * What an acknowledged event survives: `fsync` – `kill -9` and loss of power; `process` – `kill -9`. Default `fsync`.
   * Means nothing for `':memory:'`.
   */
  readonly durability?: 'fsync' | 'process';
  readonly limits?: {
    /** Page cache of the connection. Default 16 MiB. */
    readonly cacheBytesMax?: number;
  };
}

const optionsSchema = z.strictObject({
  path: z.string().min(1),
  durability: z.enum(['fsync', 'process']).default('fsync'),
  limits: z.strictObject({ cacheBytesMax: z.int().positive().optional() }).prefault({}),
});

/** Rows that one sweep removes; at this size a publish in between waits a few milliseconds at most. */
const sweepRowsMax = 500;
/** Sweeps begin at least so far apart, while there is nothing left over from the one before. */
const sweepPauseMs = 1_000;
/** Between slices of one sweep others get their turn. */
const slicePauseMs = 1;

const programUrl = new URL(
  import.meta.url.endsWith('.ts') ? './sqlite/program.ts' : './sqlite/program.js',
  import.meta.url,
);

/**
 * The embedded engine: events in one SQLite file, written by a worker thread in group commits. One process owns the file;
 * `open` rejects with `directory_locked` for a second one. On `':memory:'` it is the engine for tests and for what may be lost.
 */
export function sqliteEngine(options: SqliteEngineOptions): BusEngine {
  const { path, durability, limits } = parseOptions('sqliteEngine', optionsSchema, options);
  return new SqliteEngine(path, durability, limits.cacheBytesMax);
}

class SqliteEngine implements BusEngine {
  readonly name = 'sqlite';
  readonly deadLetters: EngineDeadLetters;
  readonly groups: EngineGroups;
  readonly #path: string;
  readonly #durability: 'fsync' | 'process';
  readonly #cacheBytesMax: number | undefined;
  readonly #watchers = new Set<(events: readonly StoredEvent[]) => void>();
  readonly #members = new Map<number, (deliveries: readonly Delivery[]) => void>();
  readonly #hands = new Set<Hand>();
  #host: EngineHost | undefined;
  #store: SqliteStore | undefined;
  #queue: TurnQueue | undefined;
  #notes: BegunNotes = memoryNotes();
  #lock: DirectoryLock | undefined;
  #nextMember = 1;
  #dueTimer: Timer | undefined;
  #sweepTimer: Timer | undefined;
  #sweepAt: number | null = null;
  #lastSweepAt = Number.NEGATIVE_INFINITY;
  #sweeping = false;
  #closing = false;
  #rate: CallRate = new CallRate(() => this.#host?.clock.monotonic() ?? 0);

  constructor(path: string, durability: 'fsync' | 'process', cacheBytesMax: number | undefined) {
    this.#path = path === ':memory:' ? path : resolvePath(path);
    this.#durability = durability;
    this.#cacheBytesMax = cacheBytesMax;
    this.deadLetters = this.#deadLetterPort();
    this.groups = this.#groupPort();
  }

  async open(host: EngineHost): Promise<void> {
    if (this.#host)
      throw new RaptorFlowError('conflict', 'This engine serves a bus already; make one for each bus.');
    this.#host = host;
    const inMemory = this.#path === ':memory:';
    if (!inMemory) this.#lock = await takeLock(this.#path, host.clock);
    try {
      const begun = inMemory ? [] : readSlots(this.#slotPath);
      const settings: ProgramSettings = {
        policies: host.policies,
        deadLettersPerReasonMax: host.deadLettersPerReasonMax,
      };
      const store = openSqlite(
        {
          path: this.#path,
          program: programUrl,
          programOptions: settings,
          durability: this.#durability,
          ...(this.#cacheBytesMax === undefined ? {} : { limits: { cacheBytesMax: this.#cacheBytesMax } }),
        },
        { clock: host.clock, log: host.log },
      );
      this.#store = store;
      await store.start();
      this.#queue = new TurnQueue(store, host.clock, host.log, {
        onTurn: (output, stored, appended) => {
          this.#rate.count();
          this.#onTurn(output, stored, appended);
        },
      });
      const recovered = await store.call<TurnOutput>('recover', { now: host.clock.now(), begun });
      if (!inMemory) this.#notes = createSlotFile(this.#slotPath);
      this.#onTurn(recovered);
    } catch (error) {
      await this.#store?.stop().catch(() => undefined);
      await this.#lock?.release();
      throw error;
    }
  }

  async close({ deadlineMs }: { readonly deadlineMs: number }): Promise<void> {
    if (this.#closing) return;
    this.#closing = true;
    this.#dueTimer?.cancel();
    this.#sweepTimer?.cancel();
    const clock = this.#host?.clock;
    if (this.#queue && clock && this.#store?.state === 'running') {
      const early = new AbortController();
      await Promise.race([this.#queue.drain(), clock.sleep(deadlineMs, early.signal).catch(() => undefined)]);
      early.abort();
    }
    this.#queue?.close();
    try {
      await this.#store?.stop({ deadlineMs });
    } finally {
      // Members have left, so the file names nothing that matters; after a failure it stays for the next start.
      if (this.#store?.state === 'stopped') this.#notes.close();
      await this.#lock?.release();
      this.#watchers.clear();
      this.#members.clear();
    }
  }

  append(units: readonly (readonly NewEvent[])[]): Promise<readonly AppendOutcome[]> {
    return this.#turns().append(units);
  }

  async watch(listener: (events: readonly StoredEvent[]) => void): Promise<() => void> {
    this.#watchers.add(listener);
    return () => void this.#watchers.delete(listener);
  }

  async join(spec: MemberSpec, deliver: (deliveries: readonly Delivery[]) => void): Promise<EngineMember> {
    const member = this.#nextMember;
    this.#nextMember += 1;
    const sorted = { ...spec, types: spec.types === null ? null : spec.types.toSorted() };
    refuse(await this.#call<Refusal | null>('join', { member, spec: sorted }));
    const hand: Hand = new Map();
    this.#hands.add(hand);
    this.#members.set(member, (deliveries) => {
      for (const { ref } of deliveries) hand.set(ref, 0);
      deliver(deliveries);
    });
    return {
      allow: (count) => this.#turns().allow(member, count),
      begin: (refs) => {
        const now = this.#host?.clock.now() ?? 0;
        for (const ref of refs) hand.set(ref, now);
        this.#notes.begin(refs);
      },
      settle: async (settlements) => {
        const refs = settlements.map(({ ref }) => ref);
        await this.#turns().settle(member, settlements);
        this.#notes.end(refs);
        for (const ref of refs) hand.delete(ref);
      },
      leave: async () => {
        if (!this.#members.has(member)) return;
        const begun = this.#notes.begunOf(hand.keys());
        const output = await this.#call<TurnOutput>('leave', { member, begun });
        this.#members.delete(member);
        this.#hands.delete(hand);
        this.#notes.end([...hand.keys()]);
        this.#onTurn(output);
      },
    };
  }

  find(id: string): Promise<StoredEvent | null> {
    return this.#call('find', { id });
  }

  read(query: ReadQuery): Promise<ReadPage> {
    return this.#call('read', { query });
  }

  chain(requestId: string, limit: number): Promise<StoredChain> {
    return readChain((input) => this.#call('chain', input), this.#hands, requestId, limit);
  }

  async inspect(): Promise<EngineReport> {
    const store = this.#running();
    const [counts, storedBytes] = await Promise.all([
      this.#call<CountsOutput>('counts', {}),
      store.sizeBytes(),
    ]);
    const durability = this.#path === ':memory:' ? 'memory' : this.#durability;
    return {
      version: counts.version,
      durability,
      survives: survives[durability],
      connectedClients: 1,
      storedBytes,
      events: counts.events,
      deadLetters: counts.deadLetters,
      channels: counts.channels,
      commandsPerSecond: this.#rate.perSecond(),
      warnings: counts.idleGroups.map(
        ({ name, idleMs }) =>
          `Nobody has read the group "${name}" for ${Math.floor(idleMs / 86_400_000)} days; its events expire into the dead letters. Subscribe again, or delete it with bus.groups.delete.`,
      ),
    };
  }

  get #slotPath(): string {
    return `${this.#path}-begun`;
  }

  #running(): SqliteStore {
    if (this.#store && this.#queue && !this.#closing) return this.#store;
    throw new RaptorFlowError('unavailable', `The SQLite engine at ${this.#path} is not open.`);
  }

  #turns(): TurnQueue {
    this.#running();
    return this.#queue as TurnQueue;
  }

  async #call<Result>(operation: string, input: object): Promise<Result> {
    const store = this.#running();
    this.#rate.count();
    return store.call<Result>(operation, { now: this.#host?.clock.now() ?? 0, ...input });
  }

  #onTurn(
    output: TurnOutput,
    stored: readonly StoredEvent[] = output.born,
    appended: readonly NewEvent[] = [],
  ): void {
    if (stored.length > 0) for (const watcher of this.#watchers) watcher(stored);
    for (const columns of output.deliveries) {
      this.#members.get(columns.member)?.(unpackDeliveries(columns, appended));
    }
    for (const fate of output.fates) this.#host?.onFate(fate);
    if (output.fenced > 0) {
      this.#host?.log.warn('Late acknowledgements were ignored: the events had been given to others.', {
        count: output.fenced,
      });
    }
    this.#plan(output);
  }

  #plan(output: TurnOutput): void {
    const clock = this.#host?.clock;
    if (!clock || this.#closing) return;
    this.#dueTimer?.cancel();
    this.#dueTimer = undefined;
    if (output.dueAt !== null) {
      const wait = output.dueAt - clock.now();
      if (wait <= 0) this.#queue?.poke();
      else this.#dueTimer = clock.setTimeout(() => this.#queue?.poke(), wait);
    }
    this.#planSweep(output.sweepAt);
  }

  #planSweep(sweepAt: number | null): void {
    const clock = this.#host?.clock;
    if (!clock || this.#sweeping || this.#closing) return;
    if (sweepAt === this.#sweepAt && this.#sweepTimer) return;
    this.#sweepTimer?.cancel();
    this.#sweepTimer = undefined;
    this.#sweepAt = sweepAt;
    if (sweepAt === null) return;
    const at = Math.max(sweepAt, this.#lastSweepAt + sweepPauseMs);
    this.#sweepTimer = clock.setTimeout(() => this.#startSweep(), Math.max(0, at - clock.now()));
  }

  #startSweep(): void {
    this.#sweepTimer = undefined;
    this.#sweepAt = null;
    this.#sweeping = true;
    this.#lastSweepAt = this.#host?.clock.now() ?? 0;
    void this.#sweepSlice();
  }

  async #sweepSlice(): Promise<void> {
    const clock = this.#host?.clock;
    try {
      const output = await this.#call<TurnOutput>('sweep', { limit: sweepRowsMax });
      if (clock && output.sweepAt !== null && output.sweepAt <= clock.now() && !this.#closing) {
        this.#onTurn(output);
        this.#sweepTimer = clock.setTimeout(() => void this.#sweepSlice(), slicePauseMs);
        return;
      }
      this.#sweeping = false;
      this.#onTurn(output);
    } catch (error) {
      this.#sweeping = false;
      if (this.#closing) return;
      this.#host?.log.error('Expired events could not be removed; it is tried again.', { error });
      if (this.#store?.state === 'running' && clock) this.#planSweep(clock.now() + sweepPauseMs);
    }
  }

  #deadLetterPort(): EngineDeadLetters {
    return {
      list: async ({ cursor, limit, ...filter }) => {
        if (cursor !== null && !/^\d{1,16}$/u.test(cursor)) throw foreignCursor();
        return this.#call('listLetters', { filter, sinceMs: toMillis(filter), cursor, limit });
      },
      get: (id) => this.#call('getLetter', { id }),
      redrive: (which, pace) => this.#change({ which, action: 'redrive', ...pace }),
      discard: (which, limit) => this.#change({ which, action: 'discard', delayMs: 0, spacingMs: 0, limit }),
    };
  }

  #groupPort(): EngineGroups {
    return {
      list: () => this.#call('groups', {}),
      lag: (name) => this.#call('lag', { name }),
      delete: async (name) => {
        const answer = await this.#call<boolean | Refusal>('deleteGroup', { name });
        if (typeof answer === 'boolean') return answer;
        refuse(answer);
        return false;
      },
    };
  }

  async #change(
    input: Omit<DeadLetterChangeInput, 'now' | 'sinceMs'>,
  ): Promise<DeadLetterChange & { readonly more: boolean }> {
    const sinceMs = Array.isArray(input.which) ? null : toMillis(input.which as DeadLetterFilter);
    const { turn, ...change } = await this.#call<
      DeadLetterChange & { readonly more: boolean; readonly turn: TurnOutput }
    >('changeLetters', { ...input, sinceMs });
    this.#onTurn(turn);
    return change;
  }
}

const survives = {
  fsync: 'Acknowledged events survive kill -9 and loss of power.',
  process: 'Acknowledged events survive kill -9; a loss of power can lose the last ones.',
  memory: 'Events are held in memory and end with the process.',
} as const;

function refuse(refusal: Refusal | null): void {
  if (refusal) throw new RaptorFlowError(refusal.code, refusal.message, { details: refusal.details });
}

function toMillis(filter: DeadLetterFilter): number | null {
  const { since } = filter;
  if (since === undefined) return null;
  return typeof since === 'number' ? since : Date.parse(since);
}
