import type { ResourceHandle, ResourceScope } from '../registry/resource.ts';
import type { Emitter, Tracking } from './tracking.ts';

/** What is used of a connection of ioredis. */
export interface RedisConnection extends Emitter {
  readonly status: string;
  disconnect(reconnect?: boolean): void;
  readonly stream?: { readonly bytesRead?: number; readonly bytesWritten?: number } | null;
}

/** Tracks a connection of ioredis until it has ended for good; reconnecting does not count as an end. Bytes in either direction count as use. Throws as `register` does. */
export function trackRedis(
  scope: ResourceScope,
  redis: RedisConnection,
  tracking: Tracking = {},
): ResourceHandle {
  const handle = scope.register({
    ...tracking,
    type: 'database_connection',
    dispose: () => redis.disconnect(),
    activity: () => (redis.stream?.bytesRead ?? 0) + (redis.stream?.bytesWritten ?? 0),
  });
  if (redis.status === 'end') handle.release();
  else redis.once('end', () => handle.release());
  return handle;
}
