export { createHostRecords } from './host-records.ts';
export type { HostRecords, HostRecordsOptions, HostRecordsQuery } from './host-records.ts';
export { hostRecordMigrations, hostRecordTables } from './tables.ts';
export type { HostRecordTables, RaptorMetricsRow } from './tables.ts';
