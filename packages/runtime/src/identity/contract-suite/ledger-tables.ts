import {
  defineMigrations,
  defineTables,
  type RoomMigrations,
  type TableDeclarations,
} from '../../db/index.ts';

/** Tables of another room, of which the identity knows nothing but that they are declared. */
export interface LedgerTables {
  pages: { workspace_id: string; id: number; text: string; picture: Uint8Array | null };
  lines: { workspace_id: string; page_id: number; line: number };
  chain: { workspace_id: string; id: number };
}

/** Their declarations. */
export const ledgerTables: TableDeclarations = defineTables({ tenant: ['chain', 'lines', 'pages'] });

/** Their schema; lines refer to pages, so they cannot be emptied in any order. */
export const ledgerMigrations: RoomMigrations = defineMigrations('ledger_of_the_test', [
  {
    id: '001',
    async up(db, dialect) {
      await db.schema
        .createTable('pages')
        .addColumn('workspace_id', 'text', (column) => column.notNull())
        .addColumn('id', 'bigint', (column) => column.notNull())
        .addColumn('text', 'text', (column) => column.notNull())
        .addColumn('picture', dialect === 'sqlite' ? 'blob' : 'bytea')
        .addPrimaryKeyConstraint('pages_key', ['workspace_id', 'id'])
        .execute();
      await db.schema
        .createTable('lines')
        .addColumn('workspace_id', 'text', (column) => column.notNull())
        .addColumn('page_id', 'bigint', (column) => column.notNull())
        .addColumn('line', 'bigint', (column) => column.notNull())
        .addPrimaryKeyConstraint('lines_key', ['workspace_id', 'page_id', 'line'])
        .addForeignKeyConstraint('lines_page', ['workspace_id', 'page_id'], 'pages', ['workspace_id', 'id'])
        .execute();
      await db.schema
        .createTable('chain')
        .addColumn('workspace_id', 'text', (column) => column.notNull())
        .addColumn('id', 'bigint', (column) => column.primaryKey())
        .execute();
    },
  },
]);
