import type { CallAttribution } from './call.ts';

/**
 * Whose money a call spends. A call is charged to every level that it belongs to, all together or not at all:
 * - `workspace`: the workspace itself; always there, and always capped;
 * - `guild` and `agent`: by calendar month, as the workspace;
 * - `campaign` and `run`: over their whole life;
 * - `budget`: the `budget_id` that a chain of events carries, over its whole life.
 */
export const budgetLevels = ['workspace', 'guild', 'agent', 'campaign', 'run', 'budget'] as const;

/** One of `budgetLevels`. */
export type BudgetLevel = (typeof budgetLevels)[number];

/** One budget: a level, who of that level, and the span that it is counted over. */
export interface BudgetKey {
  readonly level: BudgetLevel;
  /** The id of the agent, run and so on; empty for the workspace. */
  readonly subject: string;
  /** `2026-11`, or `lifetime`. */
  readonly period: string;
}

/** The period of budgets that no month ends. */
export const lifetime = 'lifetime';

/** Whether a level is counted by calendar month. */
export function isMonthly(level: BudgetLevel): boolean {
  return level === 'workspace' || level === 'guild' || level === 'agent';
}

/** The budgets that a call is charged to, the workspace's first. */
export function levelsOf(call: CallAttribution, month: string): BudgetKey[] {
  const subjects: readonly (readonly [BudgetLevel, string | null])[] = [
    ['workspace', ''],
    ['guild', call.guild],
    ['agent', call.agentId],
    ['campaign', call.campaignId],
    ['run', call.agentRunId],
    ['budget', call.budgetId],
  ];
  return subjects.flatMap(([level, subject]) =>
    subject === null ? [] : [{ level, subject, period: isMonthly(level) ? month : lifetime }],
  );
}

/** A key as text, for maps. */
export function textOfKey({ level, subject, period }: BudgetKey): string {
  return `${level} ${period} ${subject}`;
}
