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
} from './breaker.ts';
export { classify, parseRetryAfter, type Classification } from './classification.ts';
export {
  createExecutor,
  type ExecuteOptions,
  type Executor,
  type ExecutorDeps,
  type ExecutorOptions,
} from './executor.ts';
export { retry, type RetryNotice, type RetryOptions } from './retry.ts';
