import type { Selectable } from 'kysely';
import { RaptorFlowError, systemClock, type Clock } from 'raptorflow/kernel';
import type { Database, UnitOfWork } from '../db/index.ts';
import { reachedPercent } from './budget-rows.ts';
import { tellWarning } from './events.ts';
import type { BudgetStanding } from './ledger.ts';
import { budgetLevels, isMonthly, lifetime, type BudgetLevel } from './levels.ts';
import { formatUsd } from './money.ts';
import { monthOf } from './period.ts';
import type { BudgetRow, LedgerTables } from './tables.ts';

/** Whose budget. */
export interface BudgetOwner {
  readonly level: BudgetLevel;
  /** The id of the guild, agent, campaign, run or budget; empty for the workspace. */
  readonly subject: string;
}

/** Caps of a workspace and of everything in it that spends. */
export interface Budgets {
  /**
   * Budgets of a month and of lifetimes that have a cap or were charged, those with a cap first, then the dearest. At most 1,000.
   * The workspace's own is the ledger's `standing`.
   */
  list(workspaceId: string, month: string): Promise<readonly BudgetStanding[]>;
  /** One budget, in a month or over its lifetime as its level has it; all zero for one that nothing was charged to. Throws `invalid_input`. */
  find(workspaceId: string, owner: BudgetOwner, month: string): Promise<BudgetStanding>;
  /**
   * Sets a cap in micro-USD, or takes it away with null; it holds for the next reservation in every process. A cap below what is spent is
   * allowed: nothing more is reserved then. Warnings count by the new cap: one that it has reached already is told at once, and one that it
   * has not reached is told again. Throws `invalid_input`.
   */
  setCap(workspaceId: string, owner: BudgetOwner, capMicroUsd: number | null): Promise<void>;
}

const listedMax = 1_000;
const subjectCharactersMax = 200;

/** What budgets need besides the database. */
export interface BudgetsDeps {
  readonly clock?: Clock;
  /** The IANA time zone of a workspace's months; the ledger's own. Default: UTC for all. */
  readonly timeZoneOf?: (workspaceId: string) => Promise<string>;
}

/** Builds it over the relational core. */
export function createBudgets(
  db: Database,
  { clock = systemClock, timeZoneOf = async () => 'UTC' }: BudgetsDeps = {},
): Budgets {
  const parts = { db, timeZoneOf };
  return {
    list: (workspaceId, month) => listBudgets(parts, workspaceId, month),
    find: async (workspaceId, owner, month) => findBudget(parts, workspaceId, checked(owner, null), month),
    setCap: async (workspaceId, owner, capMicroUsd) =>
      setCap({ db, clock }, workspaceId, checked(owner, capMicroUsd), capMicroUsd),
  };
}

interface ReadingParts {
  readonly db: Database;
  readonly timeZoneOf: (workspaceId: string) => Promise<string>;
}

async function listBudgets(
  { db, timeZoneOf }: ReadingParts,
  workspaceId: string,
  month: string,
): Promise<readonly BudgetStanding[]> {
  const tables = db.forWorkspace<LedgerTables>(workspaceId);
  const [rows, limits] = await Promise.all([
    tables
      .selectFrom('budgets')
      .selectAll()
      .where('level', '!=', 'workspace')
      .where('period', 'in', [month, lifetime])
      .orderBy('spent_micro_usd', 'desc')
      .limit(listedMax)
      .execute(),
    tables
      .selectFrom('budget_limits')
      .selectAll()
      .where('level', '!=', 'workspace')
      .limit(listedMax)
      .execute(),
  ]);
  const caps = new Map(limits.map((limit) => [`${limit.level} ${limit.subject}`, limit.cap_micro_usd]));
  const standings = rows.map((row): BudgetStanding => {
    const name = `${row.level} ${row.subject}`;
    const capMicroUsd = caps.get(name) ?? null;
    caps.delete(name);
    return standingOf(workspaceId, row, capMicroUsd);
  });
  const fresh = limits.filter((limit) => caps.has(`${limit.level} ${limit.subject}`));
  const timeZone = fresh.length === 0 ? 'UTC' : await timeZoneOf(workspaceId);
  const untouched = fresh.map((limit) => untouchedStanding(workspaceId, limit, month, timeZone));
  return [...standings, ...untouched]
    .toSorted(
      (a, b) =>
        Number(b.capMicroUsd !== null) - Number(a.capMicroUsd !== null) || b.spentMicroUsd - a.spentMicroUsd,
    )
    .slice(0, listedMax);
}

async function findBudget(
  { db, timeZoneOf }: ReadingParts,
  workspaceId: string,
  { level, subject }: BudgetOwner,
  month: string,
): Promise<BudgetStanding> {
  const period = isMonthly(level) ? month : lifetime;
  const tables = db.forWorkspace<LedgerTables>(workspaceId);
  const [row, limit] = await Promise.all([
    tables
      .selectFrom('budgets')
      .selectAll()
      .where('level', '=', level)
      .where('subject', '=', subject)
      .where('period', '=', period)
      .executeTakeFirst(),
    tables
      .selectFrom('budget_limits')
      .select('cap_micro_usd')
      .where('level', '=', level)
      .where('subject', '=', subject)
      .executeTakeFirst(),
  ]);
  const capMicroUsd = limit?.cap_micro_usd ?? null;
  if (row !== undefined) return standingOf(workspaceId, row, capMicroUsd);
  const untouched = { level, subject, cap_micro_usd: capMicroUsd };
  return untouchedStanding(workspaceId, untouched, month, await timeZoneOf(workspaceId));
}

async function setCap(
  { db, clock }: { readonly db: Database; readonly clock: Clock },
  workspaceId: string,
  owner: BudgetOwner,
  capMicroUsd: number | null,
): Promise<void> {
  const { level, subject } = owner;
  await db.transaction(workspaceId, async (unit) => {
    const tx = unit.query<LedgerTables>();
    const own = tx
      .selectFrom('budgets')
      .selectAll()
      .where('level', '=', level)
      .where('subject', '=', subject);
    const rows = await (db.dialect === 'postgres' ? own.orderBy('period').forUpdate() : own).execute();
    // Reservations read the cap under the lock of their budget, or decide on a version of it that is still the last one; so none of them
    // decides on half of a change.
    await tx
      .updateTable('budgets')
      .set((row) => ({ version: row('version', '+', 1) }))
      .where('level', '=', level)
      .where('subject', '=', subject)
      .execute();
    if (capMicroUsd === null) {
      await tx
        .deleteFrom('budget_limits')
        .where('level', '=', level)
        .where('subject', '=', subject)
        .execute();
    } else {
      const values = { cap_micro_usd: capMicroUsd, updated_at_ms: clock.now() };
      await tx
        .insertInto('budget_limits')
        .values({ level, subject, ...values })
        .onConflict((conflict) => conflict.columns(['workspace_id', 'level', 'subject']).doUpdateSet(values))
        .execute();
      const now = clock.now();
      const present = rows.find((row) => row.period_start_ms <= now && now < row.period_end_ms);
      if (present) await warnAnew(unit, present, capMicroUsd);
    }
    unit.publish('sys.state.update', {
      type: 'budget.changed',
      payload: { level, subject, cap_usd: capMicroUsd === null ? null : formatUsd(capMicroUsd) },
    });
  });
}

async function warnAnew(unit: UnitOfWork, row: Selectable<BudgetRow>, capMicroUsd: number): Promise<void> {
  const { level, subject, period, spent_micro_usd: spent, uncertain_micro_usd: uncertain } = row;
  const reached = reachedPercent(spent + uncertain, capMicroUsd);
  if (reached === row.warned_percent) return;
  await unit
    .query<LedgerTables>()
    .updateTable('budgets')
    .set({ warned_percent: reached })
    .where('level', '=', level)
    .where('subject', '=', subject)
    .where('period', '=', period)
    .execute();
  if (reached < row.warned_percent) return;
  const key = { level, subject, period };
  tellWarning(unit, { key, spent, uncertain, held: row.held_micro_usd, capMicroUsd }, reached);
}

function checked(owner: BudgetOwner, capMicroUsd: number | null): BudgetOwner {
  const { level, subject } = owner;
  if (!budgetLevels.includes(level)) {
    throw new RaptorFlowError(
      'invalid_input',
      `A budget is one of ${budgetLevels.join(', ')}, not "${level}".`,
    );
  }
  if ((level === 'workspace') !== (subject === '') || subject.length > subjectCharactersMax) {
    throw new RaptorFlowError(
      'invalid_input',
      `Name the ${level} in at most ${subjectCharactersMax} characters; only the workspace’s own budget has no name.`,
    );
  }
  if (capMicroUsd !== null && !(Number.isSafeInteger(capMicroUsd) && capMicroUsd >= 0)) {
    throw new RaptorFlowError('invalid_input', 'A cap is a whole number of micro-USD, at least 0.');
  }
  return owner;
}

function standingOf(
  workspaceId: string,
  row: Selectable<BudgetRow>,
  capMicroUsd: number | null,
): BudgetStanding {
  const forLife = row.period === lifetime;
  return {
    workspaceId,
    level: row.level,
    subject: row.subject,
    period: row.period,
    periodStart: forLife ? null : new Date(row.period_start_ms).toISOString(),
    periodEnd: forLife ? null : new Date(row.period_end_ms).toISOString(),
    capMicroUsd,
    spentMicroUsd: row.spent_micro_usd,
    reservedMicroUsd: row.held_micro_usd,
    uncertainMicroUsd: row.uncertain_micro_usd,
  };
}

function untouchedStanding(
  workspaceId: string,
  limit: { readonly level: BudgetLevel; readonly subject: string; readonly cap_micro_usd: number | null },
  month: string,
  timeZone: string,
): BudgetStanding {
  const span = isMonthly(limit.level) ? monthOf(middleOf(month), timeZone) : undefined;
  return {
    workspaceId,
    level: limit.level,
    subject: limit.subject,
    period: isMonthly(limit.level) ? month : lifetime,
    periodStart: span === undefined ? null : new Date(span.startMs).toISOString(),
    periodEnd: span === undefined ? null : new Date(span.endMs).toISOString(),
    capMicroUsd: limit.cap_micro_usd,
    spentMicroUsd: 0,
    reservedMicroUsd: 0,
    uncertainMicroUsd: 0,
  };
}

// Far from both ends, so that it lies in the month of every time zone.
function middleOf(month: string): number {
  return Date.parse(`${month}-15T00:00:00Z`);
}
