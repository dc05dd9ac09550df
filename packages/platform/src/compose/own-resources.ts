/** What the program itself has open, beside what it opens for runs and workspaces. */
import { RaptorFlowError, toRaptorFlowError, type Logger } from 'raptorflow/kernel';
import type { RegisterOptions, ResourceHandle, ResourceScope } from 'raptorflow/resources';

/** Where the program registers its own. What cannot be registered – the registry is full, or stopped before the stores are – is used all the same. */
export interface OwnResources {
  /** For what is taken and given back: kept for long it is a leak, as it is anywhere. */
  readonly taken: ResourceScope;
  /** For what lives as long as the program or its peer: it is in use while it is open, so it is no leak, and only a forced cleanup closes it. */
  readonly lasting: ResourceScope;
}

/** Builds it over the registry of the process. */
export function ownResources(resources: ResourceScope, log: Logger): OwnResources {
  let missed = 0;
  let looks = 0;
  const register = (options: RegisterOptions): ResourceHandle => {
    try {
      return resources.register(options);
    } catch (error) {
      missed += 1;
      if (missed === 1) log.debug('Something of the program itself is not registered.', { error });
      return new Unregistered(toRaptorFlowError(error));
    }
  };
  // A figure that always changes: it is used whenever somebody looks.
  const activity = (): number => (looks += 1);
  return {
    taken: { trees: resources.trees, register },
    lasting: {
      trees: resources.trees,
      register: (options) => register({ ...options, activity, lifetimeMsMax: Number.POSITIVE_INFINITY }),
    },
  };
}

/** The handle of what is not in the registry. */
class Unregistered implements ResourceHandle {
  readonly id = '';
  readonly #why: RaptorFlowError;

  constructor(why: RaptorFlowError) {
    this.#why = why;
  }

  touch(): void {}
  resize(): void {}
  release(): void {}

  [Symbol.asyncDispose](): Promise<void> {
    return Promise.reject(
      new RaptorFlowError('unavailable', 'This was never registered, so nothing here closes it.', {
        cause: this.#why,
      }),
    );
  }
}
