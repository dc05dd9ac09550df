import { sql, type Kysely } from 'kysely';
import { defineMigrations, defineTables, type RoomMigrations, type TableDeclarations } from '../db/index.ts';

/** A row of a chain; see `AuditRow`. */
export interface AuditLogRow {
  workspace_id: string;
  sequence: number;
  id: string;
  recorded_at_ms: number;
  action: string;
  phase: string;
  intent_id: string | null;
  actor_kind: string;
  actor_id: string;
  target_kind: string | null;
  target_id: string | null;
  outcome: string | null;
  correlation_id: string | null;
  agent_id: string | null;
  agent_run_id: string | null;
  campaign_id: string | null;
  payload: string | null;
  payload_salt: string | null;
  payload_sha256: string;
  previous_hash: string;
  hash: string;
}

/** Where a chain ends. The row is also what writers of a chain wait for each other at. */
export interface AuditHeadRow {
  workspace_id: string;
  sequence: number;
  hash: string;
  signed_at_ms: number;
  key_id: string;
  signature: string;
}

/** A public key that has signed heads. */
export interface AuditKeyRow {
  key_id: string;
  public_key: string;
  added_at_ms: number;
  endorsed_by: string | null;
  endorsement: string | null;
}

/** The tables of this room. */
export interface AuditTables {
  audit_logs: AuditLogRow;
  audit_heads: AuditHeadRow;
  audit_keys: AuditKeyRow;
}

/** Rows and heads outlive their workspace; of a row only the payload can be erased, and by the installation alone. */
export const auditTables: TableDeclarations = defineTables({
  appendOnly: [
    { name: 'audit_logs', erasable: ['payload', 'payload_salt'] },
    { name: 'audit_heads', changing: ['sequence', 'hash', 'signed_at_ms', 'key_id', 'signature'] },
  ],
  installation: ['audit_keys'],
});

/** Schema of this room. */
export const auditMigrations: RoomMigrations = defineMigrations('audit', [
  {
    id: '001_audit',
    async up(db, dialect) {
      await createLogs(db);
      await db.schema
        .createTable('audit_heads')
        .addColumn('workspace_id', 'text', (column) => column.primaryKey())
        .addColumn('sequence', 'bigint', (column) => column.notNull())
        .addColumn('hash', 'text', (column) => column.notNull())
        .addColumn('signed_at_ms', 'bigint', (column) => column.notNull())
        .addColumn('key_id', 'text', (column) => column.notNull())
        .addColumn('signature', 'text', (column) => column.notNull())
        .execute();
      await db.schema
        .createTable('audit_keys')
        .addColumn('key_id', 'text', (column) => column.primaryKey())
        .addColumn('public_key', 'text', (column) => column.notNull())
        .addColumn('added_at_ms', 'bigint', (column) => column.notNull())
        .addColumn('endorsed_by', 'text')
        .addColumn('endorsement', 'text')
        .execute();
      if (dialect === 'sqlite') await forbidRewriting(db);
    },
  },
]);

async function createLogs(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('audit_logs')
    .addColumn('workspace_id', 'text', (column) => column.notNull())
    .addColumn('sequence', 'bigint', (column) => column.notNull())
    .addColumn('id', 'text', (column) => column.notNull())
    .addColumn('recorded_at_ms', 'bigint', (column) => column.notNull())
    .addColumn('action', 'text', (column) => column.notNull())
    .addColumn('phase', 'text', (column) => column.notNull())
    .addColumn('intent_id', 'text')
    .addColumn('actor_kind', 'text', (column) => column.notNull())
    .addColumn('actor_id', 'text', (column) => column.notNull())
    .addColumn('target_kind', 'text')
    .addColumn('target_id', 'text')
    .addColumn('outcome', 'text')
    .addColumn('correlation_id', 'text')
    .addColumn('agent_id', 'text')
    .addColumn('agent_run_id', 'text')
    .addColumn('campaign_id', 'text')
    .addColumn('payload', 'text')
    .addColumn('payload_salt', 'text')
    .addColumn('payload_sha256', 'text', (column) => column.notNull())
    .addColumn('previous_hash', 'text', (column) => column.notNull())
    .addColumn('hash', 'text', (column) => column.notNull())
    .addPrimaryKeyConstraint('audit_logs_pk', ['workspace_id', 'sequence'])
    .execute();
  // Most rows have few of these, and an index holds only those that do.
  for (const column of ['intent_id', 'correlation_id', 'agent_run_id', 'campaign_id']) {
    await db.schema
      .createIndex(`audit_logs_by_${column}`)
      .on('audit_logs')
      .columns(['workspace_id', column, 'sequence'])
      .where(sql.ref(column), 'is not', null)
      .execute();
  }
}

// SQLite knows no roles: whoever has the file can drop the triggers, but no statement of the program rewrites by mistake.
async function forbidRewriting(db: Kysely<unknown>): Promise<void> {
  await sql`create trigger audit_logs_stay before delete on audit_logs
    begin select raise(abort, 'rows of audit_logs stay'); end`.execute(db);
  await sql`create trigger audit_logs_unchanged before update on audit_logs
    when new.payload is not null or new.payload_salt is not null
      or (new.workspace_id, new.sequence, new.id, new.recorded_at_ms, new.action, new.phase, new.actor_kind, new.actor_id,
          new.payload_sha256, new.previous_hash, new.hash)
      <> (old.workspace_id, old.sequence, old.id, old.recorded_at_ms, old.action, old.phase, old.actor_kind, old.actor_id,
          old.payload_sha256, old.previous_hash, old.hash)
      or new.intent_id is not old.intent_id or new.target_kind is not old.target_kind or new.target_id is not old.target_id
      or new.outcome is not old.outcome or new.correlation_id is not old.correlation_id or new.agent_id is not old.agent_id
      or new.agent_run_id is not old.agent_run_id or new.campaign_id is not old.campaign_id
    begin select raise(abort, 'rows of audit_logs stay as they were written'); end`.execute(db);
  await sql`create trigger audit_heads_stay before delete on audit_heads
    begin select raise(abort, 'rows of audit_heads stay'); end`.execute(db);
}
