import {
  parseOptions,
  RaptorFlowError,
  silentLogger,
  systemClock,
  type Clock,
  type Logger,
} from 'raptorflow/kernel';
import type { Transaction } from 'kysely';
import { z } from 'zod';
import type { Database } from '../db/index.ts';
import { formatUsd } from './cost.ts';
import type { AttemptOutcome, BudgetStanding, CallAttempt, Hold, Ledger, Settlement } from './ledger.ts';
import { dayOf, monthOf, type Period } from './period.ts';
import type { CostLogRow, DispatchTables, HoldRow } from './tables.ts';

/** The installation's money; all optional. */
export interface LedgerOptions {
  /** The cap of a workspace that has none of its own, in micro-USD; default 10,000,000 ($10). */
  readonly monthlyBudgetMicroUsd?: number;
}

/** What the ledger works with. */
export interface LedgerDeps {
  readonly db: Database;
  /** A workspace's own cap in micro-USD, or null for the installation's. */
  readonly capOf?: (workspaceId: string) => Promise<number | null>;
  /** A workspace's IANA time zone; default UTC. */
  readonly timeZoneOf?: (workspaceId: string) => Promise<string>;
  readonly clock?: Clock;
  readonly logger?: Logger;
}

const optionsSchema = z.strictObject({
  monthlyBudgetMicroUsd: z.int().nonnegative().default(10_000_000),
});

// Workspaces whose month is remembered; beyond, the memory starts afresh.
const periodsKeptMax = 10_000;

/**
 * The ledger over the relational core. A reservation is one conditional statement on the workspace's month, so two calls
 * never fit into the same remainder; it is committed before the call leaves, so a crash counts it in full. Throws
 * `invalid_options`.
 */
export function createLedger(options: LedgerOptions, deps: LedgerDeps): Ledger {
  const parsed = parseOptions('createLedger', optionsSchema, options);
  return new SqlLedger(parsed.monthlyBudgetMicroUsd, deps);
}

interface KnownPeriod {
  readonly period: Period;
  readonly timeZone: string;
}

class SqlLedger implements Ledger {
  readonly #db: Database;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #capOf: (workspaceId: string) => Promise<number>;
  readonly #timeZoneOf: (workspaceId: string) => Promise<string>;
  readonly #periods: Map<string, KnownPeriod> = new Map();

  constructor(defaultCapMicroUsd: number, deps: LedgerDeps) {
    this.#db = deps.db;
    this.#clock = deps.clock ?? systemClock;
    this.#logger = deps.logger ?? silentLogger;
    const { capOf, timeZoneOf } = deps;
    this.#capOf = async (id) => (await capOf?.(id)) ?? defaultCapMicroUsd;
    this.#timeZoneOf = async (id) => (await timeZoneOf?.(id)) ?? 'UTC';
  }

  async reserve(attempt: CallAttempt, worstCaseMicroUsd: number): Promise<Hold> {
    const { workspaceId, callId } = attempt;
    const nowMs = this.#clock.now();
    const [{ period }, capMicroUsd] = [
      await this.#periodAt(workspaceId, nowMs),
      await this.#capOf(workspaceId),
    ];
    const hold = {
      workspaceId,
      callId,
      attempt: attempt.attempt,
      period: period.label,
      amountMicroUsd: worstCaseMicroUsd,
    };
    await this.#db.transaction(workspaceId, async (unit) => {
      const tx = unit.query<DispatchTables>();
      const fits = { period: period.label, capMicroUsd, worstCaseMicroUsd };
      // The month's row is there but for its first call, so it is not asked for before it is missed.
      if (!(await takeFrom(tx, fits))) {
        await ensureBudget(tx, workspaceId, period, capMicroUsd);
        if (!(await takeFrom(tx, fits)))
          throw await refusal(tx, period.label, capMicroUsd, worstCaseMicroUsd);
      }
      await tx
        .insertInto('holds')
        .values({
          workspace_id: workspaceId,
          call_id: callId,
          attempt: attempt.attempt,
          period: period.label,
          amount_micro_usd: worstCaseMicroUsd,
          state: 'dispatched',
          created_at_ms: nowMs,
          settled_at_ms: null,
        })
        .execute();
    });
    return hold;
  }

  async settle(hold: Hold, attempt: CallAttempt, outcome: AttemptOutcome): Promise<Settlement> {
    const { workspaceId, callId } = hold;
    const nowMs = this.#clock.now();
    const { timeZone } = await this.#periodAt(workspaceId, nowMs);
    const booking = bookingOf(hold, outcome);
    const settlement = await this.#db.transaction(workspaceId, async (unit) => {
      const tx = unit.query<DispatchTables>();
      const changed = await tx
        .updateTable('holds')
        .set({ state: booking.state, settled_at_ms: nowMs })
        .where('call_id', '=', callId)
        .where('attempt', '=', hold.attempt)
        .where('state', '=', 'dispatched')
        .executeTakeFirst();
      if (changed.numUpdatedRows === 0n) return readBooked(tx, hold);
      await tx
        .updateTable('budgets')
        .set((row) => ({
          held_micro_usd: row('held_micro_usd', '-', hold.amountMicroUsd),
          spent_micro_usd: row('spent_micro_usd', '+', booking.costMicroUsd),
        }))
        .where('period', '=', hold.period)
        .execute();
      const line = costLine(attempt, outcome, booking, {
        period: hold.period,
        day: dayOf(nowMs, timeZone),
        nowMs,
      });
      await tx.insertInto('cost_logs').values(line).execute();
      return booking;
    });
    if (settlement.costMicroUsd > hold.amountMicroUsd) {
      this.#logger.warn('A call cost more than its worst case; the truth is booked.', {
        call_id: callId,
        attempt: hold.attempt,
        hold_usd: formatUsd(hold.amountMicroUsd),
        cost_usd: formatUsd(settlement.costMicroUsd),
      });
    }
    return { costMicroUsd: settlement.costMicroUsd, estimated: settlement.estimated };
  }

  async record(attempt: CallAttempt, outcome: AttemptOutcome): Promise<void> {
    const nowMs = this.#clock.now();
    const { period, timeZone } = await this.#periodAt(attempt.workspaceId, nowMs);
    const place = { period: period.label, day: dayOf(nowMs, timeZone), nowMs };
    const line = costLine(attempt, outcome, { costMicroUsd: 0, estimated: false }, place);
    await this.#db
      .forWorkspace<DispatchTables>(attempt.workspaceId)
      .insertInto('cost_logs')
      .values(line)
      .execute();
  }

  async standing(workspaceId: string): Promise<BudgetStanding> {
    const { period } = await this.#periodAt(workspaceId, this.#clock.now());
    const db = this.#db.forWorkspace<DispatchTables>(workspaceId);
    const row = await db
      .selectFrom('budgets')
      .selectAll()
      .where('period', '=', period.label)
      .executeTakeFirst();
    const uncertain = await db
      .selectFrom('cost_logs')
      .select((line) => line.fn.sum('cost_micro_usd').as('total'))
      .where('period', '=', period.label)
      .where('status', '=', 'uncertain')
      .executeTakeFirst();
    return {
      workspaceId,
      period: period.label,
      periodStart: new Date(period.startMs).toISOString(),
      periodEnd: new Date(period.endMs).toISOString(),
      capMicroUsd: await this.#capOf(workspaceId),
      spentMicroUsd: row?.spent_micro_usd ?? 0,
      reservedMicroUsd: row?.held_micro_usd ?? 0,
      uncertainMicroUsd: Number(uncertain?.total ?? 0),
    };
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
      .forWorkspace<DispatchTables>(workspaceId)
      .selectFrom('budgets')
      .selectAll()
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

/** Takes the worst case from the month's remainder, if it fits: the one statement that keeps the cap. */
async function takeFrom(
  tx: Transaction<DispatchTables>,
  call: { readonly period: string; readonly capMicroUsd: number; readonly worstCaseMicroUsd: number },
): Promise<boolean> {
  const { capMicroUsd, worstCaseMicroUsd } = call;
  const result = await tx
    .updateTable('budgets')
    .set((row) => ({
      held_micro_usd: row('held_micro_usd', '+', worstCaseMicroUsd),
      cap_micro_usd: capMicroUsd,
    }))
    .where('period', '=', call.period)
    .where((row) =>
      row(
        row(row('spent_micro_usd', '+', row.ref('held_micro_usd')), '+', worstCaseMicroUsd),
        '<=',
        capMicroUsd,
      ),
    )
    .executeTakeFirst();
  return result.numUpdatedRows > 0n;
}

async function ensureBudget(
  tx: Transaction<DispatchTables>,
  workspaceId: string,
  period: Period,
  capMicroUsd: number,
): Promise<void> {
  await tx
    .insertInto('budgets')
    .values({
      workspace_id: workspaceId,
      period: period.label,
      period_start_ms: period.startMs,
      period_end_ms: period.endMs,
      cap_micro_usd: capMicroUsd,
      spent_micro_usd: 0,
      held_micro_usd: 0,
    })
    .onConflict((conflict) => conflict.columns(['workspace_id', 'period']).doNothing())
    .execute();
}

async function refusal(
  tx: Transaction<DispatchTables>,
  period: string,
  capMicroUsd: number,
  neededMicroUsd: number,
): Promise<RaptorFlowError> {
  const row = await tx.selectFrom('budgets').selectAll().where('period', '=', period).executeTakeFirst();
  const spent = row?.spent_micro_usd ?? 0;
  const reserved = row?.held_micro_usd ?? 0;
  const details = {
    period,
    spent_usd: formatUsd(spent),
    reserved_usd: formatUsd(reserved),
    cap_usd: formatUsd(capMicroUsd),
    needed_usd: formatUsd(neededMicroUsd),
  };
  return new RaptorFlowError(
    'budget_exceeded',
    `The call may cost up to $${details.needed_usd}, but of the $${details.cap_usd} for ${period} ` +
      `$${details.spent_usd} are spent and $${details.reserved_usd} reserved. It was not made.`,
    { details },
  );
}

interface Booking extends Settlement {
  readonly state: HoldRow['state'];
}

function bookingOf(hold: Hold, outcome: AttemptOutcome): Booking {
  const full = { costMicroUsd: hold.amountMicroUsd, estimated: true };
  if (outcome.status === 'failed') return { costMicroUsd: 0, estimated: false, state: 'released' };
  if (outcome.status === 'uncertain') return { ...full, state: 'uncertain' };
  if (outcome.costMicroUsd === null) return { ...full, state: 'settled' };
  return { costMicroUsd: outcome.costMicroUsd, estimated: false, state: 'settled' };
}

async function readBooked(tx: Transaction<DispatchTables>, hold: Hold): Promise<Settlement> {
  const line = await tx
    .selectFrom('cost_logs')
    .select(['cost_micro_usd', 'estimated'])
    .where('call_id', '=', hold.callId)
    .where('attempt', '=', hold.attempt)
    .executeTakeFirst();
  return { costMicroUsd: line?.cost_micro_usd ?? hold.amountMicroUsd, estimated: line?.estimated !== 0 };
}

function costLine(
  attempt: CallAttempt,
  outcome: AttemptOutcome,
  booking: Settlement,
  at: { readonly period: string; readonly day: string; readonly nowMs: number },
): CostLogRow {
  const { usage } = outcome;
  return {
    workspace_id: attempt.workspaceId,
    call_id: attempt.callId,
    attempt: attempt.attempt,
    period: at.period,
    day: at.day,
    provider: attempt.provider,
    requested_model: attempt.requestedModel,
    model: attempt.model,
    agent_id: attempt.agentId,
    agent_run_id: attempt.agentRunId,
    campaign_id: attempt.campaignId,
    correlation_id: attempt.correlationId,
    status: outcome.status,
    input_tokens: usage?.inputTokens ?? 0,
    cached_input_tokens: usage?.cachedInputTokens ?? 0,
    cache_write_tokens: usage?.cacheWriteTokens ?? 0,
    output_tokens: usage?.outputTokens ?? 0,
    reasoning_tokens: usage?.reasoningTokens ?? 0,
    cost_micro_usd: booking.costMicroUsd,
    estimated: booking.estimated ? 1 : 0,
    price_version: outcome.priceVersion,
    raw_usage: outcome.rawUsage === null ? null : JSON.stringify(outcome.rawUsage),
    error_code: outcome.errorCode,
    streamed: outcome.streamed ? 1 : 0,
    latency_ms: outcome.latencyMs,
    created_at_ms: at.nowMs,
  };
}
