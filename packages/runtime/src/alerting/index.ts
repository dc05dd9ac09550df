export { relationalAlertStore } from './relational-alert-store.ts';
export { alertMigrations, alertTables } from './tables.ts';
export type { AlertTables } from './tables.ts';
