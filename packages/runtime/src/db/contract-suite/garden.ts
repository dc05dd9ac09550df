import {
  defineMigrations,
  defineTables,
  type RoomMigrations,
  type TableDeclarations,
  type WorkspaceColumn,
} from '../index.ts';

/** Tables that the suites of the relational core work on: beds and plants of workspaces, kinds for everybody, keys for nobody. */
export interface GardenTables {
  beds: { workspace_id: WorkspaceColumn; id: string; name: string; size: number };
  plants: { workspace_id: WorkspaceColumn; id: string; bed_id: string; height: number };
  kinds: { id: string; name: string };
  keys: { id: string };
  /** The key names no workspace, as a careless schema might have it. */
  tags: { id: string; workspace_id: WorkspaceColumn; label: string };
}

/** Who may reach them. */
const gardenTables: TableDeclarations = defineTables({
  tenant: ['beds', 'plants', 'tags'],
  shared: ['kinds'],
  installation: ['keys'],
});

/** How they are made. */
const gardenMigrations: RoomMigrations = defineMigrations('garden', [
  {
    id: '001_garden',
    async up(db) {
      await db.schema
        .createTable('beds')
        .addColumn('workspace_id', 'text', (column) => column.notNull())
        .addColumn('id', 'text', (column) => column.notNull())
        .addColumn('name', 'text', (column) => column.notNull())
        .addColumn('size', 'bigint', (column) => column.notNull())
        .addPrimaryKeyConstraint('beds_pk', ['workspace_id', 'id'])
        .execute();
      await db.schema
        .createTable('plants')
        .addColumn('workspace_id', 'text', (column) => column.notNull())
        .addColumn('id', 'text', (column) => column.notNull())
        .addColumn('bed_id', 'text', (column) => column.notNull())
        .addColumn('height', 'bigint', (column) => column.notNull())
        .addPrimaryKeyConstraint('plants_pk', ['workspace_id', 'id'])
        .execute();
      await db.schema
        .createTable('tags')
        .addColumn('id', 'text', (column) => column.primaryKey())
        .addColumn('workspace_id', 'text', (column) => column.notNull())
        .addColumn('label', 'text', (column) => column.notNull())
        .execute();
    },
  },
  {
    id: '002_kinds',
    async up(db) {
      await db.schema
        .createTable('kinds')
        .addColumn('id', 'text', (column) => column.primaryKey())
        .addColumn('name', 'text', (column) => column.notNull())
        .execute();
      await db.schema
        .createTable('keys')
        .addColumn('id', 'text', (column) => column.primaryKey())
        .execute();
    },
  },
]);

/** Both, as `openDatabase` takes them. */
export const garden: { tables: TableDeclarations[]; migrations: RoomMigrations[] } = {
  tables: [gardenTables],
  migrations: [gardenMigrations],
};
