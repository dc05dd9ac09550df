/** What the program itself has open, beside what it opens for runs and workspaces. */
import { RaptorFlowError, toRaptorFlowError, type Logger } from 'raptorflow/kernel';
import {
  trackConnections,
  type RegisterOptions,
  type ResourceHandle,
  type Resources,
  type ResourceScope,
  type WatchedConnections,
} from 'raptorflow/resources';
import type { ConnectionWatch } from 'raptorflow/storage';

/** Where the program registers its own. What cannot be registered – the registry is full, or stopped before the stores are – is used all the same. */
export interface OwnResources {
  /** For what is taken and given back: kept for long it is a leak, as it is anywhere. */
  readonly taken: ResourceScope;
  /** For what lives as long as the program or its peer: it is in use while it is open, so it is no leak, and only a forced cleanup closes it. */
  readonly lasting: ResourceScope;
  /** For the connections to Redis of a part of the program. They are in use until it has ended. */
  readonly connections: (owner: string) => ConnectionWatch;
  /** Says that a part has stopped. Connections that it has left open are told in the log, and leaks from now on. */
  ended(owner: string): void;
}

/** Builds it over the registry of the process. */
export function ownResources(
  resources: ResourceScope & Pick<Resources, 'ended' | 'list'>,
  log: Logger,
): OwnResources {
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
  const taken = { trees: resources.trees, register };
  const parts = new Map<string, WatchedConnections>();
  return {
    taken,
    lasting: {
      trees: resources.trees,
      register: (options) => register({ ...options, activity, lifetimeMsMax: Number.POSITIVE_INFINITY }),
    },
    connections(owner) {
      const ended = resources.ended.bind(resources);
      const part = parts.get(owner) ?? trackConnections({ ...taken, ended }, { owner });
      parts.set(owner, part);
      return part.onConnection;
    },
    ended(owner) {
      parts.get(owner)?.ended();
      const left = parts.has(owner) ? resources.list({ owner, type: 'database_connection' }) : [];
      if (left.length === 0) return;
      const sites = left.map(({ callSite }) => callSite);
      log.warn('A part of the program has stopped and left connections open.', { owner, sites });
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
