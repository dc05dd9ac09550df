import type { ResourceHandle, ResourceScope } from '../registry/resource.ts';
import type { Tracking } from './tracking.ts';

/** What is used of a dispatcher of undici: its agents, pools and clients tell when they open and close connections. */
export interface UndiciDispatcher {
  on(event: 'connect' | 'disconnect', listener: (origin: URL, targets: readonly object[]) => void): unknown;
  removeListener(
    event: 'connect' | 'disconnect',
    listener: (origin: URL, targets: readonly object[]) => void,
  ): unknown;
}

/**
 * Tracks the connections that a dispatcher of undici opens from now on; closing one destroys it. Returns the way to stop. New connections that cannot be
 * registered are not tracked.
 */
export function trackDispatcher(
  scope: ResourceScope,
  dispatcher: UndiciDispatcher,
  tracking: Tracking = {},
): () => void {
  const handles = new Map<object, ResourceHandle>();
  const onConnect = (origin: URL, targets: readonly object[]): void => {
    const client = targets.at(-1);
    if (client === undefined || handles.has(client)) return;
    const metadata = { origin: String(origin), ...tracking.metadata };
    const dispose = (): unknown => (client as { destroy?(): unknown }).destroy?.();
    handles.set(client, scope.register({ ...tracking, type: 'network_connection', metadata, dispose }));
  };
  const onDisconnect = (_origin: URL, targets: readonly object[]): void => {
    const client = targets.at(-1);
    if (client === undefined) return;
    handles.get(client)?.release();
    handles.delete(client);
  };
  dispatcher.on('connect', onConnect);
  dispatcher.on('disconnect', onDisconnect);
  return () => {
    dispatcher.removeListener('connect', onConnect);
    dispatcher.removeListener('disconnect', onDisconnect);
    for (const handle of handles.values()) handle.release();
    handles.clear();
  };
}
