export { createAlertDuty } from './alert-duty.ts';
export type { AlertDuty, AlertDutyDeps, DutyActions, DutyStatus } from './alert-duty.ts';
export { forgetAlertHistory, relationalAlertStore } from './relational-alert-store.ts';
export { alertMigrations, alertTables } from './tables.ts';
export type { AlertTables } from './tables.ts';
