import type { FileHandle } from 'node:fs/promises';
import type { ResourceHandle, ResourceScope } from '../registry/resource.ts';
import type { Emitter, Tracking } from './tracking.ts';

/** Tracks an open file until it is closed. Throws as `register` does. */
export function trackFileHandle(
  scope: ResourceScope,
  file: FileHandle,
  tracking: Tracking = {},
): ResourceHandle {
  const handle = scope.register({ ...tracking, type: 'file_handle', dispose: () => file.close() });
  // It is an emitter, which its types do not say.
  (file as FileHandle & Emitter).once('close', () => handle.release());
  return handle;
}
