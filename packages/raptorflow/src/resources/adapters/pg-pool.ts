import type { ResourceHandle, ResourceScope } from '../registry/resource.ts';
import type { Tracking } from './tracking.ts';

/** What is used of a client of pg. */
export interface PgClient {
  release(destroy?: boolean): void;
}

/** What is used of a pool of pg. */
export interface PgPool<Client extends PgClient = PgClient> {
  on(event: 'acquire' | 'remove', listener: (client: Client) => void): unknown;
  on(event: 'release', listener: (error: Error, client: Client) => void): unknown;
  removeListener(event: 'acquire' | 'remove', listener: (client: Client) => void): unknown;
  removeListener(event: 'release', listener: (error: Error, client: Client) => void): unknown;
}

/**
 * Tracks each client of a pool of pg while somebody has taken it; one that is never given back is a leak, and closing it takes it from the pool. Queries tell nothing:
 * who keeps a client for long, touches its handle or says `lifetimeMsMax`. Returns the way to stop.
 */
export function trackPgPool<Client extends PgClient>(
  scope: ResourceScope,
  pool: PgPool<Client>,
  tracking: Tracking = {},
): () => void {
  const handles = new Map<Client, ResourceHandle>();
  const onAcquire = (client: Client): void => {
    const dispose = (): void => client.release(true);
    handles.set(client, scope.register({ ...tracking, type: 'database_connection', dispose }));
  };
  const forget = (client: Client): void => {
    handles.get(client)?.release();
    handles.delete(client);
  };
  const onRelease = (_error: Error, client: Client): void => forget(client);
  pool.on('acquire', onAcquire);
  pool.on('release', onRelease);
  pool.on('remove', forget);
  return () => {
    pool.removeListener('acquire', onAcquire);
    pool.removeListener('release', onRelease);
    pool.removeListener('remove', forget);
    for (const client of handles.keys()) forget(client);
  };
}
