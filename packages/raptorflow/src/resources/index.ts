export {
  trackBrowser,
  trackBrowserContext,
  trackBrowserPage,
  type Browser,
  type BrowserContext,
  type BrowserPage,
} from './adapters/browser.ts';
export { spawnTracked, trackChildProcess, type TrackedChild } from './adapters/child-process.ts';
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
