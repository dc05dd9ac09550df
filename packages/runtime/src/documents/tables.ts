import { defineMigrations, defineTables, type RoomMigrations, type TableDeclarations } from '../db/index.ts';

/** Rows of the documents room. */
export interface DocumentTables {
  documents: {
    id: string;
    workspace_id: string;
    title: string;
    media_type: string;
    text: string;
    size_bytes: number;
    character_count: number;
    /** Of the text in UTF-8, hexadecimal. */
    sha256: string;
    created_by: string | null;
    created_at: number;
  };
  campaign_documents: {
    workspace_id: string;
    campaign_id: string;
    document_id: string;
    /** The order in which they were attached. */
    position: number;
  };
}

/** Documents belong to their workspace. */
export const documentTables: TableDeclarations = defineTables({
  tenant: ['campaign_documents', 'documents'],
});

/** The schema of the documents room. */
export const documentMigrations: RoomMigrations = defineMigrations('documents', [
  {
    id: '001_documents',
    up: async (db) => {
      await db.schema
        .createTable('documents')
        .addColumn('id', 'text', (column) => column.primaryKey())
        .addColumn('workspace_id', 'text', (column) => column.notNull())
        .addColumn('title', 'text', (column) => column.notNull())
        .addColumn('media_type', 'text', (column) => column.notNull())
        .addColumn('text', 'text', (column) => column.notNull())
        .addColumn('size_bytes', 'bigint', (column) => column.notNull())
        .addColumn('character_count', 'bigint', (column) => column.notNull())
        .addColumn('sha256', 'text', (column) => column.notNull())
        .addColumn('created_by', 'text')
        .addColumn('created_at', 'bigint', (column) => column.notNull())
        .addUniqueConstraint('documents_by_content', ['workspace_id', 'sha256', 'title', 'media_type'])
        .execute();
      await db.schema
        .createTable('campaign_documents')
        .addColumn('workspace_id', 'text', (column) => column.notNull())
        .addColumn('campaign_id', 'text', (column) => column.notNull())
        .addColumn('document_id', 'text', (column) => column.notNull())
        .addColumn('position', 'bigint', (column) => column.notNull())
        .addPrimaryKeyConstraint('campaign_documents_key', ['workspace_id', 'campaign_id', 'document_id'])
        .execute();
      await db.schema
        .createIndex('campaign_documents_by_document')
        .on('campaign_documents')
        .columns(['workspace_id', 'document_id'])
        .execute();
    },
  },
]);
