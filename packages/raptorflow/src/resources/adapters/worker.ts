import type { Worker } from 'node:worker_threads';
import type { ResourceHandle, ResourceScope } from '../registry/resource.ts';
import type { Tracking } from './tracking.ts';

/** Tracks a worker thread until it ends. Work of its event loop counts as use. Closing it terminates it. Throws as `register` does. */
export function trackWorker(scope: ResourceScope, worker: Worker, tracking: Tracking = {}): ResourceHandle {
  const handle = scope.register({
    ...tracking,
    type: 'thread',
    dispose: () => worker.terminate().then(() => undefined),
    // Whole milliseconds: an idle thread is woken now and then for nothing.
    activity: () => Math.floor(worker.performance.eventLoopUtilization().active),
  });
  worker.once('exit', () => handle.release());
  return handle;
}
