export { createBudgets } from './budgets.ts';
export type { BudgetOwner, Budgets } from './budgets.ts';
export type { CallAttempt, CallAttribution } from './call.ts';
export type { CostFilter, CostLine, CostLinePage } from './cost-lines.ts';
export { costGroups, createCosts } from './costs.ts';
export type { CostedCall, CostedCalls, CostGroup, Costs, CostSum } from './costs.ts';
export { createHoldKeeper } from './hold-keeper.ts';
export type { HoldKeeperDeps, HoldKeeperOptions, HoldTaker } from './hold-keeper.ts';
export type {
  AttemptOutcome,
  AttemptStatus,
  BudgetStanding,
  Hold,
  HoldState,
  Ledger,
  Patience,
  Settlement,
  WorkspaceStanding,
} from './ledger.ts';
export { budgetLevels } from './levels.ts';
export type { BudgetKey, BudgetLevel } from './levels.ts';
export { meteredLedger } from './metered-ledger.ts';
export { formatUsd, parseUsd } from './money.ts';
export { createOpenHolds } from './open-holds.ts';
export type { BillInquiry, OpenHold, OpenHolds, Reconciled, Verdict } from './open-holds.ts';
export { monthOf } from './period.ts';
export type { Period } from './period.ts';
export { createLedger } from './sql-ledger.ts';
export type { LedgerDeps, LedgerOptions } from './sql-ledger.ts';
export { ledgerMigrations, ledgerTables } from './tables.ts';
export type { LedgerTables } from './tables.ts';
