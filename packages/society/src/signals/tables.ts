/** The table of signals. Times are epoch milliseconds; columns that end in `_json` hold JSON text. */
import {
  defineMigrations,
  defineTables,
  type RoomMigrations,
  type TableDeclarations,
} from '@raptorflow/runtime';

/** One signal of a workspace. */
export interface SignalRow {
  workspace_id: string;
  id: string;
  source: string;
  title: string;
  content: string;
  severity: string;
  severity_basis: string;
  industry: string | null;
  tags_json: string;
  published_at: number | null;
  url: string | null;
  reference: string;
  ingested_at: number;
  expires_at: number;
}

/** Every table of this room. */
export interface SignalTables {
  signals: SignalRow;
}

/** They belong to workspaces. */
export const signalTables: TableDeclarations = defineTables({ tenant: ['signals'] });

/** Their schema. */
export const signalMigrations: RoomMigrations = defineMigrations('signals', [
  {
    id: '001_signals',
    async up(db) {
      await db.schema
        .createTable('signals')
        .addColumn('workspace_id', 'text', (column) => column.notNull())
        .addColumn('id', 'text', (column) => column.notNull())
        .addColumn('source', 'text', (column) => column.notNull())
        .addColumn('title', 'text', (column) => column.notNull())
        .addColumn('content', 'text', (column) => column.notNull())
        .addColumn('severity', 'text', (column) => column.notNull())
        .addColumn('severity_basis', 'text', (column) => column.notNull())
        .addColumn('industry', 'text')
        .addColumn('tags_json', 'text', (column) => column.notNull())
        .addColumn('published_at', 'bigint')
        .addColumn('url', 'text')
        .addColumn('reference', 'text', (column) => column.notNull())
        .addColumn('ingested_at', 'bigint', (column) => column.notNull())
        .addColumn('expires_at', 'bigint', (column) => column.notNull())
        .addPrimaryKeyConstraint('signals_key', ['workspace_id', 'id'])
        .execute();
      for (const [name, columns] of [
        ['signals_by_time', ['workspace_id', 'ingested_at', 'id']],
        ['signals_by_severity', ['workspace_id', 'severity', 'ingested_at', 'id']],
        ['signals_by_expiry', ['workspace_id', 'expires_at']],
      ] as const) {
        await db.schema
          .createIndex(name)
          .on('signals')
          .columns([...columns])
          .execute();
      }
    },
  },
]);
