import {
  createIds,
  invariant,
  parseOptions,
  RaptorFlowError,
  silentLogger,
  systemClock,
  type Clock,
  type Logger,
} from 'raptorflow/kernel';
import { z } from 'zod';
import type { ChainedTrail } from '../audit/index.ts';
import type { Database } from '../db/index.ts';
import { Departures } from './departures.ts';
import type { HoldTaker } from './hold-keeper.ts';
import { Lanes } from './lanes.ts';
import type { CallAttempt } from './call.ts';
import type {
  AttemptOutcome,
  Hold,
  HoldState,
  Ledger,
  Patience,
  Settlement,
  WorkspaceStanding,
} from './ledger.ts';
import { levelsOf } from './levels.ts';
import { NoRoomYet, type Operation } from './operation.ts';
import { dayOf, monthOf, type Period } from './period.ts';
import type { LedgerTables } from './tables.ts';

/** The installation's money; all optional. */
export interface LedgerOptions {
  /** The cap of a workspace that has none of its own, in micro-USD; default 10,000,000 ($10). */
  readonly monthlyBudgetMicroUsd?: number;
  /** Operations of one workspace that may wait before reservations are refused; default 10,000. */
  readonly waitingMax?: number;
}

/** What the ledger works with. */
export interface LedgerDeps {
  readonly db: Database;
  /** A workspace's IANA time zone; default UTC. */
  readonly timeZoneOf?: (workspaceId: string) => Promise<string>;
  /** Records model calls: what leaves with its reservation, what became of it with its settlement. */
  readonly audit?: Pick<ChainedTrail, 'appendWithin' | 'appendBehind' | 'forgetEnd'>;
  /** Names this process, so that what it held can be told apart when it has died; default: made new. */
  readonly owner?: string;
  readonly clock?: Clock;
  readonly logger?: Logger;
}

const optionsSchema = z.strictObject({
  monthlyBudgetMicroUsd: z.int().nonnegative().default(10_000_000),
  waitingMax: z.int().positive().default(10_000),
});

// Workspaces whose month is remembered; beyond, the memory starts afresh.
const periodsKeptMax = 10_000;

/**
 * The ledger over the relational core. Reservations are decided under the lock of the budgets that they touch, and committed before the
 * call leaves; so two calls never fit into the same remainder, and a crash counts them in full. Throws `invalid_options`.
 */
export function createLedger(options: LedgerOptions, deps: LedgerDeps): Ledger & HoldTaker {
  return new SqlLedger(parseOptions('createLedger', optionsSchema, options), deps);
}

interface KnownPeriod {
  readonly period: Period;
  readonly timeZone: string;
}

class SqlLedger implements Ledger, HoldTaker {
  readonly owner: string;
  readonly #db: Database;
  readonly #clock: Clock;
  readonly #defaultCapMicroUsd: number;
  readonly #timeZoneOf: (workspaceId: string) => Promise<string>;
  readonly #lanes: Lanes;
  readonly #departures: Departures;
  readonly #periods: Map<string, KnownPeriod> = new Map();
  /** How this process left the holds that it made and has not settled. */
  readonly #states = new WeakMap<Hold, HoldState>();

  constructor(options: z.output<typeof optionsSchema>, deps: LedgerDeps) {
    this.#db = deps.db;
    this.#clock = deps.clock ?? systemClock;
    this.#defaultCapMicroUsd = options.monthlyBudgetMicroUsd;
    const { timeZoneOf } = deps;
    this.#timeZoneOf = async (id) => (await timeZoneOf?.(id)) ?? 'UTC';
    this.owner = deps.owner ?? createIds({ clock: this.#clock }).next('own');
    this.#departures = new Departures(deps.db);
    this.#lanes = new Lanes({
      db: deps.db,
      clock: this.#clock,
      waitingMax: options.waitingMax,
      dialect: deps.db.dialect,
      defaultCapMicroUsd: options.monthlyBudgetMicroUsd,
      owner: this.owner,
      audit: deps.audit,
      logger: deps.logger ?? silentLogger,
    });
  }

  async reserve(attempt: CallAttempt, worstCaseMicroUsd: number, patience?: Patience): Promise<Hold> {
    const { workspaceId, callId } = attempt;
    if (!Number.isSafeInteger(worstCaseMicroUsd) || worstCaseMicroUsd < 0) {
      throw new RaptorFlowError('invalid_input', 'A worst case is a whole number of micro-USD, at least 0.');
    }
    const nowMs = this.#clock.now();
    const { period } = await this.#periodAt(workspaceId, nowMs);
    const hold: Hold = {
      workspaceId,
      callId,
      attempt: attempt.attempt,
      period: period.label,
      amountMicroUsd: worstCaseMicroUsd,
      levels: levelsOf(attempt, period.label),
    };
    await this.#run(workspaceId, {
      kind: 'reserve',
      attempt,
      hold,
      month: period,
      nowMs,
      patientUntilMs: patience ? this.#clock.monotonic() + patience.waitMsMax : null,
      signal: patience?.signal,
    });
    this.#states.set(hold, 'reserved');
    return hold;
  }

  async dispatched(hold: Hold): Promise<void> {
    const result = await this.#departures.note(hold);
    if (result instanceof Error) throw result;
    this.#states.set(hold, 'dispatched');
  }

  async settle(hold: Hold, attempt: CallAttempt, outcome: AttemptOutcome): Promise<Settlement> {
    return this.#settle(hold, attempt, outcome);
  }

  async takeBack(hold: Hold, attempt: CallAttempt): Promise<Settlement> {
    return this.#settle(hold, attempt, 'process_died');
  }

  async record(attempt: CallAttempt, outcome: AttemptOutcome): Promise<void> {
    const nowMs = this.#clock.now();
    const { period, timeZone } = await this.#periodAt(attempt.workspaceId, nowMs);
    const place = { period: period.label, day: dayOf(nowMs, timeZone), nowMs };
    await this.#run(attempt.workspaceId, { kind: 'record', attempt, outcome, place });
  }

  async standing(workspaceId: string): Promise<WorkspaceStanding> {
    const { period } = await this.#periodAt(workspaceId, this.#clock.now());
    const db = this.#db.forWorkspace<LedgerTables>(workspaceId);
    const [row, limit] = await Promise.all([
      db
        .selectFrom('budgets')
        .selectAll()
        .where('level', '=', 'workspace')
        .where('period', '=', period.label)
        .executeTakeFirst(),
      db.selectFrom('budget_limits').selectAll().where('level', '=', 'workspace').executeTakeFirst(),
    ]);
    return {
      workspaceId,
      level: 'workspace',
      subject: '',
      period: period.label,
      periodStart: new Date(period.startMs).toISOString(),
      periodEnd: new Date(period.endMs).toISOString(),
      capMicroUsd: limit?.cap_micro_usd ?? this.#defaultCapMicroUsd,
      spentMicroUsd: row?.spent_micro_usd ?? 0,
      reservedMicroUsd: row?.held_micro_usd ?? 0,
      uncertainMicroUsd: row?.uncertain_micro_usd ?? 0,
    };
  }

  async #settle(
    hold: Hold,
    attempt: CallAttempt,
    outcome: AttemptOutcome | 'process_died',
  ): Promise<Settlement> {
    const { workspaceId } = hold;
    const nowMs = this.#clock.now();
    const { timeZone } = await this.#periodAt(workspaceId, nowMs);
    const place = { period: hold.period, day: dayOf(nowMs, timeZone), nowMs };
    const known = outcome === 'process_died' ? undefined : this.#states.get(hold);
    this.#states.delete(hold);
    const booked = await this.#run(workspaceId, { kind: 'settle', hold, attempt, outcome, place, known });
    return booked ?? { costMicroUsd: hold.amountMicroUsd, estimated: true };
  }

  async #run(workspaceId: string, operation: Operation): Promise<Settlement | undefined> {
    const result = await this.#lanes.run(workspaceId, operation);
    if (result instanceof Error) throw result;
    invariant(!(result instanceof NoRoomYet), 'lanes keep reservations until there is room, or refuse them');
    return result;
  }

  /**
   * The month that a moment is charged to. A month that has begun ends when it was going to, whatever becomes of the time
   * zone; and a zone change never opens the same month twice.
   */
  async #periodAt(workspaceId: string, nowMs: number): Promise<KnownPeriod> {
    const known = this.#periods.get(workspaceId);
    if (known !== undefined && nowMs >= known.period.startMs && nowMs < known.period.endMs) return known;
    const timeZone = await this.#timeZoneOf(workspaceId);
    const current = monthOf(nowMs, timeZone);
    const row = await this.#db
      .forWorkspace<LedgerTables>(workspaceId)
      .selectFrom('budgets')
      .selectAll()
      .where('level', '=', 'workspace')
      .where('period_start_ms', '<=', nowMs)
      .where('period_end_ms', '>', nowMs)
      .orderBy('period_start_ms', 'desc')
      .executeTakeFirst();
    const period =
      row === undefined
        ? current
        : { label: row.period, startMs: row.period_start_ms, endMs: row.period_end_ms };
    if (this.#periods.size >= periodsKeptMax) this.#periods.clear();
    const found = { period, timeZone };
    this.#periods.set(workspaceId, found);
    return found;
  }
}
