export {
  openDatabase,
  type Database,
  type DatabaseDependencies,
  type DatabaseOptions,
  type UnitOfWork,
} from './database.ts';
export {
  type AppendOnlyTable,
  defineMigrations,
  defineTables,
  type DialectName,
  type Migration,
  type RoomMigrations,
  type TableDeclarations,
  type WorkspaceColumn,
} from './declarations.ts';
export type { Connecting } from './engine.ts';
export { fromJsonText, toJsonText } from './json.ts';
export {
  createOutboxRelay,
  type OutboxRelay,
  type OutboxRelayDependencies,
  type OutboxRelayOptions,
  type OutboxStatus,
  type OutboxTarget,
} from './outbox-relay.ts';
export type { Writing } from './writing.ts';
