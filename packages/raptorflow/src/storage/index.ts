export type { ConnectionWatch, OpenedConnection } from './connection-watch.ts';
export { connectionWatchSchema } from './connection-watch.ts';
export { lockDirectory, type DirectoryLock, type DirectoryLockOptions } from './directory-lock.ts';
export { makeDirectory } from './make-directory.ts';
export { migrateSqlite } from './migration.ts';
export type {
  Operation,
  Program,
  ProgramContext,
  ProgramModule,
  SqliteMigration,
  SqliteMigrations,
} from './program.ts';
export {
  openRedisLink,
  redisLinkShape,
  type RedisCommand,
  type RedisLink,
  type RedisLinkOptions,
} from './redis-link.ts';
export type { Durability, SqliteLimits, SqliteOptions } from './sqlite-options.ts';
export {
  openSqlite,
  type BeginOptions,
  type CallOptions,
  type SqliteDependencies,
  type SqliteStore,
  type SqliteTransaction,
} from './sqlite-store.ts';
export { SqliteTables, type SqlitePlace, type SqliteTablesOptions } from './sqlite-tables.ts';
export { createSqliteThread, type SqliteThread } from './sqlite-thread.ts';
