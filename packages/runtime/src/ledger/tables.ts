import { sql, type CreateTableBuilder, type Kysely } from 'kysely';
import {
  defineMigrations,
  defineTables,
  type RoomMigrations,
  type TableDeclarations,
  type WorkspaceColumn,
} from '../db/index.ts';
import type { BudgetLevel } from './levels.ts';
import type { HoldState } from './ledger.ts';

/** One budget of a workspace, see `BudgetKey`. `spent + uncertain + held` never exceeds the cap it was last reserved under. */
export interface BudgetRow {
  workspace_id: WorkspaceColumn;
  level: BudgetLevel;
  /** Empty for the workspace itself. */
  subject: string;
  /** `2026-11`, or `lifetime`. */
  period: string;
  period_start_ms: number;
  period_end_ms: number;
  spent_micro_usd: number;
  uncertain_micro_usd: number;
  held_micro_usd: number;
  /** The highest threshold, in percent of the cap, that was warned of in this period. */
  warned_percent: number;
  /** One more with every change, also of its cap: whoever decided on an older one has to decide anew. */
  version: number;
}

/** A cap that somebody set. A workspace without one has the installation's; everything else without one has none. */
export interface BudgetLimitRow {
  workspace_id: WorkspaceColumn;
  level: BudgetLevel;
  subject: string;
  cap_micro_usd: number;
  updated_at_ms: number;
}

/** Money set aside for one attempt, with everything that its cost line needs if its process dies. */
export interface HoldRow {
  workspace_id: WorkspaceColumn;
  call_id: string;
  attempt: number;
  period: string;
  amount_micro_usd: number;
  state: HoldState;
  /** The process that holds it; null in rows that are older than this column. */
  owner: string | null;
  provider: string | null;
  requested_model: string | null;
  model: string | null;
  guild: string | null;
  agent_id: string | null;
  agent_run_id: string | null;
  campaign_id: string | null;
  budget_id: string | null;
  correlation_id: string | null;
  created_at_ms: number;
  settled_at_ms: number | null;
}

/** A process that may hold money. */
export interface HoldOwnerRow {
  owner: string;
  seen_at_ms: number;
}

/**
 * What one attempt cost, with the provider's own usage beside our figures. Never changed: when an uncertain cost becomes
 * known, a second line (revision 1) carries the difference.
 */
export interface CostLogRow {
  workspace_id: WorkspaceColumn;
  call_id: string;
  attempt: number;
  revision: number;
  period: string;
  /** The day in the workspace's time zone, as `2026-11-20`. */
  day: string;
  provider: string;
  /** As it was asked for: an alias or a full id. Null in lines that are older than this column. */
  requested_model: string | null;
  model: string;
  guild: string | null;
  agent_id: string | null;
  agent_run_id: string | null;
  campaign_id: string | null;
  budget_id: string | null;
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
export interface LedgerTables {
  budgets: BudgetRow;
  budget_limits: BudgetLimitRow;
  holds: HoldRow;
  hold_owners: HoldOwnerRow;
  cost_logs: CostLogRow;
}

/** Declarations of this room's tables. */
export const ledgerTables: TableDeclarations = defineTables({
  tenant: ['budgets', 'budget_limits', 'holds', 'cost_logs'],
  installation: ['hold_owners'],
});

/** Schema of this room. Its name is that of the room where the first tables were made: applied steps are known by it. */
export const ledgerMigrations: RoomMigrations = defineMigrations('dispatch', [
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
  {
    id: '004_levels',
    up: async (db) => {
      await budgetsByLevel(db);
      await db.schema
        .createTable('budget_limits')
        .addColumn('workspace_id', 'text', (column) => column.notNull())
        .addColumn('level', 'text', (column) => column.notNull())
        .addColumn('subject', 'text', (column) => column.notNull())
        .addColumn('cap_micro_usd', 'bigint', (column) => column.notNull())
        .addColumn('updated_at_ms', 'bigint', (column) => column.notNull())
        .addPrimaryKeyConstraint('budget_limits_pk', ['workspace_id', 'level', 'subject'])
        .execute();
      const text = ['owner', 'provider', 'requested_model', 'model', ...attribution, 'correlation_id'];
      for (const column of text) await db.schema.alterTable('holds').addColumn(column, 'text').execute();
      await db.schema
        .createTable('hold_owners')
        .addColumn('owner', 'text', (column) => column.primaryKey())
        .addColumn('seen_at_ms', 'bigint', (column) => column.notNull())
        .execute();
      // Holds that may be open belong to few processes; settled ones are looked for by their age.
      await db.schema.createIndex('holds_by_owner').on('holds').columns(['state', 'owner']).execute();
      await db.schema.createIndex('holds_by_age').on('holds').columns(['state', 'settled_at_ms']).execute();
      await costsByRevision(db);
    },
  },
  {
    id: '005_versions',
    async up(db) {
      await db.schema
        .alterTable('budgets')
        .addColumn('version', 'bigint', (column) => column.notNull().defaultTo(0))
        .execute();
    },
  },
]);

const attribution = ['guild', 'agent_id', 'agent_run_id', 'campaign_id', 'budget_id'] as const;

/** Budgets of every level, where there were those of workspaces. What was uncertain counted as spent. */
async function budgetsByLevel(db: Kysely<unknown>): Promise<void> {
  await db.schema.alterTable('budgets').renameTo('budgets_before').execute();
  await db.schema
    .createTable('budgets')
    .addColumn('workspace_id', 'text', (column) => column.notNull())
    .addColumn('level', 'text', (column) => column.notNull())
    .addColumn('subject', 'text', (column) => column.notNull())
    .addColumn('period', 'text', (column) => column.notNull())
    .addColumn('period_start_ms', 'bigint', (column) => column.notNull())
    .addColumn('period_end_ms', 'bigint', (column) => column.notNull())
    .addColumn('spent_micro_usd', 'bigint', (column) => column.notNull())
    .addColumn('uncertain_micro_usd', 'bigint', (column) => column.notNull())
    .addColumn('held_micro_usd', 'bigint', (column) => column.notNull())
    .addColumn('warned_percent', 'integer', (column) => column.notNull())
    .addPrimaryKeyConstraint('budgets_by_level_pk', ['workspace_id', 'level', 'subject', 'period'])
    .execute();
  const uncertain = sql`(select coalesce(sum(h.amount_micro_usd), 0) from holds h
    where h.workspace_id = b.workspace_id and h.period = b.period and h.state = 'uncertain')`;
  await sql`insert into budgets select b.workspace_id, 'workspace', '', b.period, b.period_start_ms, b.period_end_ms,
    b.spent_micro_usd - ${uncertain}, ${uncertain}, b.held_micro_usd, 0 from budgets_before b`.execute(db);
  await db.schema.dropTable('budgets_before').execute();
}

/** Lines that may be corrected by a second one: the key gets the revision. */
async function costsByRevision(db: Kysely<unknown>): Promise<void> {
  for (const column of indexedColumns) {
    await db.schema.dropIndex(`cost_logs_by_${column}`).execute();
  }
  await db.schema.alterTable('cost_logs').renameTo('cost_logs_before').execute();
  let table: CreateTableBuilder<'cost_logs', string> = db.schema.createTable('cost_logs');
  for (const [column, type, optional] of costColumns) {
    table = table.addColumn(column, type, (built) => (optional ? built : built.notNull()));
  }
  await table
    .addPrimaryKeyConstraint('cost_logs_by_revision_pk', ['workspace_id', 'call_id', 'attempt', 'revision'])
    .execute();
  const added = new Set(['revision', 'guild', 'budget_id']);
  const kept = costColumns.map(([column]) => column).filter((column) => !added.has(column));
  const names = sql.join(kept.map((column) => sql.ref(column)));
  await sql`insert into cost_logs (revision, ${names}) select 0, ${names} from cost_logs_before`.execute(db);
  await db.schema.dropTable('cost_logs_before').execute();
  for (const column of indexedColumns) {
    await db.schema
      .createIndex(`cost_logs_by_${column}`)
      .on('cost_logs')
      .columns(['workspace_id', column])
      .execute();
  }
}

const indexedColumns = ['created_at_ms', 'agent_run_id', 'campaign_id', 'agent_id', 'correlation_id'];

const costColumns: readonly (readonly [string, 'text' | 'bigint' | 'integer', boolean])[] = [
  ['workspace_id', 'text', false],
  ['call_id', 'text', false],
  ['attempt', 'integer', false],
  ['revision', 'integer', false],
  ['period', 'text', false],
  ['day', 'text', false],
  ['provider', 'text', false],
  ['requested_model', 'text', true],
  ['model', 'text', false],
  ['guild', 'text', true],
  ['agent_id', 'text', true],
  ['agent_run_id', 'text', true],
  ['campaign_id', 'text', true],
  ['budget_id', 'text', true],
  ['correlation_id', 'text', true],
  ['status', 'text', false],
  ['input_tokens', 'bigint', false],
  ['cached_input_tokens', 'bigint', false],
  ['cache_write_tokens', 'bigint', false],
  ['output_tokens', 'bigint', false],
  ['reasoning_tokens', 'bigint', false],
  ['cost_micro_usd', 'bigint', false],
  ['estimated', 'integer', false],
  ['price_version', 'text', false],
  ['raw_usage', 'text', true],
  ['error_code', 'text', true],
  ['streamed', 'integer', false],
  ['latency_ms', 'bigint', false],
  ['created_at_ms', 'bigint', false],
];
