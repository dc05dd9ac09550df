import { once } from 'node:events';
import { createServer, connect, type Socket } from 'node:net';

/** A wire between a client and a server that a test can cut or freeze. */
export interface TcpProxy {
  readonly port: number;
  /** Ends every connection; new ones are let through. */
  cut(): void;
  /** From now on nothing passes and nothing is closed, as when a cable is pulled; new connections get no answer either. */
  freeze(): void;
  /** Everything passes again; what was under way while frozen is cut. */
  thaw(): void;
  /** Delays each piece in both directions. */
  delayMs: number;
  /** Ends a connection, new ones too, as soon as its client says this. */
  cutAt: string | undefined;
  stop(): Promise<void>;
}

/** Starts a proxy on a free port of 127.0.0.1 to a port of the same machine. */
export async function startTcpProxy(target: number): Promise<TcpProxy> {
  const sockets = new Set<Socket>();
  let isFrozen = false;
  const proxy: { delayMs: number; cutAt: string | undefined } = { delayMs: 0, cutAt: undefined };
  const pass = (from: Socket, to: Socket): void => {
    from.on('data', (chunk) => {
      if (isFrozen) return;
      if (proxy.delayMs === 0) to.write(chunk);
      else setTimeout(() => to.write(chunk), proxy.delayMs);
    });
    from.on('close', () => {
      sockets.delete(from);
      if (!isFrozen) to.destroy();
    });
    from.on('error', () => undefined);
  };
  const server = createServer((client) => {
    const upstream = connect(target, '127.0.0.1');
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.setNoDelay(true);
    }
    client.on('data', (chunk) => {
      if (proxy.cutAt !== undefined && chunk.includes(proxy.cutAt)) client.destroy();
    });
    pass(client, upstream);
    pass(upstream, client);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const cut = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    get delayMs() {
      return proxy.delayMs;
    },
    set delayMs(value) {
      proxy.delayMs = value;
    },
    get cutAt() {
      return proxy.cutAt;
    },
    set cutAt(value) {
      proxy.cutAt = value;
    },
    cut,
    freeze() {
      isFrozen = true;
    },
    thaw() {
      cut();
      isFrozen = false;
    },
    async stop() {
      isFrozen = false;
      cut();
      server.close();
      await once(server, 'close');
    },
  };
}
