import type { Service } from '../kernel/index.ts';
import type { Attempt } from './attempt.ts';
import type { Breaker } from './breaker.ts';
import type { DependencyReport } from './dependency-probes.ts';
import type { ExecuteOptions } from './execute-options.ts';
import type { HealthStatus } from './health-status.ts';
import type { HealthReason } from './health.ts';
import type { CircuitState, MetricsSummary } from './metrics-summary.ts';
import type { ErrorGroup, RecentError } from './recent-errors.ts';
import type { GpuStats, NoFigures, SystemStats } from './system-figures.ts';
import type { TrackedScope } from './tracked-scope.ts';

/** One call's own settings; what is absent is the periscope's. */
export interface PeriscopeCallOptions<T> extends ExecuteOptions {
  /**
   * Answers in the place of a call that failed for good. The call still counts as failed, and as answered by a fallback. What this
   * throws or rejects with is what the caller gets.
   */
  readonly fallback?: (error: unknown) => T | Promise<T>;
  /**
   * Calls of one operation with the same key share one run, in this process: those that come while it is under way get its outcome, and those that
   * come up to `limits.idempotencyMs` after it has succeeded get its result. A failure is shared by those who waited for it, and then forgotten, so that the
   * next call runs again. The run is made with the options of the call that began it; another caller's signal ends that caller's
   * waiting only. At `limits.idempotencyKeysMax` keys the oldest result is forgotten before its time; when all are still under
   * way, a further key is refused with `exhausted`.
   */
  readonly idempotencyKey?: string;
}

/** What `health` answers. */
export interface HealthReport {
  /** The worst of all reasons. */
  readonly status: HealthStatus;
  /** Why, the worst first; empty while healthy. */
  readonly alerts: readonly HealthReason[];
  readonly metrics: MetricsSummary;
  /** The circuit in the worst state: isolated, open, half-open, closed; `disabled` while there is none. */
  readonly circuitBreaker: {
    readonly state: CircuitState;
    /** Failures in a row that a closed circuit has seen; 0 in other states. */
    readonly failureCount: number;
  };
  readonly deadLetterQueueSize: number;
  /** Of every operation, with the reasons that are about it or a circuit that it asks. */
  readonly operations: ReadonlyArray<{
    readonly operation: string;
    readonly status: HealthStatus;
    readonly alerts: readonly HealthReason[];
  }>;
  /** How the dependencies answered; empty unless asked with `deep`. */
  readonly dependencies: readonly DependencyReport[];
  /** RFC 3339. */
  readonly timestamp: string;
}

/** Everything at once. */
export interface ComprehensiveHealth {
  readonly periscope: HealthReport;
  readonly monitoring: MetricsSummary;
  readonly system: SystemStats | NoFigures;
  readonly gpu: GpuStats | NoFigures;
  /** The last ten. */
  readonly recentErrors: readonly RecentError[];
  readonly errorGroups: readonly ErrorGroup[];
  readonly deadLetterQueueSize: number;
  /** RFC 3339. */
  readonly timestamp: string;
}

/**
 * Runs anything so that failure is contained and visible. Calls work before `start` and after `stop`, which only begin and end the reports of
 * `reportEverySeconds`.
 */
export interface Periscope<Letter = unknown> extends Service {
  /**
   * Calls `fn`, at most once for each attempt that retries, their budget, the deadline, the bulkhead and the circuit allow. Rejects with the last
   * failure itself; with `timeout`, `cancelled`, `exhausted` (bulkhead or idempotency keys), or `circuit_open` (at once, with the
   * time to the next probe; its cause is the failure before it, if this call made an attempt).
   */
  execute<T>(
    operationName: string,
    fn: (attempt: Attempt) => Promise<T>,
    options?: PeriscopeCallOptions<T>,
  ): Promise<T>;
  /** The same as `execute`. */
  executeWithRetry<T>(
    operationName: string,
    fn: (attempt: Attempt) => Promise<T>,
    options?: PeriscopeCallOptions<T>,
  ): Promise<T>;
  /** `fn`, executed with every call. Its operation has the name of the function unless one is given; throws `invalid_options` without both. */
  wrap<Args extends unknown[], T>(
    fn: (...args: Args) => Promise<T>,
    operationName?: string,
    options?: PeriscopeCallOptions<T>,
  ): (...args: Args) => Promise<T>;
  /** Code that counts as one call, as `await using scope = periscope.track('import')`. Throws `circuit_open`. */
  track(operationName: string): TrackedScope;
  /** The circuit of this name, made closed if there is none yet: to isolate or reset it, or to read its state. */
  breaker(name: string): Breaker;
  /** Never rejects because of what it asks: a source that fails becomes a reason. With `deep`, dependencies are asked, at most once a second. */
  health(query?: { readonly deep?: boolean }): Promise<HealthReport>;
  getMetricsSummary(): MetricsSummary;
  getSystemStats(): Promise<SystemStats | NoFigures>;
  getGpuStats(): Promise<GpuStats | NoFigures>;
  /** Newest first; by default all that are kept. */
  getRecentErrors(limit?: number): readonly RecentError[];
  /** The same errors by fingerprint, the most frequent first. */
  getErrorGroups(limit?: number): readonly ErrorGroup[];
  /** Newest first, by default 100. Rejects with what the bus rejects with. */
  getDeadLetterQueue(limit?: number): Promise<readonly Letter[]>;
  getComprehensiveHealth(): Promise<ComprehensiveHealth>;
  /** The figures of all operations in Prometheus' text format. */
  exportPrometheusMetrics(): Promise<string>;
  /** Writes a summary for a person, in colours if the output is a terminal. */
  logMetrics(): Promise<void>;
  /** Sets figures, recent errors and health back to nothing done. Circuits keep their state, and a meter its counts. */
  resetMetrics(): void;
}
