import { createHash } from 'node:crypto';
import { createServer as createHttpServer } from 'node:http';
import { createServer, type AddressInfo, type Server } from 'node:net';

/** Servers that the kinds of leaks connect to. */
export interface Ground {
  /** Sends back what it gets. */
  readonly echoPort: number;
  /** Answers with a body of two megabytes, and takes WebSockets. */
  readonly httpPort: number;
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  server.unref();
  return (server.address() as AddressInfo).port;
}

/** Starts them in this process; they keep it not running. */
export async function startGround(): Promise<Ground> {
  const echo = createServer((socket) => socket.on('error', () => undefined).pipe(socket));
  const http = createHttpServer((_request, response) => {
    response.on('error', () => undefined).end(Buffer.alloc(2 ** 21));
  });
  http.on('upgrade', (request, socket) => {
    const key = String(request.headers['sec-websocket-key']);
    const accept = createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
    const lines = [
      'HTTP/1.1 101 Switching Protocols',
      'Upgrade: websocket',
      'Connection: Upgrade',
      `Sec-WebSocket-Accept: ${accept}`,
    ];
    socket.on('error', () => undefined).write(`${lines.join('\r\n')}\r\n\r\n`);
    // A farewell is answered with a farewell.
    socket.on('data', (frame: Buffer) => {
      if (((frame[0] ?? 0) & 0x0f) === 8) socket.end(Buffer.from([0x88, 0]));
    });
  });
  return { echoPort: await listen(echo), httpPort: await listen(http) };
}
