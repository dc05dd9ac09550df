export {
  trackBrowser,
  trackBrowserContext,
  trackBrowserPage,
  type Browser,
  type BrowserContext,
  type BrowserPage,
} from './adapters/browser.ts';
export { spawnTracked, trackChildProcess, type TrackedChild } from './adapters/child-process.ts';
export { trackConnections, type WatchedConnections } from './adapters/connections.ts';
export { trackedFetch } from './adapters/fetch.ts';
export { trackFileHandle } from './adapters/file-handle.ts';
export { trackListener } from './adapters/listener.ts';
export { trackMessagePort } from './adapters/message-port.ts';
export { trackPgPool, type PgClient, type PgPool } from './adapters/pg-pool.ts';
export { trackRedis, type RedisConnection } from './adapters/redis.ts';
export { trackServer, trackSocket } from './adapters/socket.ts';
export { trackStream } from './adapters/stream.ts';
export { runTracked } from './adapters/task.ts';
export { makeTemporaryDirectory, type TemporaryDirectory } from './adapters/temporary-directory.ts';
export { trackedTimers, type TrackedTimers } from './adapters/timers.ts';
export type { Emitter, Tracking } from './adapters/tracking.ts';
export { trackDispatcher, type UndiciDispatcher } from './adapters/undici.ts';
export { trackWebSocket, type WebSocketLike } from './adapters/web-socket.ts';
export { trackWorker } from './adapters/worker.ts';
export type {
  ActionExecutor,
  Advice,
  AdviceEffort,
  AdvicePriority,
  Application,
  OptimizationType,
  Recommendation,
  RecommendedAction,
} from './analytics/advice/recommendation.ts';
export type { AdviceStore, AppliedAdvice } from './analytics/advice/store.ts';
export { sqliteAdviceStore, type SqliteAdviceStoreOptions } from './analytics/advice/stores/sqlite.ts';
export type {
  Analytics,
  AnalyticsReport,
  KeptPattern,
  SeriesForecast,
  UsageFilter,
} from './analytics/analytics.ts';
export { createAnalytics, type AnalyticsDeps } from './analytics/create-analytics.ts';
export {
  forecastCapacity,
  type CapacityForecast,
  type CapacityForecastOptions,
} from './analytics/forecast/capacity.ts';
export type { Comparison } from './analytics/forecast/choice.ts';
export type { Exhaustion } from './analytics/forecast/exhaustion.ts';
export type { CapacityPoint, ForecastMethodName } from './analytics/forecast/method.ts';
export { historyUsage, type UsageHistory, type UsageMeter } from './analytics/history-usage.ts';
export type { AnalyticsLimits, AnalyticsOptions, AnalyticsWindow } from './analytics/options.ts';
export { detectPatterns, type Detection, type DetectOptions } from './analytics/patterns/detect.ts';
export type { PatternEvidence, PatternKind, Undecided, UsagePattern } from './analytics/patterns/pattern.ts';
export { profileOf, type NotEnoughData, type UsageFigures, type UsageProfile } from './analytics/profile.ts';
export type {
  UsageKind,
  UsagePoint,
  UsageRange,
  UsageReading,
  UsageSeries,
  UsageSource,
} from './analytics/usage.ts';
export { windowOf, type UsageWindow } from './analytics/window.ts';
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
export type { Ending } from './leaks/endings.ts';
export type {
  Leak,
  LeakAccuracy,
  LeakFilter,
  LeakReason,
  Leaks,
  LeakScan,
  LeakSeverity,
  WatchOptions,
} from './leaks/leak.ts';
export type { Lease, LeaseEnding, LeaseOptions, LeaseState } from './leases/lease.ts';
export type { OwnedTree, TreeKeeper } from './leases/owned-tree.ts';
export { createQuotas } from './quotas/create-quotas.ts';
export { defaultQuotas } from './quotas/default-quotas.ts';
export {
  quotaActions,
  quotaKey,
  quotaKinds,
  quotaPeriods,
  quotaScopes,
  type QuotaAction,
  type QuotaChange,
  type QuotaDefinition,
  type QuotaDraft,
  type QuotaKind,
  type QuotaPeriod,
  type QuotaReference,
  type QuotaScope,
  type QuotaSubject,
} from './quotas/definition.ts';
export type { QuotaLimits, QuotasDeps, QuotasOptions, QuotaTimes } from './quotas/options.ts';
export type {
  AcquireOptions,
  QuotaApproval,
  QuotaApprovals,
  QuotaAuditEntry,
  QuotaCheck,
  QuotaCounts,
  QuotaGrant,
  QuotaNotice,
  QuotaReport,
  Quotas,
  QuotaUsage,
  QuotaVerdict,
  QuotaViolations,
} from './quotas/quotas.ts';
export type { QuotaAdjustment, QuotaRecord, QuotaViolation, ViolationQuery } from './quotas/record.ts';
export type { CounterReading, QuotaStore, QuotaStoreHost, Taken, Taking } from './quotas/store.ts';
export { memoryQuotaStore } from './quotas/stores/memory.ts';
export { redisQuotaStore, type RedisQuotaStoreOptions } from './quotas/stores/redis.ts';
export { sqliteQuotaStore, type SqliteQuotaStoreOptions } from './quotas/stores/sqlite.ts';
export { createResources, type ResourcesDeps } from './registry/create-resources.ts';
export type {
  CleanupOptions,
  GrowthOptions,
  LeakOptions,
  LeaseLimits,
  ResourcesOptions,
} from './registry/options.ts';
export type {
  CleanupFailure,
  CleanupReport,
  CleanupRequest,
  CleanupStrategy,
  Dispose,
  KnownResourceType,
  RegisterOptions,
  ResourceFilter,
  ResourceHandle,
  ResourceInfo,
  ResourceScope,
  ResourceStatus,
  ResourceSummary,
  ResourceType,
} from './registry/resource.ts';
export type { Resources } from './registry/resources.ts';
