import { defineMigrations, defineTables, type RoomMigrations, type TableDeclarations } from '../db/index.ts';

/** What one machine measured of itself at one moment; null where it could not. */
export interface RaptorMetricsRow {
  /** Milliseconds since 1970 UTC. */
  timestamp: number;
  /** The machine's name. */
  host: string;
  cpu_percent: number | null;
  memory_percent: number | null;
  memory_used_bytes: number | null;
  swap_used_bytes: number | null;
  load_1m: number | null;
  disk_read_bytes_per_second: number | null;
  disk_write_bytes_per_second: number | null;
  network_received_bytes_per_second: number | null;
  network_sent_bytes_per_second: number | null;
  process_cpu_percent: number | null;
  process_rss_bytes: number | null;
  event_loop_delay_ms: number | null;
  gpu_percent: number | null;
  gpu_memory_percent: number | null;
}

/** The table of host records, which other tools may read. */
export interface HostRecordTables {
  raptor_metrics: RaptorMetricsRow;
}

/** Declarations of the room's table; it belongs to the installation. */
export const hostRecordTables: TableDeclarations = defineTables({ installation: ['raptor_metrics'] });

const measured = [
  'cpu_percent',
  'memory_percent',
  'memory_used_bytes',
  'swap_used_bytes',
  'load_1m',
  'disk_read_bytes_per_second',
  'disk_write_bytes_per_second',
  'network_received_bytes_per_second',
  'network_sent_bytes_per_second',
  'process_cpu_percent',
  'process_rss_bytes',
  'event_loop_delay_ms',
  'gpu_percent',
  'gpu_memory_percent',
] as const satisfies readonly (keyof RaptorMetricsRow)[];

/** The schema of the room. */
export const hostRecordMigrations: RoomMigrations = defineMigrations('host-records', [
  {
    id: '001_raptor_metrics',
    up: async (db) => {
      let table = db.schema
        .createTable('raptor_metrics')
        .addColumn('timestamp', 'bigint', (column) => column.notNull())
        .addColumn('host', 'text', (column) => column.notNull());
      for (const name of measured) table = table.addColumn(name, 'double precision');
      await table.addPrimaryKeyConstraint('raptor_metrics_pk', ['timestamp', 'host']).execute();
    },
  },
]);
