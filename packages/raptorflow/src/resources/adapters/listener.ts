import type { EventEmitter } from 'node:events';
import type { ResourceHandle, ResourceScope } from '../registry/resource.ts';
import type { Tracking } from './tracking.ts';

/**
 * Adds a listener that is a resource until it is removed, by `handle[Symbol.asyncDispose]()` or from the emitter. Calls of it count as use. Until
 * then the emitter is kept, too. Throws as
 * `register` does.
 */
export function trackListener(
  scope: ResourceScope,
  emitter: EventEmitter,
  event: string | symbol,
  listener: (...args: unknown[]) => void,
  tracking: Tracking = {},
): ResourceHandle {
  let calls = 0;
  const counted = (...args: unknown[]): void => {
    calls += 1;
    listener(...args);
  };
  const handle = scope.register({
    ...tracking,
    type: 'listener',
    dispose: () => void emitter.removeListener(event, counted),
    activity: () => calls,
  });
  const onRemoved = (removed: string | symbol): void => {
    // Of two with the same function, either may have been meant.
    if (removed !== event || emitter.rawListeners(event).includes(counted)) return;
    emitter.removeListener('removeListener', onRemoved);
    handle.release();
  };
  emitter.on(event, counted);
  emitter.on('removeListener', onRemoved);
  // So that whoever has only his own function can remove it as usual.
  Object.defineProperty(counted, 'listener', { value: listener });
  return handle;
}
