import type { ResourceHandle, ResourceScope } from '../registry/resource.ts';
import type { Tracking } from './tracking.ts';

/** What is used of a WebSocket: that of Node, of browsers, or of the package ws. */
export interface WebSocketLike {
  readonly readyState: number;
  addEventListener(event: 'close' | 'message', listener: () => void): void;
  close(): void;
  /** Ends it without a farewell, where that is possible. */
  terminate?(): void;
}

const closedState = 3;

/** Tracks a WebSocket until it is closed. Messages that arrive count as use. Throws as `register` does. */
export function trackWebSocket(
  scope: ResourceScope,
  socket: WebSocketLike,
  tracking: Tracking = {},
): ResourceHandle {
  let messages = 0;
  const handle = scope.register({
    ...tracking,
    type: 'network_connection',
    dispose: () => (socket.terminate ? socket.terminate() : socket.close()),
    activity: () => messages,
  });
  socket.addEventListener('message', () => {
    messages += 1;
  });
  if (socket.readyState === closedState) handle.release();
  else socket.addEventListener('close', () => handle.release());
  return handle;
}
