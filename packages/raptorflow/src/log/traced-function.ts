import { types } from 'node:util';

/** Told of a failed call before its caller is. Must not throw. */
export type OnFailure = (error: unknown, args: readonly unknown[], startedAt: number) => void;

/** What the tracing of one function needs. */
export interface Tracing {
  now(): number;
  readonly onFailure: OnFailure;
}

/** A function of any kind. */
export type Traceable = (this: never, ...args: never[]) => unknown;

/**
 * The same function, watched: a proxy, so that name, length, properties, prototype and what `new` does stay those of the function, also when they
 * change later. It is called with the same `this`, answers the same and throws the same error.
 */
export function traceFunction<F extends Traceable>(fn: F, tracing: Tracing): F {
  return new Proxy(fn, {
    apply(target, self: never, args: never[]) {
      const startedAt = tracing.now();
      const fail = (error: unknown): void => tracing.onFailure(error, args, startedAt);
      let result: unknown;
      try {
        result = Reflect.apply(target, self, args);
      } catch (error) {
        fail(error);
        throw error;
      }
      return watchResult(result, fail);
    },
  });
}

function watchResult(result: unknown, fail: (error: unknown) => void): unknown {
  if (typeof result !== 'object' || result === null) return result;
  if (types.isPromise(result)) return watchPromise(result, fail);
  if (types.isGeneratorObject(result)) return watchGenerator(result as unknown as Steps, fail);
  return result;
}

/*
 * A promise of its own, because a handler on the promise itself would count as handling it: then nobody would be told of a rejection that the
 * caller forgets. Promises that carry more than a value (those of some libraries for child processes and queries) stay as they are.
 */
function watchPromise(promise: Promise<unknown>, fail: (error: unknown) => void): Promise<unknown> {
  if (Object.getPrototypeOf(promise) !== Promise.prototype || Reflect.ownKeys(promise).length > 0)
    return promise;
  return promise.then(undefined, (error: unknown) => {
    fail(error);
    throw error;
  });
}

/** A generator's steps, of both kinds. */
type Steps = Record<'next' | 'return' | 'throw', (value?: unknown) => unknown>;

// The generator itself, with its own steps in the place of those that it inherits: it stays an instance of its function.
function watchGenerator(generator: Steps, fail: (error: unknown) => void): Steps {
  for (const name of ['next', 'return', 'throw'] as const) {
    const step = generator[name];
    const watched = (...values: unknown[]): unknown => {
      try {
        const result: unknown = Reflect.apply(step, generator, values);
        return types.isPromise(result) ? watchPromise(result, fail) : result;
      } catch (error) {
        fail(error);
        throw error;
      }
    };
    Object.defineProperty(generator, name, {
      value: watched,
      writable: true,
      configurable: true,
      enumerable: false,
    });
  }
  return generator;
}
