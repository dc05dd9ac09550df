import {
  Lifecycle,
  RaptorFlowError,
  silentLogger,
  systemClock,
  type Clock,
  type Logger,
  type Timer,
} from '../kernel/index.ts';
import { cancelledError, type Attempt } from './attempt.ts';
import type { BreakerChange } from './breaker.ts';
import { classify } from './classification.ts';
import { Engine } from './engine.ts';
import { Observatory } from './observatory.ts';
import { periscopeSettings, type PeriscopeDeps, type PeriscopeOptions } from './periscope-options.ts';
import type { Periscope, PeriscopeCallOptions } from './periscope.ts';
import { RecentErrors } from './recent-errors.ts';
import { SharedResults } from './shared-results.ts';
import { trackScope } from './tracked-scope.ts';

/** Builds a periscope. Throws `invalid_options`. */
export function createPeriscope<Letter = unknown>(
  options: PeriscopeOptions = {},
  deps: PeriscopeDeps<Letter> = {},
): Periscope<Letter> {
  const settings = periscopeSettings(options);
  const clock = deps.clock ?? systemClock;
  const errors = new RecentErrors(clock, settings.recentErrorsMax);
  const { operationLog, meter, random, onBreakerChange } = deps;
  const log = (deps.log ?? silentLogger).child('periscope');
  const engine = new Engine(settings.engine, {
    clock,
    random,
    onBreakerChange: (change) => tell(onBreakerChange, change, log),
    ...(settings.observe && {
      meter,
      failedCalls: errors,
      everyCall: operationLog && {
        callEnded: (operation, durationMs, attempts, failure) =>
          operationLog.record({
            operation,
            at: clock.now(),
            durationMs,
            succeeded: failure === undefined,
            attempts,
          }),
      },
    }),
  });
  const observatory = new Observatory<Letter>(engine, errors, settings, deps);
  const calls = callsOf(engine, new SharedResults(clock, settings.idempotency));
  const { reportEverySeconds } = settings;
  const lifecycle =
    reportEverySeconds === undefined
      ? new Lifecycle('The periscope')
      : reporting(observatory, clock, log, reportEverySeconds);
  return Object.freeze({
    ...calls,
    breaker: (name) => engine.breaker(name),
    health: (query) => observatory.health(query?.deep ?? false),
    getMetricsSummary: () => observatory.summary(),
    getSystemStats: () => observatory.system(),
    getGpuStats: () => observatory.gpu(),
    getRecentErrors: (limit = settings.recentErrorsMax) => errors.list(limit),
    getErrorGroups: (limit = settings.recentErrorsMax) => errors.groups(limit),
    getDeadLetterQueue: (limit = 100) => observatory.deadLetters(limit),
    getComprehensiveHealth: () => observatory.comprehensive(),
    exportPrometheusMetrics: () => observatory.prometheus(),
    logMetrics: () => observatory.print(),
    resetMetrics: () => observatory.reset(),
    get state() {
      return lifecycle.state;
    },
    start: () => lifecycle.start(),
    stop: (stopOptions) => lifecycle.stop(stopOptions),
  } satisfies Periscope<Letter>);
}

/** A listener that throws must not decide how a call ends. */
function tell(listener: PeriscopeDeps['onBreakerChange'], change: BreakerChange, log: Logger): void {
  const fields = { circuit: change.name, from: change.from, to: change.to };
  if (change.to === 'open') log.warn(`The circuit "${change.name}" has opened.`, fields);
  else log.info(`The circuit "${change.name}" is ${change.to}.`, fields);
  try {
    listener?.(change);
  } catch (error) {
    log.error('A listener of changes of circuits threw.', { ...fields, error });
  }
}

function callsOf(
  engine: Engine,
  shared: SharedResults,
): Pick<Periscope, 'execute' | 'executeWithRetry' | 'wrap' | 'track'> {
  const execute: Periscope['execute'] = (operation, fn, options) =>
    options === undefined || (options.fallback === undefined && options.idempotencyKey === undefined)
      ? engine.execute(operation, fn, options)
      : executeSpecially(engine, shared, operation, fn, options);
  return {
    execute,
    executeWithRetry: execute,
    wrap(fn, operation = fn.name, options?) {
      if (operation === '') {
        const message = 'wrap needs the name of the operation: give the function a name, or pass one.';
        throw new RaptorFlowError('invalid_options', message);
      }
      return (...args) => execute(operation, () => fn(...args), options);
    },
    track: (operation) =>
      trackScope({
        operation,
        clock: engine.clock,
        record: engine.recordOf(operation),
        breaker: engine.breakerOf(operation),
        judge: (error) => classify(error, engine.clock),
      }),
  };
}

async function executeSpecially<T>(
  engine: Engine,
  shared: SharedResults,
  operation: string,
  fn: (attempt: Attempt) => Promise<T>,
  options: PeriscopeCallOptions<T>,
): Promise<T> {
  const { fallback, idempotencyKey, signal } = options;
  const start = (): Promise<T> => engine.execute(operation, fn, options);
  try {
    if (idempotencyKey === undefined) return await start();
    // The separator can not be confused with a part of the name: names of operations are no JSON.
    const run = shared.run(JSON.stringify([operation, idempotencyKey]), start);
    return await (signal === undefined ? run : untilAborted(run, operation, signal));
  } catch (error) {
    if (fallback === undefined) throw error;
    const record = engine.recordOf(operation);
    if (record) record.fallbacks += 1;
    return fallback(error);
  }
}

/** The outcome of a run, or `cancelled` as soon as this caller's own signal aborts. */
async function untilAborted<T>(
  run: Promise<T>,
  operationName: string,
  callerSignal: AbortSignal,
): Promise<T> {
  const aborted = Promise.withResolvers<never>();
  const onAbort = (): void => aborted.reject(cancelledError({ operationName, callerSignal }));
  if (callerSignal.aborted) onAbort();
  callerSignal.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([run, aborted.promise]);
  } finally {
    callerSignal.removeEventListener('abort', onAbort);
  }
}

function reporting(
  observatory: Observatory<unknown>,
  clock: Clock,
  log: Logger,
  everySeconds: number,
): Lifecycle {
  let timer: Timer | undefined;
  const report = async (): Promise<void> => {
    const { status, alerts, metrics } = await observatory.health(false);
    const { requests, performance, errors } = metrics;
    const fields = {
      status,
      reasons: alerts.map(({ message }) => message),
      requests,
      performance,
      ...errors,
    };
    if (status === 'healthy') log.info('All operations are healthy.', fields);
    else log.warn(`Operations are ${status}.`, fields);
  };
  return new Lifecycle('The periscope', {
    start: () => {
      timer = clock.setInterval(() => void report(), everySeconds * 1_000).unref();
    },
    stop: () => timer?.cancel(),
  });
}
