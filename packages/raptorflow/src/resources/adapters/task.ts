import type { ResourceScope } from '../registry/resource.ts';
import type { Tracking } from './tracking.ts';

/**
 * Runs a piece of work that is a resource until it settles, and answers what it does. Closing it aborts its signal and waits until it has ended. Throws as
 * `register` does.
 */
export async function runTracked<T>(
  scope: ResourceScope,
  work: (signal: AbortSignal) => Promise<T> | T,
  tracking: Tracking = {},
): Promise<T> {
  const controller = new AbortController();
  const over = Promise.withResolvers<void>();
  const handle = scope.register({
    ...tracking,
    type: 'async_task',
    dispose: () => {
      controller.abort();
      return over.promise;
    },
  });
  try {
    return await work(controller.signal);
  } finally {
    handle.release();
    over.resolve();
  }
}
