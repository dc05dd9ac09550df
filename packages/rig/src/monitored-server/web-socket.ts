/** The server's end of a WebSocket, as far as a server that only sends text needs it. */
import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';

/** A connection. */
export interface ServerSocket {
  send(frame: unknown): void;
  /** Says goodbye with a code, as a server does that refuses its caller. */
  close(code: number): void;
  /** Cuts the connection without a word, as a lost network does. */
  cut(): void;
  readonly onceClosed: Promise<void>;
}

const acceptKey = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
const closeOpcode = 8;

/** Completes the handshake with the protocol `raptorflow`. */
export function acceptSocket(request: IncomingMessage, socket: Duplex): ServerSocket {
  const accept = createHash('sha1')
    .update(`${request.headers['sec-websocket-key']}${acceptKey}`)
    .digest('base64');
  socket.write(
    `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\nSec-WebSocket-Protocol: raptorflow\r\n\r\n`,
  );
  socket.on('error', () => undefined);
  // What clients send is of no interest here but for their goodbye.
  socket.on('data', (bytes: Buffer) => {
    if (((bytes[0] ?? 0) & 15) === closeOpcode) socket.end(frameOf(closeOpcode, Buffer.from([3, 232])));
  });
  return {
    send: (frame) => void socket.write(frameOf(1, Buffer.from(JSON.stringify(frame)))),
    close: (code) => void socket.end(frameOf(closeOpcode, Buffer.from([code >> 8, code & 255]))),
    cut: () => void socket.destroy(),
    onceClosed: new Promise((resolve) => socket.once('close', () => resolve())),
  };
}

/** One unmasked frame of at most 65,535 bytes. */
function frameOf(opcode: number, body: Buffer): Buffer {
  const head =
    body.length < 126
      ? Buffer.from([0x80 | opcode, body.length])
      : Buffer.from([0x80 | opcode, 126, body.length >> 8, body.length & 255]);
  return Buffer.concat([head, body]);
}
