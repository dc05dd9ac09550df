import type { MessagePort } from 'node:worker_threads';
import type { ResourceHandle, ResourceScope } from '../registry/resource.ts';
import type { Tracking } from './tracking.ts';

/** Tracks an end of a message channel until it is closed; both ends close together, so that one of them is enough. Throws as `register` does. */
export function trackMessagePort(
  scope: ResourceScope,
  port: MessagePort,
  tracking: Tracking = {},
): ResourceHandle {
  const handle = scope.register({ ...tracking, type: 'message_channel', dispose: () => port.close() });
  port.once('close', () => handle.release());
  return handle;
}
