import type { Kysely, Selectable } from 'kysely';
import type { EventDraft } from 'raptorflow/bus';
import {
  createIds,
  Lifecycle,
  parseOptions,
  silentLogger,
  systemClock,
  toRaptorFlowError,
  type Clock,
  type Ids,
  type Logger,
  type RaptorFlowError,
  type Service,
  type ServiceState,
  type StopOptions,
  type Timer,
} from 'raptorflow/kernel';
import { z } from 'zod';
import type { Database } from './database.ts';
import { fromJsonText } from './json.ts';
import type { OutboxRow, OutboxTables } from './outbox.ts';

/** Where events go: a bus, or what stands for one. Publishing an id again stores nothing. */
export interface OutboxTarget {
  publishMany(channel: string, drafts: readonly EventDraft[]): Promise<unknown>;
}

/** What a relay is given. */
export interface OutboxRelayDependencies {
  readonly database: Database;
  readonly bus: OutboxTarget;
  readonly clock?: Clock;
  readonly ids?: Ids;
  readonly log?: Logger;
}

/** How it relays. */
export interface OutboxRelayOptions {
  /** Rows read at once. Default 500. */
  readonly batchRowsMax?: number;
  /** How often it looks without being told. Default 5,000. */
  readonly pollMs?: number;
  /** How long a relay that has died keeps others waiting. Default 15,000. */
  readonly leaseMs?: number;
  /**
   * Nobody but this process can have the database open, so a lease found at the start is a dead process's and is not
   * waited for. Default false.
   */
  readonly soleOwner?: boolean;
  /** How long an event that the bus refuses for good is kept for people to look at. Default 30 days. */
  readonly refusedMaxAgeMs?: number;
}

/** What waits in the outbox. */
export interface OutboxStatus {
  readonly waiting: number;
  /** Age of the oldest that waits, in milliseconds; 0 when none does. */
  readonly oldestMs: number;
  /** Events that the bus refused for good. */
  readonly refused: number;
}

/**
 * Carries committed events from the outbox to the bus: each at least once, in the order of their transactions within a workspace.
 * One relay of all processes works at a time; another takes over when its lease ends. An event that the bus refuses for good
 * (a contract that it breaks) is set aside with the reason and logged, so that it does not hold up those behind it; one that
 * the bus cannot take now is tried again, and its workspace waits.
 */
export interface OutboxRelay extends Service {
  status(): Promise<OutboxStatus>;
}

const optionsSchema = z.strictObject({
  batchRowsMax: z.int().min(1).max(10_000).default(500),
  pollMs: z.int().min(10).default(5_000),
  leaseMs: z.int().min(100).default(15_000),
  soleOwner: z.boolean().default(false),
  refusedMaxAgeMs: z
    .int()
    .min(1)
    .default(30 * 86_400_000),
});

/** Builds a relay; it works once started, after the database and the bus. */
export function createOutboxRelay(
  options: OutboxRelayOptions,
  dependencies: OutboxRelayDependencies,
): OutboxRelay {
  return new Relay(parseOptions('createOutboxRelay', optionsSchema, options), dependencies);
}

type Row = Selectable<OutboxRow>;

const leaseName = 'relay';
/** How often refused events are looked through for those that are too old. */
const forgetEveryMs = 60_000;
/** From so many wakes in one pass on, the next one lets more arrive first. */
const wakesOfBusy = 4;
const busyPauseMs = 10;
const retryMsMin = 100;
const retryMsMax = 10_000;

class Relay implements OutboxRelay {
  readonly #options: Readonly<z.output<typeof optionsSchema>>;
  readonly #database: Database;
  readonly #bus: OutboxTarget;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #holder: string;
  readonly #lifecycle: Lifecycle;
  #stopWatching: () => Promise<void> = async () => undefined;
  #timer: Timer | undefined;
  // One pass at a time; a wake during a pass makes it look once more.
  #pass: Promise<void> | undefined;
  #wakes = 0;
  /** Until when the lease is certainly ours, by this process's clock. */
  #leasedUntilMs = 0;
  #forgotAtMs = Number.NEGATIVE_INFINITY;
  #stopping = false;
  #retryMs = retryMsMin;
  /** How long another relay's lease still runs; 0 when it is ours or nobody's. */
  #othersLeaseMs = 0;

  constructor(options: Readonly<z.output<typeof optionsSchema>>, dependencies: OutboxRelayDependencies) {
    this.#options = options;
    this.#database = dependencies.database;
    this.#bus = dependencies.bus;
    this.#clock = dependencies.clock ?? systemClock;
    this.#log = (dependencies.log ?? silentLogger).child('outbox');
    this.#holder = (dependencies.ids ?? createIds({ clock: this.#clock })).next('rly');
    this.#lifecycle = new Lifecycle('The outbox relay', {
      start: () => this.#start(),
      stop: () => this.#stop(),
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

  async status(): Promise<OutboxStatus> {
    const row = await this.#db()
      .selectFrom('outbox')
      .select(({ fn, eb }) => [
        fn.count<number>(eb.case().when('refused_code', 'is', null).then(1).end()).as('waiting'),
        fn.count<number>('refused_code').as('refused'),
        fn
          .min<number | null>(eb.case().when('refused_code', 'is', null).then(eb.ref('created_at_ms')).end())
          .as('oldest'),
      ])
      .executeTakeFirstOrThrow();
    const oldestMs = row.oldest === null ? 0 : Math.max(0, this.#clock.now() - row.oldest);
    return { waiting: row.waiting, refused: row.refused, oldestMs };
  }

  async #start(): Promise<void> {
    if (this.#options.soleOwner) await this.#db().deleteFrom('outbox_relays').execute();
    this.#stopWatching = await this.#database.watchOutbox(() => this.#wake());
    this.#wake();
  }

  async #stop(): Promise<void> {
    this.#stopping = true;
    this.#timer?.cancel();
    await this.#stopWatching();
    await this.#pass;
    await this.#releaseLease();
  }

  #wake(): void {
    if (this.#stopping) return;
    if (this.#pass) {
      this.#wakes += 1;
      return;
    }
    this.#timer?.cancel();
    this.#pass = this.#run();
  }

  async #run(): Promise<void> {
    let waitMs = this.#options.pollMs;
    this.#othersLeaseMs = 0;
    try {
      do {
        // A pass costs the same for one event as for many.
        if (this.#wakes >= wakesOfBusy) await this.#clock.sleep(busyPauseMs);
        this.#wakes = 0;
        if (await this.#drain()) {
          this.#retryMs = retryMsMin;
        } else {
          waitMs = this.#retryMs;
          this.#retryMs = Math.min(this.#retryMs * 2, retryMsMax);
          break;
        }
      } while (this.#wakes > 0 && !this.#stopping);
      // Who has the lease may die before it is done: the end of the lease is when that shows.
      if (this.#othersLeaseMs > 0) waitMs = Math.min(waitMs, this.#othersLeaseMs);
    } catch (error) {
      waitMs = this.#retryMs;
      this.#retryMs = Math.min(this.#retryMs * 2, retryMsMax);
      this.#log.warn('The outbox could not be read; it is tried again.', { error, wait_ms: waitMs });
    }
    this.#pass = undefined;
    if (!this.#stopping) this.#timer = this.#clock.setTimeout(() => this.#wake(), waitMs);
  }

  /** Relays what there is. False when something must be tried again. */
  async #drain(): Promise<boolean> {
    const stalled = new Set<string>();
    while (!this.#stopping) {
      if (!(await this.#takeLease())) return true;
      const rows = await this.#read(stalled);
      if (rows.length === 0) break;
      const isAll = rows.length < this.#options.batchRowsMax;
      const done = await Promise.all(groupByWorkspace(rows).map((group) => this.#relay(group, stalled)));
      const seqs = done.flat();
      if (seqs.length > 0) await this.#db().deleteFrom('outbox').where('seq', 'in', seqs).execute();
      // What has been committed since wakes this relay again.
      if (isAll) break;
    }
    await this.#forgetRefused();
    return stalled.size === 0;
  }

  #read(stalled: ReadonlySet<string>): Promise<Row[]> {
    const names = [...stalled].filter((name) => name !== '');
    let query = this.#db().selectFrom('outbox').selectAll().where('refused_code', 'is', null);
    if (stalled.has('')) query = query.where('workspace_id', 'is not', null);
    if (names.length > 0) {
      query = query.where((eb) =>
        eb.or([eb('workspace_id', 'is', null), eb('workspace_id', 'not in', names)]),
      );
    }
    return query.orderBy('seq').limit(this.#options.batchRowsMax).execute();
  }

  // Relays the rows of one workspace in order and answers those that are done with.
  async #relay(rows: readonly Row[], stalled: Set<string>): Promise<number[]> {
    const done: number[] = [];
    for (const run of runsOfChannel(rows)) {
      const error = await this.#publish(run);
      if (!error) {
        done.push(...run.map((row) => row.seq));
        continue;
      }
      if (isTemporary(error)) {
        stalled.add(rows[0]?.workspace_id ?? '');
        this.#log.warn('The bus does not take events now; they are tried again.', {
          workspace_id: rows[0]?.workspace_id,
          error,
        });
        return done;
      }
      // One of the run is refused for good: one by one, the others get through.
      for (const row of run) {
        const refusal = run.length === 1 ? error : await this.#publish([row]);
        if (!refusal) {
          done.push(row.seq);
        } else if (isTemporary(refusal)) {
          stalled.add(row.workspace_id ?? '');
          return done;
        } else {
          await this.#setAside(row, refusal);
        }
      }
    }
    return done;
  }

  async #publish(rows: readonly Row[]): Promise<RaptorFlowError | undefined> {
    try {
      const drafts = rows.map((row) => fromJsonText<EventDraft>(row.draft));
      await this.#bus.publishMany(rows[0]?.channel ?? '', drafts);
      return undefined;
    } catch (error) {
      return toRaptorFlowError(error);
    }
  }

  async #setAside(row: Row, refusal: RaptorFlowError): Promise<void> {
    this.#log.error('The bus refuses an event of the outbox for good; it is set aside.', {
      event_id: row.event_id,
      workspace_id: row.workspace_id,
      channel: row.channel,
      error: refusal,
    });
    await this.#db()
      .updateTable('outbox')
      .set({ refused_code: refusal.code, refused_message: refusal.message })
      .where('seq', '=', row.seq)
      .execute();
  }

  async #forgetRefused(): Promise<void> {
    const now = this.#clock.now();
    if (now - this.#forgotAtMs < forgetEveryMs) return;
    this.#forgotAtMs = now;
    await this.#db()
      .deleteFrom('outbox')
      .where('refused_code', 'is not', null)
      .where('created_at_ms', '<', now - this.#options.refusedMaxAgeMs)
      .execute();
  }

  async #takeLease(): Promise<boolean> {
    const now = this.#clock.now();
    // Nobody else takes it before it ends, so half of it is soon enough to renew it.
    const { leaseMs } = this.#options;
    if (this.#leasedUntilMs - now > leaseMs / 2 && this.#leasedUntilMs - now <= leaseMs) return true;
    const lease = { holder: this.#holder, until_ms: now + this.#options.leaseMs };
    const taken = await this.#db()
      .insertInto('outbox_relays')
      .values({ name: leaseName, ...lease })
      .onConflict((conflict) =>
        conflict
          .column('name')
          .doUpdateSet(lease)
          .where((eb) =>
            eb.or([eb('outbox_relays.holder', '=', this.#holder), eb('outbox_relays.until_ms', '<', now)]),
          ),
      )
      .returning('holder')
      .executeTakeFirst();
    if (taken !== undefined) {
      this.#leasedUntilMs = lease.until_ms;
      return true;
    }
    this.#leasedUntilMs = 0;
    const other = await this.#db()
      .selectFrom('outbox_relays')
      .select('until_ms')
      .where('name', '=', leaseName)
      .executeTakeFirst();
    this.#othersLeaseMs = Math.max(1, (other?.until_ms ?? now) - now + 1);
    return false;
  }

  // Another relay need not wait for the lease to end. One that cannot be given back ends by itself.
  async #releaseLease(): Promise<void> {
    await this.#db()
      .updateTable('outbox_relays')
      .set({ until_ms: 0 })
      .where('holder', '=', this.#holder)
      .execute()
      .catch((error: unknown) =>
        this.#log.warn('The lease of the outbox could not be given back.', { error }),
      );
  }

  #db(): Kysely<OutboxTables> {
    return this.#database.system<OutboxTables>();
  }
}

function groupByWorkspace(rows: readonly Row[]): Row[][] {
  return [...Map.groupBy(rows, (row) => row.workspace_id).values()];
}

// Neighbours on the same channel go out together.
function runsOfChannel(rows: readonly Row[]): Row[][] {
  const runs: Row[][] = [];
  for (const row of rows) {
    const last = runs.at(-1);
    if (last?.[0]?.channel === row.channel) last.push(row);
    else runs.push([row]);
  }
  return runs;
}

function isTemporary(error: RaptorFlowError): boolean {
  return error.retryable || error.kind === 'unavailable' || error.kind === 'internal';
}
