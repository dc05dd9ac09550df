import { z } from 'zod';
import { parseOptions, RaptorFlowError, systemClock, type Clock } from '../kernel/index.ts';
import { describeArguments } from './argument-shape.ts';
import { framesOf, headOf, type ExceptionContext } from './exception-text.ts';
import type { RaptorLog } from './log.ts';
import { hookProcessEvents } from './process-hooks.ts';
import { RepeatedFailures } from './repeated-failures.ts';
import { traceFunction, type Traceable } from './traced-function.ts';

/** Options of `createTracer`. */
export interface TracerOptions {
  /** Shows the values of arguments, shortened, instead of their kinds. Default false. */
  readonly showValues?: boolean;
  /** The same failure is counted for so long after it was told. Default 60,000. */
  readonly repeatWindowMs?: number;
  /** Different failures that are remembered. Beyond, the oldest window ends early. Default 1,000. */
  readonly fingerprintsMax?: number;
}

/** What a tracer needs from outside. */
export interface TracerDeps {
  readonly log: Pick<RaptorLog, 'exception' | 'error' | 'warning'>;
  readonly clock?: Clock;
  /** What the present work belongs to, if anything. */
  readonly correlationId?: () => string | undefined;
}

/** What a compiler tells a standard (TC39) decorator of a method, a getter or a setter. */
interface MethodContext {
  readonly kind: string;
  readonly name: string | symbol;
}

/**
 * Logs what fails: the error with its stack, the kinds of the arguments, how long the call took and what it belonged to. An error is told once,
 * however many traced functions it passes through; the same failure (type, function and place) is counted for a minute, then one line says how often
 * it came.
 */
export interface Tracer {
  /**
   * The function, watched: it is called, answers and throws as before, and keeps its name, length, prototype and properties. Functions that answer
   * promises and generators of both kinds are watched until they end. A promise that is no plain one (of a subclass, or with properties of its own)
   * is passed on unwatched. Also a decorator of methods, getters and setters: `@tracer.trace`. `name` is what the log calls it.
   *
   * Throws `invalid_input` for what is no function, and as a decorator of anything else.
   */
  trace<F extends Traceable>(fn: F, nameOrContext?: string | MethodContext): F;
  /**
   * Logs uncaught exceptions, unhandled rejections and warnings too, and does not change how the process ends. Returns a function that stops it.
   */
  hookProcess(): () => void;
  /** Tells how often counted failures came, now; to be called at the end. */
  flush(): void;
}

const optionsSchema = z.strictObject({
  showValues: z.boolean().default(false),
  repeatWindowMs: z.int().min(0).max(86_400_000).default(60_000),
  fingerprintsMax: z.int().positive().max(100_000).default(1_000),
});

/** Builds a tracer. Throws `invalid_options`. */
export function createTracer(options: TracerOptions, deps: TracerDeps): Tracer {
  const { showValues, ...limits } = parseOptions('createTracer', optionsSchema, options);
  const clock = deps.clock ?? systemClock;
  const told = new WeakSet();
  const failures = new RepeatedFailures(limits, clock, (title, times) =>
    deps.log.error(
      `RAPTOR EXCEPTION: ${title} came ${times} more times within ${limits.repeatWindowMs / 1_000} s`,
    ),
  );

  const tell = (error: unknown, context: ExceptionContext): void => {
    const title = `${headOf(error).split('\n')[0]}${context.name === undefined ? '' : ` in ${context.name}`}`;
    if (!failures.isNew(fingerprintOf(error, context), title)) return;
    deps.log.exception(error, { ...context, correlationId: context.correlationId ?? correlationOf(deps) });
  };

  const trace = <F extends Traceable>(fn: F, nameOrContext?: string | MethodContext): F => {
    const name = nameOf(fn, nameOrContext);
    return traceFunction(fn, {
      now: () => clock.monotonic(),
      onFailure(error, args, startedAt) {
        if (isTold(told, error)) return;
        tell(error, {
          name,
          durationMs: clock.monotonic() - startedAt,
          arguments: describeArguments(args, showValues),
        });
      },
    });
  };

  return {
    trace,
    hookProcess: () =>
      hookProcessEvents({
        // The end of the process is told in any case, with the stack unless it is in the log already.
        onUncaught: (error, note) =>
          deps.log.exception(error, {
            note,
            stack: !isTold(told, error),
            correlationId: correlationOf(deps),
          }),
        onWarning: (warning) => deps.log.warning(`RAPTOR WARNING: ${headOf(warning)}`),
        onExit: () => failures.endAll(),
      }),
    flush: () => failures.endAll(),
  };
}

// Whether an error was told before; from now on it was.
function isTold(told: WeakSet<object>, error: unknown): boolean {
  if ((typeof error !== 'object' && typeof error !== 'function') || error === null) return false;
  if (told.has(error)) return true;
  told.add(error);
  return false;
}

function nameOf(fn: unknown, nameOrContext: string | MethodContext | undefined): string {
  const isContext = typeof nameOrContext === 'object';
  if (
    typeof fn !== 'function' ||
    (isContext && !['method', 'getter', 'setter'].includes(nameOrContext.kind))
  ) {
    throw new RaptorFlowError(
      'invalid_input',
      'Only functions can be traced, and as a decorator methods, getters and setters.',
    );
  }
  if (isContext) return String(nameOrContext.name);
  return nameOrContext ?? (fn.name === '' ? 'anonymous' : fn.name);
}

// Messages often hold ids, so the place counts; what has no stack is known by what it says.
function fingerprintOf(error: unknown, context: ExceptionContext): string {
  const [place] = framesOf(error);
  const head = headOf(error);
  return [place === undefined ? head : head.split(':')[0], context.name, place].join('\n');
}

function correlationOf(deps: TracerDeps): string | undefined {
  try {
    return deps.correlationId?.();
  } catch {
    return undefined;
  }
}
