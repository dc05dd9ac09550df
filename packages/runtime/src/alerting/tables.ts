import { defineMigrations, defineTables, type RoomMigrations, type TableDeclarations } from '../db/index.ts';

/** Rows of the alerting room. They belong to the installation: the service of alerts keeps workspaces apart. */
export interface AlertTables {
  /** One row: which process looks after alerts. */
  alert_duty: {
    place: number;
    /** Empty when nobody does. */
    holder: string;
    address: string;
    /** Grows with every sign of life. */
    beat: number;
  };
  alert_records: {
    kind: string;
    key: string;
    /** JSON. */
    body: string;
    /** Of deliveries, when they were made; orders them. */
    created_at: number | null;
    /** 1 for deliveries to which nothing happens any more. */
    is_over: number;
  };
  alert_transitions: {
    /** Counts upwards in the order of arrival. */
    place: number;
    id: string;
    at: number;
    workspace_id: string | null;
    rule: string;
    alert_id: string;
    to_state: string;
    /** JSON. */
    body: string;
  };
}

/** Declarations of the room's tables. */
export const alertTables: TableDeclarations = defineTables({
  installation: ['alert_duty', 'alert_records', 'alert_transitions'],
});

/** The schema of the room. */
export const alertMigrations: RoomMigrations = defineMigrations('alerting', [
  {
    id: '001_alerts',
    up: async (db) => {
      await db.schema
        .createTable('alert_records')
        .addColumn('kind', 'text', (column) => column.notNull())
        .addColumn('key', 'text', (column) => column.notNull())
        .addColumn('body', 'text', (column) => column.notNull())
        .addColumn('created_at', 'double precision')
        .addColumn('is_over', 'integer', (column) => column.notNull())
        .addPrimaryKeyConstraint('alert_records_pk', ['kind', 'key'])
        .execute();
      await db.schema
        .createIndex('alert_records_by_age')
        .on('alert_records')
        .columns(['kind', 'is_over', 'created_at'])
        .execute();
      await db.schema
        .createTable('alert_transitions')
        .addColumn('place', 'bigint', (column) => column.primaryKey())
        .addColumn('id', 'text', (column) => column.notNull().unique())
        .addColumn('at', 'double precision', (column) => column.notNull())
        .addColumn('workspace_id', 'text')
        .addColumn('rule', 'text', (column) => column.notNull())
        .addColumn('alert_id', 'text', (column) => column.notNull())
        .addColumn('to_state', 'text', (column) => column.notNull())
        .addColumn('body', 'text', (column) => column.notNull())
        .execute();
      for (const columns of [
        ['at', 'place'],
        ['workspace_id', 'at'],
        ['alert_id', 'at'],
      ]) {
        await db.schema
          .createIndex(`alert_transitions_by_${columns[0]}`)
          .on('alert_transitions')
          .columns(columns)
          .execute();
      }
    },
  },
  {
    id: '002_duty',
    up: async (db) => {
      await db.schema
        .createTable('alert_duty')
        .addColumn('place', 'integer', (column) => column.primaryKey())
        .addColumn('holder', 'text', (column) => column.notNull())
        .addColumn('address', 'text', (column) => column.notNull())
        .addColumn('beat', 'bigint', (column) => column.notNull())
        .execute();
    },
  },
]);
