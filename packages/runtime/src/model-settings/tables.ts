import {
  defineMigrations,
  defineTables,
  type RoomMigrations,
  type TableDeclarations,
  type WorkspaceColumn,
} from '../db/index.ts';

/** Rows of the model settings. */
export interface ModelSettingsTables {
  /** One row of a workspace holds all of its aliases: they may stand for each other, so they are read, judged and written as one. */
  model_settings: {
    workspace_id: WorkspaceColumn;
    /** JSON object: by alias, what it stands for and what stands in for that. */
    aliases: string;
    /** Counts changes; a change made from an older version is not written. */
    version: number;
    updated_at: number;
  };
}

/** The settings of a workspace are reached through its own handle. */
export const modelSettingsTables: TableDeclarations = defineTables({ tenant: ['model_settings'] });

/** The schema of the room. */
export const modelSettingsMigrations: RoomMigrations = defineMigrations('model-settings', [
  {
    id: '001_model_settings',
    up: async (db) => {
      await db.schema
        .createTable('model_settings')
        .addColumn('workspace_id', 'text', (column) => column.primaryKey())
        .addColumn('aliases', 'text', (column) => column.notNull())
        .addColumn('version', 'bigint', (column) => column.notNull())
        .addColumn('updated_at', 'bigint', (column) => column.notNull())
        .execute();
    },
  },
]);
