import {
  defineMigrations,
  defineTables,
  type RoomMigrations,
  type TableDeclarations,
  type WorkspaceColumn,
} from '../db/index.ts';

/** The tables of the cache of answers. */
export interface CacheTables {
  response_cache: {
    workspace_id: WorkspaceColumn;
    /** SHA-256 of provider and request, hexadecimal. */
    key: string;
    model: string;
    answer: string;
    bytes: number;
    created_at_ms: number;
    expires_at_ms: number;
  };
}

/** Declarations of this room's tables. */
export const responseCacheTables: TableDeclarations = defineTables({ tenant: ['response_cache'] });

/** Schema of this room. */
export const responseCacheMigrations: RoomMigrations = defineMigrations('response_cache', [
  {
    id: '001_response_cache',
    async up(db) {
      await db.schema
        .createTable('response_cache')
        .addColumn('workspace_id', 'text', (column) => column.notNull())
        .addColumn('key', 'text', (column) => column.notNull())
        .addColumn('model', 'text', (column) => column.notNull())
        .addColumn('answer', 'text', (column) => column.notNull())
        .addColumn('bytes', 'bigint', (column) => column.notNull())
        .addColumn('created_at_ms', 'bigint', (column) => column.notNull())
        .addColumn('expires_at_ms', 'bigint', (column) => column.notNull())
        .addPrimaryKeyConstraint('response_cache_pk', ['workspace_id', 'key'])
        .execute();
      await db.schema
        .createIndex('response_cache_by_age')
        .on('response_cache')
        .columns(['workspace_id', 'created_at_ms'])
        .execute();
    },
  },
]);
