import { defineMigrations, defineTables, type RoomMigrations, type TableDeclarations } from '../db/index.ts';

/** A workspace's month. `spent + held` never exceeds the cap it was last reserved under. */
export interface BudgetRow {
  workspace_id: string;
  /** `2026-11`. */
  period: string;
  period_start_ms: number;
  period_end_ms: number;
  cap_micro_usd: number;
  spent_micro_usd: number;
  held_micro_usd: number;
}

/** Money set aside for one attempt. A row that stays `dispatched` belongs to a crash and counts in full. */
export interface HoldRow {
  workspace_id: string;
  call_id: string;
  attempt: number;
  period: string;
  amount_micro_usd: number;
  state: 'dispatched' | 'settled' | 'released' | 'uncertain';
  created_at_ms: number;
  settled_at_ms: number | null;
}

/** What one attempt cost, with the provider's own usage beside our figures. Never changed. */
export interface CostLogRow {
  workspace_id: string;
  call_id: string;
  attempt: number;
  period: string;
  /** The day in the workspace's time zone, as `2026-11-20`. */
  day: string;
  provider: string;
  /** As it was asked for: an alias or a full id. Null in lines that are older than this column. */
  requested_model: string | null;
  model: string;
  agent_id: string | null;
  agent_run_id: string | null;
  campaign_id: string | null;
  correlation_id: string | null;
  status: 'completed' | 'failed' | 'uncertain';
  input_tokens: number;
  cached_input_tokens: number;
  cache_write_tokens: number;
  output_tokens: number;
  reasoning_tokens: number;
  cost_micro_usd: number;
  estimated: number;
  price_version: string;
  raw_usage: string | null;
  error_code: string | null;
  streamed: number;
  latency_ms: number;
  created_at_ms: number;
}

/** The tables of this room. */
export interface DispatchTables {
  budgets: BudgetRow;
  holds: HoldRow;
  cost_logs: CostLogRow;
}

/** Declarations of this room's tables. */
export const dispatchTables: TableDeclarations = defineTables({ tenant: ['budgets', 'holds', 'cost_logs'] });

/** Schema of this room. */
export const dispatchMigrations: RoomMigrations = defineMigrations('dispatch', [
  {
    id: '001_costs',
    async up(db) {
      await db.schema
        .createTable('budgets')
        .addColumn('workspace_id', 'text', (column) => column.notNull())
        .addColumn('period', 'text', (column) => column.notNull())
        .addColumn('period_start_ms', 'bigint', (column) => column.notNull())
        .addColumn('period_end_ms', 'bigint', (column) => column.notNull())
        .addColumn('cap_micro_usd', 'bigint', (column) => column.notNull())
        .addColumn('spent_micro_usd', 'bigint', (column) => column.notNull())
        .addColumn('held_micro_usd', 'bigint', (column) => column.notNull())
        .addPrimaryKeyConstraint('budgets_pk', ['workspace_id', 'period'])
        .execute();
      await db.schema
        .createTable('holds')
        .addColumn('workspace_id', 'text', (column) => column.notNull())
        .addColumn('call_id', 'text', (column) => column.notNull())
        .addColumn('attempt', 'integer', (column) => column.notNull())
        .addColumn('period', 'text', (column) => column.notNull())
        .addColumn('amount_micro_usd', 'bigint', (column) => column.notNull())
        .addColumn('state', 'text', (column) => column.notNull())
        .addColumn('created_at_ms', 'bigint', (column) => column.notNull())
        .addColumn('settled_at_ms', 'bigint')
        .addPrimaryKeyConstraint('holds_pk', ['workspace_id', 'call_id', 'attempt'])
        .execute();
      await db.schema
        .createIndex('holds_by_state')
        .on('holds')
        .columns(['workspace_id', 'state', 'created_at_ms'])
        .execute();
      await db.schema
        .createTable('cost_logs')
        .addColumn('workspace_id', 'text', (column) => column.notNull())
        .addColumn('call_id', 'text', (column) => column.notNull())
        .addColumn('attempt', 'integer', (column) => column.notNull())
        .addColumn('period', 'text', (column) => column.notNull())
        .addColumn('day', 'text', (column) => column.notNull())
        .addColumn('provider', 'text', (column) => column.notNull())
        .addColumn('model', 'text', (column) => column.notNull())
        .addColumn('agent_id', 'text')
        .addColumn('agent_run_id', 'text')
        .addColumn('campaign_id', 'text')
        .addColumn('correlation_id', 'text')
        .addColumn('status', 'text', (column) => column.notNull())
        .addColumn('input_tokens', 'bigint', (column) => column.notNull())
        .addColumn('cached_input_tokens', 'bigint', (column) => column.notNull())
        .addColumn('cache_write_tokens', 'bigint', (column) => column.notNull())
        .addColumn('output_tokens', 'bigint', (column) => column.notNull())
        .addColumn('reasoning_tokens', 'bigint', (column) => column.notNull())
        .addColumn('cost_micro_usd', 'bigint', (column) => column.notNull())
        .addColumn('estimated', 'integer', (column) => column.notNull())
        .addColumn('price_version', 'text', (column) => column.notNull())
        .addColumn('raw_usage', 'text')
        .addColumn('error_code', 'text')
        .addColumn('streamed', 'integer', (column) => column.notNull())
        .addColumn('latency_ms', 'bigint', (column) => column.notNull())
        .addColumn('created_at_ms', 'bigint', (column) => column.notNull())
        .addPrimaryKeyConstraint('cost_logs_pk', ['workspace_id', 'call_id', 'attempt'])
        .execute();
      for (const column of ['created_at_ms', 'agent_run_id', 'campaign_id', 'agent_id']) {
        await db.schema
          .createIndex(`cost_logs_by_${column}`)
          .on('cost_logs')
          .columns(['workspace_id', column])
          .execute();
      }
    },
  },
  {
    id: '002_costs_by_correlation',
    async up(db) {
      await db.schema
        .createIndex('cost_logs_by_correlation_id')
        .on('cost_logs')
        .columns(['workspace_id', 'correlation_id'])
        .execute();
    },
  },
  {
    id: '003_requested_model',
    async up(db) {
      await db.schema.alterTable('cost_logs').addColumn('requested_model', 'text').execute();
    },
  },
]);
