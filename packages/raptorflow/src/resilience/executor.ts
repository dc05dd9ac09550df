import type { Clock, Random } from '../kernel/index.ts';
import type { Meter } from '../metrics/index.ts';
import type { Attempt } from './attempt.ts';
import type { Breaker, BreakerChange } from './breaker.ts';
import { Engine } from './engine.ts';
import { engineSettings, type ExecutorOptions } from './engine-settings.ts';
import type { ExecuteOptions } from './execute-options.ts';

/** What an executor needs from outside. */
export interface ExecutorDeps {
  readonly clock?: Clock;
  readonly random?: Random;
  readonly meter?: Meter;
  /** Told of every change of a breaker's state; must not throw. */
  readonly onBreakerChange?: (change: BreakerChange) => void;
}

/** Runs operations so that a failure is repeated where that makes sense, bounded in time, and kept from spreading. */
export interface Executor {
  /**
   * Calls `fn`, at most once for each attempt that retries, deadline and breaker allow.
   * Rejects with the last failure itself; with `timeout`, `cancelled`, `exhausted` (the bulkhead and its queue are full), or
   * `circuit_open` (at once; its cause is the failure before it, if this call made an attempt).
   */
  execute<T>(operation: string, fn: (attempt: Attempt) => Promise<T>, options?: ExecuteOptions): Promise<T>;
  /** The breaker of this name, made closed if there is none yet. */
  breaker(name: string): Breaker;
  /** All breakers there are. */
  breakers(): Breaker[];
}

/** Builds an executor. Throws `invalid_options`. */
export function createExecutor(options: ExecutorOptions = {}, deps: ExecutorDeps = {}): Executor {
  const engine = new Engine(engineSettings('createExecutor', options), deps);
  return Object.freeze({
    execute: (operation, fn, given) => engine.execute(operation, fn, given),
    breaker: (name) => engine.breaker(name),
    breakers: () => engine.breakers(),
  } satisfies Executor);
}
