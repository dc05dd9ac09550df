import {
  defineMigrations,
  defineTables,
  type RoomMigrations,
  type TableDeclarations,
  type WorkspaceColumn,
} from '../db/index.ts';

/** Rows of the idempotency room: what was asked with a key, and what was answered. */
export interface IdempotencyTables {
  idempotency_keys: {
    id: string;
    /** The workspace of the request, or `installation` where it has none. */
    workspace_id: WorkspaceColumn;
    user_id: string;
    /** Method and path, without the query. */
    route: string;
    key: string;
    /** SHA-256 of the query and the body, hexadecimal. */
    fingerprint: string;
    state: 'running' | 'done';
    /** Made anew by whoever carries the request out; an answer is taken only from the holder. */
    claim: string;
    /** The process that holds the claim. */
    process: string;
    /** Until when the process holds it unless it says so again. */
    claimed_until_ms: number;
    status: number | null;
    /** JSON of the headers that are answered again. */
    headers: string | null;
    /** Null where the answer is not kept. */
    body: string | null;
    created_at_ms: number;
    expires_at_ms: number;
  };
}

/** Keys belong to the workspace of the request. */
export const idempotencyTables: TableDeclarations = defineTables({ tenant: ['idempotency_keys'] });

/** The schema of the room. */
export const idempotencyMigrations: RoomMigrations = defineMigrations('idempotency', [
  {
    id: '001_idempotency_keys',
    up: async (db) => {
      await db.schema
        .createTable('idempotency_keys')
        .addColumn('id', 'text', (column) => column.primaryKey())
        .addColumn('workspace_id', 'text', (column) => column.notNull())
        .addColumn('user_id', 'text', (column) => column.notNull())
        .addColumn('route', 'text', (column) => column.notNull())
        .addColumn('key', 'text', (column) => column.notNull())
        .addColumn('fingerprint', 'text', (column) => column.notNull())
        .addColumn('state', 'text', (column) => column.notNull())
        .addColumn('claim', 'text', (column) => column.notNull())
        .addColumn('process', 'text', (column) => column.notNull())
        .addColumn('claimed_until_ms', 'bigint', (column) => column.notNull())
        .addColumn('status', 'integer')
        .addColumn('headers', 'text')
        .addColumn('body', 'text')
        .addColumn('created_at_ms', 'bigint', (column) => column.notNull())
        .addColumn('expires_at_ms', 'bigint', (column) => column.notNull())
        .addUniqueConstraint('idempotency_keys_once', ['workspace_id', 'user_id', 'route', 'key'])
        .execute();
      await db.schema
        .createIndex('idempotency_keys_by_end')
        .on('idempotency_keys')
        .column('expires_at_ms')
        .execute();
    },
  },
]);
