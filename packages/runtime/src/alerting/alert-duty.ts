import type { Kysely } from 'kysely';
import {
  createIds,
  Lifecycle,
  silentLogger,
  systemClock,
  type Clock,
  type Ids,
  type Logger,
  type Service,
  type ServiceState,
  type StopOptions,
  type Timer,
} from 'raptorflow/kernel';
import type { Database } from '../db/index.ts';
import type { AlertTables } from './tables.ts';

/** Who looks after the alerts of an installation, as this process knows it. */
export type DutyStatus =
  | { readonly kind: 'own' }
  | {
      readonly kind: 'elsewhere';
      /** Where the process that has it is reached. */ readonly address: string;
    }
  | { readonly kind: 'unknown' };

/** What a process does about its duty. */
export interface DutyActions {
  /** Begins to look after alerts. Its writes carry `holder`, so that the store refuses them once another process has the duty. A rejection gives the duty back. */
  readonly take: (holder: string) => Promise<void>;
  /** Ceases to. Called after `take`, also when it rejected. */
  readonly leave: () => Promise<void>;
}

/** What a duty is given. */
export interface AlertDutyDeps {
  readonly db: Database;
  readonly clock?: Clock;
  readonly ids?: Ids;
  readonly log?: Logger;
}

/**
 * Sees to it that one process of an installation looks after its alerts, and another one when that is gone: at once when it stops, ten seconds after
 * its last sign of life when it is killed. No clocks are compared: a process takes over what it has itself seen unchanged for so long. Of two processes
 * that both believe to have the duty, the store takes the writes of one.
 */
export interface AlertDuty extends Service {
  status(): DutyStatus;
}

const beatMs = 2_000;
const takeOverMs = 10_000;
/** The only row. */
const place = 1;
const nobody = '';

/** Prepares the duty of a process that is reached at `address`. Start it after the database, stop it before. */
export function createAlertDuty(address: string, actions: DutyActions, deps: AlertDutyDeps): AlertDuty {
  return new Duty(address, actions, deps);
}

class Duty implements AlertDuty {
  readonly #address: string;
  readonly #actions: DutyActions;
  readonly #db: Database;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #holder: string;
  readonly #lifecycle: Lifecycle;
  #status: DutyStatus = { kind: 'unknown' };
  #seen: { readonly holder: string; readonly beat: number; readonly since: number } | undefined;
  #timer: Timer | undefined;
  #look: Promise<void> = Promise.resolve();

  constructor(address: string, actions: DutyActions, deps: AlertDutyDeps) {
    this.#address = address;
    this.#actions = actions;
    this.#db = deps.db;
    this.#clock = deps.clock ?? systemClock;
    this.#log = (deps.log ?? silentLogger).child('alert-duty');
    this.#holder = (deps.ids ?? createIds({ clock: this.#clock })).next('dty');
    this.#lifecycle = new Lifecycle('The duty of alerts', {
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

  status(): DutyStatus {
    return this.#status;
  }

  async #start(): Promise<void> {
    await this.#turn();
    this.#plan();
  }

  async #stop(): Promise<void> {
    this.#timer?.cancel();
    await this.#look;
    this.#timer?.cancel();
    if (this.#status.kind !== 'own') return;
    this.#status = { kind: 'unknown' };
    await this.#actions.leave();
    await this.#giveBack();
  }

  #plan(): void {
    if (this.#lifecycle.state === 'stopping' || this.#lifecycle.state === 'stopped') return;
    this.#timer = this.#clock.setTimeout(() => {
      this.#look = this.#turn()
        .catch((error: unknown) => {
          // Health tells that the database is away. Who has the duty keeps it: what it writes fails, and so does what others would.
          this.#log.debug('The duty of alerts cannot be looked at.', { error });
        })
        .finally(() => this.#plan());
    }, beatMs);
  }

  async #turn(): Promise<void> {
    if (this.#status.kind === 'own') {
      if (await this.#renew()) return;
      this.#log.warn('Another process looks after alerts now.');
      this.#status = { kind: 'unknown' };
      await this.#actions.leave();
    }
    const found = await this.#read();
    if (await this.#mayTake(found)) {
      await this.#take();
      return;
    }
    const now = (await this.#read()) ?? found;
    if (now && now.holder !== nobody) this.#status = { kind: 'elsewhere', address: now.address };
  }

  // Also when nobody has it, and then at once.
  async #mayTake(found: Row | undefined): Promise<boolean> {
    if (!found) return this.#insert();
    const { holder, beat } = found;
    if (holder === nobody) return this.#replace(holder, beat);
    const now = this.#clock.monotonic();
    if (this.#seen?.holder !== holder || this.#seen.beat !== beat) {
      this.#seen = { holder, beat, since: now };
      return false;
    }
    return now - this.#seen.since >= takeOverMs && this.#replace(holder, beat);
  }

  async #take(): Promise<void> {
    this.#seen = undefined;
    try {
      await this.#actions.take(this.#holder);
      this.#status = { kind: 'own' };
      this.#log.info('This process looks after alerts.');
    } catch (error) {
      this.#log.error('Alerts cannot be looked after by this process.', { error });
      await this.#actions.leave();
      await this.#giveBack();
    }
  }

  #query(): Kysely<AlertTables> {
    return this.#db.system<AlertTables>();
  }

  #read(): Promise<Row | undefined> {
    return this.#query()
      .selectFrom('alert_duty')
      .select(['holder', 'address', 'beat'])
      .where('place', '=', place)
      .executeTakeFirst();
  }

  async #insert(): Promise<boolean> {
    const { numInsertedOrUpdatedRows } = await this.#query()
      .insertInto('alert_duty')
      .values({ place, holder: this.#holder, address: this.#address, beat: 0 })
      .onConflict((conflict) => conflict.column('place').doNothing())
      .executeTakeFirst();
    return numInsertedOrUpdatedRows === 1n;
  }

  async #replace(holder: string, beat: number): Promise<boolean> {
    const { numUpdatedRows } = await this.#query()
      .updateTable('alert_duty')
      .set({ holder: this.#holder, address: this.#address, beat: beat + 1 })
      .where('place', '=', place)
      .where('holder', '=', holder)
      .where('beat', '=', beat)
      .executeTakeFirst();
    return numUpdatedRows === 1n;
  }

  async #renew(): Promise<boolean> {
    return renewDuty(this.#query(), this.#holder);
  }

  async #giveBack(): Promise<void> {
    await this.#query()
      .updateTable('alert_duty')
      .set((row) => ({ holder: nobody, address: '', beat: row('beat', '+', 1) }))
      .where('place', '=', place)
      .where('holder', '=', this.#holder)
      .execute()
      .catch((error: unknown) => {
        this.#log.debug('The duty of alerts could not be given back; another process takes it in a while.', {
          error,
        });
      });
  }
}

type Row = Pick<AlertTables['alert_duty'], 'holder' | 'address' | 'beat'>;

/** A sign of life of `holder`; false when another process has the duty. In a transaction it keeps others from taking it until the end. */
export async function renewDuty(
  tables: Pick<Kysely<AlertTables>, 'updateTable'>,
  holder: string,
): Promise<boolean> {
  const { numUpdatedRows } = await tables
    .updateTable('alert_duty')
    .set((row) => ({ beat: row('beat', '+', 1) }))
    .where('place', '=', place)
    .where('holder', '=', holder)
    .executeTakeFirst();
  return numUpdatedRows === 1n;
}
