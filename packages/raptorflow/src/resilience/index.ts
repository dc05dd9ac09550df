export type { Attempt } from './attempt.ts';
export { exponentialBackoff, type Backoff, type BackoffOptions } from './backoff.ts';
export {
  createBreaker,
  type Breaker,
  type BreakerChange,
  type BreakerDeps,
  type BreakerOptions,
  type BreakerPermit,
  type BreakerState,
  type BreakerStateKind,
  type BreakerWindowOptions,
} from './breaker.ts';
export type { BulkheadOptions } from './bulkhead.ts';
export { classify, parseRetryAfter, type Classification } from './classification.ts';
export { createPeriscope } from './create-periscope.ts';
export type { Dependency, DependencyReport } from './dependency-probes.ts';
export type { ExecutorOptions } from './engine-settings.ts';
export type { ExecuteOptions } from './execute-options.ts';
export { createExecutor, type Executor, type ExecutorDeps } from './executor.ts';
export type { HealthStatus } from './health-status.ts';
export type { HealthOptions, HealthReason, HealthReasonCode } from './health.ts';
export type {
  CircuitState,
  CircuitSummary,
  LatencySummary,
  MetricsSummary,
  OperationSummary,
  ThreatCounters,
} from './metrics-summary.ts';
export type {
  DeadLetterSource,
  PeriscopeDeps,
  PeriscopeLimits,
  PeriscopeOptions,
} from './periscope-options.ts';
export type { ComprehensiveHealth, HealthReport, Periscope, PeriscopeCallOptions } from './periscope.ts';
export type { ErrorGroup, RecentError } from './recent-errors.ts';
export type { RetryBudgetOptions } from './retry-budget.ts';
export { retry, type RetryNotice, type RetryOptions } from './retry.ts';
export type { GpuFigures, GpuStats, NoFigures, SystemStats } from './system-figures.ts';
export type { SummaryOutput } from './terminal-summary.ts';
export type { TrackedScope } from './tracked-scope.ts';
