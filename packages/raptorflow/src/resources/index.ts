export {
  defineCleanupAction,
  type CleanupAction,
  type CleanupActions,
  type CleanupContext,
  type CleanupEffect,
} from './cleanup/action.ts';
export { createCleanupScheduler, type CleanupSchedulerDeps } from './cleanup/create-cleanup-scheduler.ts';
export { defaultCleanupTasks } from './cleanup/default-tasks.ts';
export type { CleanupSchedulerOptions } from './cleanup/options.ts';
export type { CleanupPorts, EventSubscriber, HealthReader, MetricReader } from './cleanup/ports.ts';
export type { CleanupRecord } from './cleanup/record.ts';
export type { CleanupScheduler, CleanupSchedulerReport, CleanupTaskChanges } from './cleanup/scheduler.ts';
export type {
  CleanupResultsPage,
  CleanupResultsQuery,
  CleanupStore,
  CleanupWrite,
  StoredCleanupTask,
} from './cleanup/store.ts';
export { memoryCleanupStore } from './cleanup/stores/memory.ts';
export { redisCleanupStore, type RedisCleanupStoreOptions } from './cleanup/stores/redis.ts';
export { sqliteCleanupStore, type SqliteCleanupStoreOptions } from './cleanup/stores/sqlite.ts';
export type {
  CleanupPriority,
  CleanupResult,
  CleanupTask,
  CleanupTaskDefinition,
  CleanupTaskDraft,
  CleanupTrigger,
  EventTrigger,
  HealthTrigger,
  ThresholdTrigger,
} from './cleanup/task.ts';
