import type { Transaction } from 'kysely';
import { RaptorFlowError, type Logger } from 'raptorflow/kernel';
import type { Database, DialectName, UnitOfWork, Writing } from '../db/index.ts';
import { bookingOf, correction, costLine, outcomeOfDeath, type Booking, type CostLine } from './booking.ts';
import {
  fitsAtBest,
  lockBudgets,
  reachedPercent,
  refusal,
  takeFromAll,
  writeBudgets,
  type OpenBudget,
} from './budget-rows.ts';
import type { AuditEntry, ChainedTrail } from '../audit/index.ts';
import { dispatchEntry, settlementEntry } from './audit-entries.ts';
import { tellSettlement, tellWarning } from './events.ts';
import type { Hold, HoldState, Settlement } from './ledger.ts';
import { textOfKey } from './levels.ts';
import { formatUsd } from './money.ts';
import {
  NoRoomYet,
  type Operation,
  type OperationResult,
  type ReserveOperation,
  type SettleOperation,
} from './operation.ts';
import type { HoldRow, LedgerTables } from './tables.ts';

/** Says that a settlement was made before this batch; what was booked then has to be read. */
class BookedBefore {
  readonly hold: Hold;

  constructor(hold: Hold) {
    this.hold = hold;
  }
}

/** What a batch is applied with. */
export interface BatchParts {
  readonly dialect: DialectName;
  readonly defaultCapMicroUsd: number;
  /** The process that the holds belong to. */
  readonly owner: string;
  /** Records what leaves and what became of it, in the same transactions; nothing is recorded without it. */
  readonly audit: Pick<ChainedTrail, 'appendWithin' | 'appendBehind' | 'forgetEnd'> | undefined;
  readonly logger: Logger;
}

interface KnownHold {
  state: HoldState;
  readonly before: HoldState;
}

/** Holds that go from one state to another. */
interface Moved {
  readonly before: HoldState;
  readonly state: HoldState;
  readonly attempt: number;
  readonly atMs: number;
  readonly callIds: string[];
}

/** What a batch answers, and the budgets as it leaves them. */
export interface AppliedBatch {
  readonly results: readonly OperationResult[];
  readonly budgets: ReadonlyMap<string, OpenBudget>;
}

/**
 * Decides operations of one workspace inside one transaction, and answers for each; what they change is sent with the commit. The budgets are
 * locked first, then every decision is made on their figures, in memory; so the decisions are exact, however many processes there are.
 */
export async function applyBatch(
  unit: UnitOfWork,
  operations: readonly Operation[],
  parts: BatchParts,
): Promise<AppliedBatch> {
  const tx = unit.query<LedgerTables>();
  const months = new Map(
    operations.flatMap((each) => (each.kind === 'reserve' ? [[each.month.label, each.month] as const] : [])),
  );
  const [budgets, holds] = await Promise.all([
    lockBudgets(tx, keysOf(operations), { ...parts, months }),
    readHolds(tx, operations),
  ]);
  const batch = new Batch(unit, budgets, holds, parts);
  const results = batch.applyAll(operations);
  for (const [at, result] of results.entries()) {
    if (result instanceof BookedBefore) results[at] = await readBooked(tx, result.hold);
  }
  batch.write();
  const { entries } = batch;
  if (entries.length > 0) await parts.audit?.appendWithin(unit, entries);
  return { results: results as OperationResult[], budgets };
}

/**
 * The same on figures that this process knows from its last transaction, without reading anything: the transaction fails if they are not the
 * last ones any more. Undefined when they do not suffice: what is refused, or booked already, is decided on figures that are locked.
 */
export function applyKnown(
  writing: Writing,
  operations: readonly Operation[],
  budgets: ReadonlyMap<string, OpenBudget>,
  parts: BatchParts,
): AppliedBatch | undefined {
  const holds = new Map<string, KnownHold>();
  for (const operation of operations) {
    if (operation.kind !== 'settle') continue;
    const { known } = operation;
    if (known === undefined) return undefined;
    holds.set(nameOf(operation.hold), { state: known, before: known });
  }
  const batch = new Batch(writing, budgets, holds, parts);
  const results = batch.applyAll(operations);
  if (
    results.some(
      (result) => result instanceof Error || result instanceof NoRoomYet || result instanceof BookedBefore,
    )
  ) {
    return undefined;
  }
  batch.write();
  const { entries } = batch;
  if (parts.audit !== undefined && entries.length > 0 && !parts.audit.appendBehind(writing, entries)) {
    return undefined;
  }
  return { results: results as OperationResult[], budgets };
}

/**
 * Notes that requests leave: one statement, which takes no lock of a budget, because it changes none. Answers for each whether its hold
 * was still reserved.
 */
export async function noteDispatched(
  db: Database,
  workspaceId: string,
  holds: readonly Hold[],
): Promise<readonly OperationResult[]> {
  const rows = await db
    .forWorkspace<LedgerTables>(workspaceId)
    .updateTable('holds')
    .set({ state: 'dispatched' })
    .where(
      'call_id',
      'in',
      holds.map((hold) => hold.callId),
    )
    .where('state', '=', 'reserved')
    .returning(['call_id', 'attempt'])
    .execute();
  const noted = new Set(rows.map((row) => `${row.call_id}.${row.attempt}`));
  return holds.map((hold) => (noted.has(nameOf(hold)) ? undefined : takenBack(hold)));
}

function takenBack(hold: Hold): RaptorFlowError {
  return new RaptorFlowError(
    'conflict',
    'The money set aside for this call was taken back, because its process was taken for dead. It was not made; try again.',
    { details: { call_id: hold.callId, attempt: hold.attempt }, retryable: true },
  );
}

function rank(operation: Operation): number {
  return operation.kind === 'reserve' ? 1 : 0;
}

/** The budgets that operations touch. */
export function keysOf(operations: readonly Operation[]): Hold['levels'] {
  return operations.flatMap((operation) => (operation.kind === 'record' ? [] : operation.hold.levels));
}

async function readHolds(
  tx: Transaction<LedgerTables>,
  operations: readonly Operation[],
): Promise<Map<string, KnownHold>> {
  const callIds = operations.flatMap((operation) =>
    operation.kind === 'settle' ? [operation.hold.callId] : [],
  );
  if (callIds.length === 0) return new Map();
  const rows = await tx
    .selectFrom('holds')
    .select(['call_id', 'attempt', 'state'])
    .where('call_id', 'in', callIds)
    .execute();
  return new Map(
    rows.map((row) => [`${row.call_id}.${row.attempt}`, { state: row.state, before: row.state }]),
  );
}

/** The decisions of one batch, collected and then written at once. */
class Batch {
  /** What goes into the audit log, in the order of the decisions. */
  readonly entries: AuditEntry[] = [];
  readonly #writing: Writing;
  readonly #budgets: ReadonlyMap<string, OpenBudget>;
  readonly #holds: Map<string, KnownHold>;
  readonly #parts: BatchParts;
  readonly #newHolds: Omit<HoldRow, 'workspace_id'>[] = [];
  readonly #lines: CostLine[] = [];
  // Budgets that a reservation of this batch waits for: nobody behind it takes them first.
  readonly #queued = new Set<OpenBudget>();
  // What this batch books, for a second settlement of the same attempt in it.
  readonly #bookings = new Map<string, Settlement>();
  readonly #moved = new Map<string, Moved>();

  constructor(
    writing: Writing,
    budgets: ReadonlyMap<string, OpenBudget>,
    holds: Map<string, KnownHold>,
    parts: BatchParts,
  ) {
    this.#writing = writing;
    this.#budgets = budgets;
    this.#holds = holds;
    this.#parts = parts;
  }

  /** Decides all, and answers in the order in which they came. */
  applyAll(operations: readonly Operation[]): (OperationResult | BookedBefore)[] {
    const results: (OperationResult | BookedBefore)[] = Array.from({ length: operations.length });
    // What comes back goes first, so that it is there for those that ask.
    const order = [...operations.entries()].toSorted(([, a], [, b]) => rank(a) - rank(b));
    for (const [at, operation] of order) results[at] = this.#apply(operation);
    return results;
  }

  #apply(operation: Operation): OperationResult | BookedBefore {
    switch (operation.kind) {
      case 'reserve':
        return this.#reserve(operation);
      case 'settle':
        return this.#settle(operation);
      case 'record': {
        const free = { costMicroUsd: 0, estimated: false };
        this.#lines.push(costLine(operation.attempt, operation.outcome, free, operation.place));
        return free;
      }
    }
  }

  /** Adds everything that was decided to what is sent with the commit. */
  write(): void {
    const writing = this.#writing;
    const tables = writing.query<LedgerTables>();
    writeBudgets(writing, this.#budgets);
    if (this.#newHolds.length > 0) writing.add(tables.insertInto('holds').values(this.#newHolds));
    for (const { before, state, attempt, atMs, callIds } of this.#moved.values()) {
      // A request may be noted to have left since its hold was read; then the batch is decided anew.
      const update = tables
        .updateTable('holds')
        .set({ state, settled_at_ms: atMs })
        .where('attempt', '=', attempt)
        .where('call_id', 'in', callIds)
        .where('state', '=', before);
      writing.add(update, callIds.length);
    }
    if (this.#lines.length > 0) writing.add(tables.insertInto('cost_logs').values(this.#lines));
  }

  #reserve(operation: ReserveOperation): Error | NoRoomYet | undefined {
    const { attempt, hold, nowMs } = operation;
    const levels = this.#levelsOf(hold);
    const hopeless = levels.find((budget) => !fitsAtBest(budget, hold.amountMicroUsd));
    if (hopeless !== undefined) {
      this.#warn(hopeless, 100);
      return refusal(hopeless, hold.amountMicroUsd);
    }
    const isPatient = operation.patientUntilMs !== null;
    const full =
      (isPatient ? levels.find((budget) => this.#queued.has(budget)) : undefined) ??
      takeFromAll(levels, hold.amountMicroUsd);
    if (full !== undefined) {
      const why = refusal(full, hold.amountMicroUsd);
      if (!isPatient) return why;
      this.#queued.add(full);
      return new NoRoomYet(textOfKey(full.key), why);
    }
    this.entries.push(dispatchEntry(attempt, hold));
    this.#newHolds.push({
      call_id: hold.callId,
      attempt: hold.attempt,
      period: hold.period,
      amount_micro_usd: hold.amountMicroUsd,
      state: 'reserved',
      owner: this.#parts.owner,
      provider: attempt.provider,
      requested_model: attempt.requestedModel,
      model: attempt.model,
      guild: attempt.guild,
      agent_id: attempt.agentId,
      agent_run_id: attempt.agentRunId,
      campaign_id: attempt.campaignId,
      budget_id: attempt.budgetId,
      correlation_id: attempt.correlationId,
      created_at_ms: nowMs,
      settled_at_ms: null,
    });
    return undefined;
  }

  #settle(operation: SettleOperation): Settlement | BookedBefore {
    const { hold, attempt, place } = operation;
    const known = this.#holds.get(nameOf(hold));
    const isOpen = known?.state === 'reserved' || known?.state === 'dispatched';
    const outcome = operation.outcome === 'process_died' ? outcomeOfDeath(known?.state) : operation.outcome;
    const booking = bookingOf(hold, outcome);
    const isCorrection = known?.state === 'uncertain' && booking.state !== 'uncertain';
    if (known === undefined || (!isOpen && !isCorrection)) {
      return this.#bookings.get(nameOf(hold)) ?? new BookedBefore(hold);
    }
    this.#charge(hold, booking, isCorrection);
    this.#move(hold, known, booking.state, place.nowMs);
    const line = costLine(attempt, outcome, booking, place);
    this.#lines.push(isCorrection ? correction(line, hold.amountMicroUsd) : line);
    tellSettlement(this.#writing, { hold, attempt, outcome, booking });
    this.entries.push(settlementEntry(attempt, outcome, booking));
    if (booking.costMicroUsd > hold.amountMicroUsd) {
      this.#parts.logger.warn('A call cost more than its worst case; the truth is booked.', {
        call_id: hold.callId,
        attempt: hold.attempt,
        hold_usd: formatUsd(hold.amountMicroUsd),
        cost_usd: formatUsd(booking.costMicroUsd),
      });
    }
    const settlement = { costMicroUsd: booking.costMicroUsd, estimated: booking.estimated };
    this.#bookings.set(nameOf(hold), settlement);
    return settlement;
  }

  #charge(hold: Hold, booking: Booking, isCorrection: boolean): void {
    for (const budget of this.#levelsOf(hold)) {
      if (isCorrection) budget.uncertain -= hold.amountMicroUsd;
      else budget.held -= hold.amountMicroUsd;
      if (booking.state === 'uncertain') budget.uncertain += booking.costMicroUsd;
      else budget.spent += booking.costMicroUsd;
      budget.changed = true;
      const charged = budget.spent + budget.uncertain;
      if (budget.capMicroUsd !== null) this.#warn(budget, reachedPercent(charged, budget.capMicroUsd));
    }
  }

  // Each threshold once a period, in the transaction that reaches it.
  #warn(budget: OpenBudget, percent: number): void {
    if (budget.warnedPercent >= percent) return;
    budget.warnedPercent = percent;
    budget.changed = true;
    tellWarning(this.#writing, budget, percent);
  }

  #move(hold: Hold, known: KnownHold, state: HoldState, atMs: number): void {
    known.state = state;
    const { before } = known;
    const name = `${before} ${state} ${hold.attempt} ${atMs}`;
    const group = this.#moved.get(name) ?? { before, state, attempt: hold.attempt, atMs, callIds: [] };
    group.callIds.push(hold.callId);
    this.#moved.set(name, group);
  }

  #levelsOf(hold: Hold): OpenBudget[] {
    return hold.levels.flatMap((key) => this.#budgets.get(textOfKey(key)) ?? []);
  }
}

async function readBooked(tx: Transaction<LedgerTables>, hold: Hold): Promise<Settlement> {
  const rows = await tx
    .selectFrom('cost_logs')
    .select(['cost_micro_usd', 'estimated', 'revision'])
    .where('call_id', '=', hold.callId)
    .where('attempt', '=', hold.attempt)
    .orderBy('revision')
    .execute();
  if (rows.length === 0) return { costMicroUsd: hold.amountMicroUsd, estimated: true };
  return {
    costMicroUsd: rows.reduce((sum, row) => sum + row.cost_micro_usd, 0),
    estimated: rows.at(-1)?.estimated !== 0,
  };
}

function nameOf(hold: Hold): string {
  return `${hold.callId}.${hold.attempt}`;
}
