import { once } from 'node:events';
import type { Server, Socket } from 'node:net';
import type { ResourceHandle, ResourceScope } from '../registry/resource.ts';
import type { Tracking } from './tracking.ts';

/** Tracks a connection, TCP, TLS or pipe, until it is closed. Bytes in either direction count as use. Throws as `register` does. */
export function trackSocket(scope: ResourceScope, socket: Socket, tracking: Tracking = {}): ResourceHandle {
  const handle = scope.register({
    ...tracking,
    type: 'network_connection',
    dispose: () => closed(socket, () => socket.destroy()),
    activity: () => socket.bytesRead + socket.bytesWritten,
  });
  socket.once('close', () => handle.release());
  return handle;
}

/** Tracks a server until it is closed. New connections count as use. Closing it ends the connections that it has. Throws as `register` does. */
export function trackServer(scope: ResourceScope, server: Server, tracking: Tracking = {}): ResourceHandle {
  let accepted = 0;
  const open = new Set<Socket>();
  const onConnection = (socket: Socket): void => {
    accepted += 1;
    open.add(socket);
    socket.once('close', () => open.delete(socket));
  };
  const handle = scope.register({
    ...tracking,
    type: 'server',
    activity: () => accepted,
    dispose: async () => {
      if (!server.listening) return;
      const gone = once(server, 'close');
      server.close();
      for (const socket of open) socket.destroy();
      await gone;
    },
  });
  server.on('connection', onConnection);
  server.once('close', () => {
    server.removeListener('connection', onConnection);
    handle.release();
  });
  return handle;
}

/** Waits until something that was open has told that it is closed. */
async function closed(socket: Socket, close: () => void): Promise<void> {
  if (socket.closed) return;
  const gone = new Promise<void>((resolve) => {
    socket.once('close', () => resolve());
  });
  close();
  await gone;
}
