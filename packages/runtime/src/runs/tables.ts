import { defineMigrations, defineTables, type RoomMigrations, type TableDeclarations } from '../db/index.ts';

/** A run's row: what its journal says, in a form that can be searched. */
export interface AgentRunRow {
  workspace_id: string;
  id: string;
  agent_id: string | null;
  guild: string | null;
  campaign_id: string | null;
  parent_run_id: string | null;
  correlation_id: string | null;
  budget_id: string | null;
  /** The event that it was started for. */
  causation_id: string | null;
  run_type: string;
  run_key: string | null;
  /** The last one that answered. */
  model: string | null;
  status: string;
  input: string;
  output: string | null;
  error_code: string | null;
  error_message: string | null;
  wait_reason: string | null;
  /** Set by somebody who wants it cancelled while another process executes it. */
  cancel_reason: string | null;
  executions: number;
  entries: number;
  last_hash: string;
  cost_micro_usd: number;
  input_tokens: number;
  output_tokens: number;
  created_at_ms: number;
  started_at_ms: number | null;
  completed_at_ms: number | null;
}

/** An entry of a journal. Never changed. */
export interface RunJournalRow {
  workspace_id: string;
  run_id: string;
  seq: number;
  kind: string;
  step: string | null;
  payload: string;
  hash: string;
  recorded_at_ms: number;
}

/** The tables of this room. */
export interface RunTables {
  agent_runs: AgentRunRow;
  run_journal: RunJournalRow;
}

/** Declarations of this room's tables. */
export const runTables: TableDeclarations = defineTables({ tenant: ['agent_runs', 'run_journal'] });

/** Schema of this room. */
export const runMigrations: RoomMigrations = defineMigrations('runs', [
  {
    id: '001_runs',
    async up(db) {
      await db.schema
        .createTable('agent_runs')
        .addColumn('workspace_id', 'text', (column) => column.notNull())
        .addColumn('id', 'text', (column) => column.notNull())
        .addColumn('agent_id', 'text')
        .addColumn('campaign_id', 'text')
        .addColumn('parent_run_id', 'text')
        .addColumn('correlation_id', 'text')
        .addColumn('run_type', 'text', (column) => column.notNull())
        .addColumn('run_key', 'text')
        .addColumn('model', 'text')
        .addColumn('status', 'text', (column) => column.notNull())
        .addColumn('input', 'text', (column) => column.notNull())
        .addColumn('output', 'text')
        .addColumn('error_code', 'text')
        .addColumn('error_message', 'text')
        .addColumn('wait_reason', 'text')
        .addColumn('cancel_reason', 'text')
        .addColumn('executions', 'integer', (column) => column.notNull())
        .addColumn('entries', 'integer', (column) => column.notNull())
        .addColumn('last_hash', 'text', (column) => column.notNull())
        .addColumn('cost_micro_usd', 'bigint', (column) => column.notNull())
        .addColumn('input_tokens', 'bigint', (column) => column.notNull())
        .addColumn('output_tokens', 'bigint', (column) => column.notNull())
        .addColumn('created_at_ms', 'bigint', (column) => column.notNull())
        .addColumn('started_at_ms', 'bigint')
        .addColumn('completed_at_ms', 'bigint')
        .addPrimaryKeyConstraint('agent_runs_pk', ['workspace_id', 'id'])
        .addUniqueConstraint('agent_runs_key', ['workspace_id', 'run_key'])
        .execute();
      for (const column of ['created_at_ms', 'campaign_id', 'agent_id', 'parent_run_id']) {
        await db.schema
          .createIndex(`agent_runs_by_${column}`)
          .on('agent_runs')
          .columns(['workspace_id', column])
          .execute();
      }
      await db.schema
        .createTable('run_journal')
        .addColumn('workspace_id', 'text', (column) => column.notNull())
        .addColumn('run_id', 'text', (column) => column.notNull())
        .addColumn('seq', 'integer', (column) => column.notNull())
        .addColumn('kind', 'text', (column) => column.notNull())
        .addColumn('step', 'text')
        .addColumn('payload', 'text', (column) => column.notNull())
        .addColumn('hash', 'text', (column) => column.notNull())
        .addColumn('recorded_at_ms', 'bigint', (column) => column.notNull())
        .addPrimaryKeyConstraint('run_journal_pk', ['workspace_id', 'run_id', 'seq'])
        .execute();
    },
  },
  {
    id: '002_runs_by_request',
    async up(db) {
      await db.schema.alterTable('agent_runs').addColumn('causation_id', 'text').execute();
      await db.schema
        .createIndex('agent_runs_by_correlation_id')
        .on('agent_runs')
        .columns(['workspace_id', 'correlation_id'])
        .execute();
    },
  },
  {
    id: '003_runs_charged_to',
    async up(db) {
      for (const column of ['guild', 'budget_id']) {
        await db.schema.alterTable('agent_runs').addColumn(column, 'text').execute();
      }
    },
  },
]);
