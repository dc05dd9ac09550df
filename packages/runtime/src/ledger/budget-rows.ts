import type { Transaction } from 'kysely';
import { RaptorFlowError } from 'raptorflow/kernel';
import type { DialectName, Writing } from '../db/index.ts';
import { lifetime, textOfKey, type BudgetKey } from './levels.ts';
import { formatUsd } from './money.ts';
import type { Period } from './period.ts';
import type { BudgetRow, LedgerTables } from './tables.ts';

/** A budget inside the transaction that holds its lock; its figures are changed here and written at the end. */
export interface OpenBudget {
  readonly key: BudgetKey;
  readonly period: Period;
  /** Null where there is none. */
  capMicroUsd: number | null;
  spent: number;
  uncertain: number;
  held: number;
  warnedPercent: number;
  readonly version: number;
  changed: boolean;
}

/** Shares of a cap that are warned of when what is charged reaches them, once a period each. */
const warningPercents = [50, 80, 100] as const;

/** The greatest of these shares that is charged of a cap; 0 for none. */
export function reachedPercent(chargedMicroUsd: number, capMicroUsd: number): number {
  if (chargedMicroUsd === 0) return 0;
  return warningPercents.findLast((percent) => chargedMicroUsd * 100 >= capMicroUsd * percent) ?? 0;
}

// No date is later: what this begins and ends never ends.
const endOfTimeMs = 8_640_000_000_000_000;

/** The span of a key's period. */
function spanOf(key: BudgetKey, months: ReadonlyMap<string, Period>): Period {
  if (key.period === lifetime) return { label: lifetime, startMs: 0, endMs: endOfTimeMs };
  return months.get(key.period) ?? { label: key.period, startMs: 0, endMs: 0 };
}

/**
 * The budgets behind the keys with their caps, made where they are missing, and locked until the transaction ends. Every transaction that
 * changes a hold or a budget comes through here first, so the figures read are the true ones; they are locked in one order, so none waits in a circle.
 */
export async function lockBudgets(
  tx: Transaction<LedgerTables>,
  keys: readonly BudgetKey[],
  parts: {
    readonly dialect: DialectName;
    readonly months: ReadonlyMap<string, Period>;
    readonly defaultCapMicroUsd: number;
  },
): Promise<Map<string, OpenBudget>> {
  const wanted = new Map(keys.map((key) => [textOfKey(key), key]));
  const found = new Map<string, OpenBudget>();
  if (wanted.size === 0) return found;
  // Sent together and worked off in order: whoever changes a cap holds the lock of its budget too, so the limits are read behind it.
  let [rows, limits] = await Promise.all([
    readLocked(tx, [...wanted.values()], parts.dialect),
    readLimits(tx, [...wanted.values()]),
  ]);
  const there = new Set(rows.map(textOfRow));
  const missing = [...wanted].filter(([text]) => !there.has(text)).map(([, key]) => key);
  if (missing.length > 0) {
    await tx
      .insertInto('budgets')
      .values(missing.map((key) => emptyRow(key, spanOf(key, parts.months))))
      .onConflict((conflict) => conflict.columns(['workspace_id', 'level', 'subject', 'period']).doNothing())
      .execute();
    rows = await readLocked(tx, [...wanted.values()], parts.dialect);
    limits = await readLimits(tx, [...wanted.values()]);
  }
  for (const row of rows) {
    const text = textOfRow(row);
    const key = wanted.get(text);
    if (key === undefined) continue;
    const own = limits.get(`${row.level} ${row.subject}`);
    const fallback = row.level === 'workspace' ? parts.defaultCapMicroUsd : null;
    found.set(text, {
      key,
      period: { label: row.period, startMs: row.period_start_ms, endMs: row.period_end_ms },
      capMicroUsd: own ?? fallback,
      spent: row.spent_micro_usd,
      uncertain: row.uncertain_micro_usd,
      held: row.held_micro_usd,
      warnedPercent: row.warned_percent,
      version: row.version,
      changed: false,
    });
  }
  return found;
}

/** Writes the budgets that were changed; the transaction fails if somebody else has changed one since it was read. */
export function writeBudgets(writing: Writing, budgets: ReadonlyMap<string, OpenBudget>): void {
  for (const { key, spent, uncertain, held, warnedPercent, version, changed } of budgets.values()) {
    if (!changed) continue;
    const update = writing
      .query<LedgerTables>()
      .updateTable('budgets')
      .set({
        spent_micro_usd: spent,
        uncertain_micro_usd: uncertain,
        held_micro_usd: held,
        warned_percent: warnedPercent,
        version: version + 1,
      })
      .where('level', '=', key.level)
      .where('subject', '=', key.subject)
      .where('period', '=', key.period)
      .where('version', '=', version);
    writing.add(update, 1);
  }
}

/** Takes an amount from every budget, or from none: then the answer is the first one that it does not fit into. */
export function takeFromAll(budgets: readonly OpenBudget[], amount: number): OpenBudget | undefined {
  const full = budgets.find(
    ({ capMicroUsd, spent, uncertain, held }) =>
      capMicroUsd !== null && spent + uncertain + held + amount > capMicroUsd,
  );
  if (full !== undefined) return full;
  for (const budget of budgets) {
    budget.held += amount;
    budget.changed = true;
  }
  return undefined;
}

/** Whether an amount would fit if every hold came back. */
export function fitsAtBest({ capMicroUsd, spent, uncertain }: OpenBudget, amount: number): boolean {
  return capMicroUsd === null || spent + uncertain + amount <= capMicroUsd;
}

/** Why a call was not made, with the figures that decided it. */
export function refusal(budget: OpenBudget, needed: number): RaptorFlowError {
  const { key, capMicroUsd, spent, uncertain, held } = budget;
  const details = {
    level: key.level,
    subject: key.subject,
    period: key.period,
    spent_usd: formatUsd(spent),
    uncertain_usd: formatUsd(uncertain),
    reserved_usd: formatUsd(held),
    cap_usd: formatUsd(capMicroUsd ?? 0),
    needed_usd: formatUsd(needed),
  };
  const whose = key.level === 'workspace' ? '' : ` of the ${key.level} ${key.subject}`;
  const when = key.period === lifetime ? 'in all' : `for ${key.period}`;
  const unknown =
    uncertain === 0 ? '' : `, $${details.uncertain_usd} charged for calls whose cost nobody knows`;
  return new RaptorFlowError(
    'budget_exceeded',
    `The call may cost up to $${details.needed_usd}, but of the $${details.cap_usd}${whose} ${when} ` +
      `$${details.spent_usd} are spent${unknown} and $${details.reserved_usd} reserved. It was not made.`,
    { details },
  );
}

async function readLocked(
  tx: Transaction<LedgerTables>,
  keys: readonly BudgetKey[],
  dialect: DialectName,
): Promise<BudgetRow[]> {
  const query = tx
    .selectFrom('budgets')
    .selectAll()
    .where('level', 'in', unique(keys, 'level'))
    .where('subject', 'in', unique(keys, 'subject'))
    .where('period', 'in', unique(keys, 'period'))
    .orderBy('level', 'desc')
    .orderBy('subject')
    .orderBy('period');
  // A transaction of SQLite that writes excludes all others from its beginning.
  const rows = await (dialect === 'postgres' ? query.forUpdate() : query).execute();
  return rows as unknown as BudgetRow[];
}

async function readLimits(
  tx: Transaction<LedgerTables>,
  keys: readonly BudgetKey[],
): Promise<Map<string, number>> {
  const rows = await tx
    .selectFrom('budget_limits')
    .select(['level', 'subject', 'cap_micro_usd'])
    .where('level', 'in', unique(keys, 'level'))
    .where('subject', 'in', unique(keys, 'subject'))
    .execute();
  return new Map(rows.map((row) => [`${row.level} ${row.subject}`, row.cap_micro_usd]));
}

function emptyRow(key: BudgetKey, period: Period): Omit<BudgetRow, 'workspace_id'> {
  return {
    level: key.level,
    subject: key.subject,
    period: key.period,
    period_start_ms: period.startMs,
    period_end_ms: period.endMs,
    spent_micro_usd: 0,
    uncertain_micro_usd: 0,
    held_micro_usd: 0,
    warned_percent: 0,
    version: 0,
  };
}

function unique<K extends keyof BudgetKey>(keys: readonly BudgetKey[], field: K): BudgetKey[K][] {
  return [...new Set(keys.map((key) => key[field]))];
}

function textOfRow(row: Pick<BudgetRow, 'level' | 'subject' | 'period'>): string {
  return textOfKey(row);
}
