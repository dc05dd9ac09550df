import {
  Lifecycle,
  parseOptions,
  silentLogger,
  systemClock,
  toRaptorFlowError,
  type Clock,
  type Logger,
  type Service,
  type Timer,
} from 'raptorflow/kernel';
import { z } from 'zod';
import type { Database } from '../db/index.ts';
import type { CallAttempt } from './call.ts';
import type { Hold, Settlement } from './ledger.ts';
import { attemptOfRow } from './open-holds.ts';
import type { LedgerTables } from './tables.ts';

/** How holds of dead processes are found; all optional. */
export interface HoldKeeperOptions {
  /** Whether this process is the only one: then whatever another one held is taken back at once. Default false. */
  readonly alone?: boolean;
  /** A process that has not been heard of for this long is taken for dead. Default 15,000. */
  readonly silenceMsMax?: number;
  /** How often a process says that it lives, and looks at the others. Default 5,000. */
  readonly everyMs?: number;
  /** How long settled holds are kept; their cost lines stay. Default 24 hours. */
  readonly settledKeptMs?: number;
}

/** What it works with. */
export interface HoldKeeperDeps {
  readonly db: Database;
  /** The ledger of this process, under the name that it holds money by. */
  readonly ledger: HoldTaker;
  readonly clock?: Clock;
  readonly logger?: Logger;
}

/** The ledger's side: who it is, and how it takes the hold of a dead process back. */
export interface HoldTaker {
  readonly owner: string;
  /** Releases what had not left, makes what may have left uncertain, leaves alone what is booked. */
  takeBack(hold: Hold, attempt: CallAttempt): Promise<Settlement>;
}

const optionsSchema = z.strictObject({
  alone: z.boolean().default(false),
  silenceMsMax: z.int().positive().default(15_000),
  everyMs: z.int().positive().default(5_000),
  settledKeptMs: z
    .int()
    .positive()
    .default(24 * 3_600_000),
});

// One look takes back or forgets at most so many; the next one goes on.
const rowsMax = 1_000;

/**
 * Takes the holds of dead processes back. It never decides by time what a call cost: what had not left is released, because it
 * provably cost nothing, and what may have left becomes uncertain and stays charged. A process that was only taken for dead finds its
 * reservation gone before its request leaves, and books the truth if it had left. Throws `invalid_options`.
 */
export function createHoldKeeper(options: HoldKeeperOptions, deps: HoldKeeperDeps): Service {
  return new HoldKeeper(parseOptions('createHoldKeeper', optionsSchema, options), deps);
}

class HoldKeeper implements Service {
  readonly #options: z.output<typeof optionsSchema>;
  readonly #db: Database;
  readonly #ledger: HoldTaker;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #lifecycle: Lifecycle;
  #timer: Timer | undefined;
  #looking: Promise<void> = Promise.resolve();

  constructor(options: z.output<typeof optionsSchema>, deps: HoldKeeperDeps) {
    this.#options = options;
    this.#db = deps.db;
    this.#ledger = deps.ledger;
    this.#clock = deps.clock ?? systemClock;
    this.#logger = deps.logger ?? silentLogger;
    this.#lifecycle = new Lifecycle('The keeper of holds', {
      start: async () => {
        await this.#look();
        this.#next();
      },
      stop: async () => {
        this.#timer?.cancel();
        await this.#looking;
        await this.#leave();
      },
    });
  }

  get state() {
    return this.#lifecycle.state;
  }

  start(): Promise<void> {
    return this.#lifecycle.start();
  }

  stop(options?: Parameters<Service['stop']>[0]): Promise<void> {
    return this.#lifecycle.stop(options);
  }

  #next(): void {
    this.#timer = this.#clock
      .setTimeout(() => {
        this.#looking = this.#look()
          .catch((error: unknown) => {
            this.#logger.warn('Holds of dead processes could not be looked for; it is tried again.', {
              error: toRaptorFlowError(error).message,
            });
          })
          .finally(() => {
            if (this.#lifecycle.state === 'running') this.#next();
          });
      }, this.#options.everyMs)
      .unref();
  }

  async #look(): Promise<void> {
    await this.#sayAlive();
    const living = await this.#living();
    const rows = await this.#db
      .system<LedgerTables>()
      .selectFrom('holds')
      .selectAll()
      .where('state', 'in', ['reserved', 'dispatched'])
      .where((row) => row.or([row('owner', 'is', null), row('owner', 'not in', living)]))
      .limit(rowsMax)
      .execute();
    await Promise.all(
      rows.map((row) => {
        const { hold, attempt } = attemptOfRow(row);
        return this.#ledger.takeBack(hold, attempt);
      }),
    );
    if (rows.length > 0) {
      this.#logger.warn('Money that dead processes had set aside was taken back or is uncertain now.', {
        holds: rows.length,
      });
    }
    await this.#forget();
  }

  async #sayAlive(): Promise<void> {
    const seen = { seen_at_ms: this.#clock.now() };
    await this.#db
      .system<LedgerTables>()
      .insertInto('hold_owners')
      .values({ owner: this.#ledger.owner, ...seen })
      .onConflict((conflict) => conflict.column('owner').doUpdateSet(seen))
      .execute();
  }

  async #living(): Promise<string[]> {
    const { owner } = this.#ledger;
    if (this.#options.alone) return [owner];
    const db = this.#db.system<LedgerTables>();
    const since = this.#clock.now() - this.#options.silenceMsMax;
    await db.deleteFrom('hold_owners').where('seen_at_ms', '<', since).execute();
    const rows = await db.selectFrom('hold_owners').select('owner').execute();
    return [owner, ...rows.map((row) => row.owner)];
  }

  async #forget(): Promise<void> {
    const db = this.#db.system<LedgerTables>();
    const before = this.#clock.now() - this.#options.settledKeptMs;
    const old = await db
      .selectFrom('holds')
      .select('call_id')
      .where('state', 'in', ['settled', 'released'])
      .where('settled_at_ms', '<', before)
      .limit(rowsMax)
      .execute();
    if (old.length === 0) return;
    await db
      .deleteFrom('holds')
      .where(
        'call_id',
        'in',
        old.map((row) => row.call_id),
      )
      .where('state', 'in', ['settled', 'released'])
      .where('settled_at_ms', '<', before)
      .execute();
  }

  async #leave(): Promise<void> {
    await this.#db
      .system<LedgerTables>()
      .deleteFrom('hold_owners')
      .where('owner', '=', this.#ledger.owner)
      .execute();
  }
}
