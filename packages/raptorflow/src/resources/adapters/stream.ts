import type { Readable, Writable } from 'node:stream';
import type { ResourceHandle, ResourceScope } from '../registry/resource.ts';
import type { Tracking } from './tracking.ts';

/** Tracks a stream of Node until it is closed; one that nobody reads to its end never is. Throws as `register` does. */
export function trackStream(
  scope: ResourceScope,
  stream: Readable | Writable,
  tracking: Tracking = {},
): ResourceHandle {
  const handle = scope.register({
    ...tracking,
    type: 'stream',
    dispose: () => void stream.destroy(),
    activity: () => movedIn(stream),
  });
  stream.once('close', () => handle.release());
  return handle;
}

/** Bytes that went through, where the stream counts them as those of files and sockets do; else what waits in it. */
function movedIn(stream: Readable | Writable): number {
  const { bytesRead, bytesWritten, readableLength, writableLength } = stream as Partial<
    Record<'bytesRead' | 'bytesWritten' | 'readableLength' | 'writableLength', number>
  >;
  if (bytesRead !== undefined || bytesWritten !== undefined) return (bytesRead ?? 0) + (bytesWritten ?? 0);
  return (readableLength ?? 0) + (writableLength ?? 0);
}
