import { createHash } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

import type { SocketFrame } from '@raptorflow/contract';
import { afterEach, assert, describe, expect, it } from 'vitest';

import { openDashboardSocket, type SocketLike, type SocketStatus, type Timers } from './index.ts';

/** Timers that run only when told to, and a socket end that the test holds. */
function createRig() {
  const timers: { due: number; callback: () => void }[] = [];
  let now = 0;
  const clock: Timers = {
    now: () => now,
    random: () => 1,
    after: (delayMs, callback) => {
      const timer = { due: now + delayMs, callback };
      timers.push(timer);
      return () => {
        const index = timers.indexOf(timer);
        if (index !== -1) timers.splice(index, 1);
      };
    },
  };
  const advance = (ms: number) => {
    now += ms;
    for (const timer of timers.filter((candidate) => candidate.due <= now)) {
      timers.splice(timers.indexOf(timer), 1);
      timer.callback();
    }
  };
  return { clock, advance, timers };
}

interface FrameDraft extends Partial<SocketFrame> {
  type: string;
}

class FakeSocket implements SocketLike {
  readonly sent: unknown[] = [];
  closed = false;
  readonly #listeners = new Map<string, (event: { readonly data: unknown; readonly code: number }) => void>();
  readonly url: string;
  readonly protocols: string[];

  constructor(url: string, protocols: string[]) {
    this.url = url;
    this.protocols = protocols;
  }
  send(data: string) {
    this.sent.push(JSON.parse(data));
  }
  close() {
    this.closed = true;
  }
  addEventListener(
    type: string,
    listener: (event: { readonly data: unknown; readonly code: number }) => void,
  ) {
    this.#listeners.set(type, listener);
  }
  emit(type: string, event: { data?: unknown; code?: number }) {
    this.#listeners.get(type)?.({ data: null, code: 0, ...event });
  }
  frame(frame: FrameDraft) {
    const whole = { data: {}, event_id: null, channel: null, workspace_id: null, timestamp: '', ...frame };
    this.emit('message', { data: JSON.stringify(whole) });
  }
  hello() {
    this.frame({ type: 'socket.hello', data: { heartbeat_seconds: 10 } });
  }
}

function openRig() {
  const rig = createRig();
  const sockets: FakeSocket[] = [];
  const frames: string[] = [];
  const statuses: SocketStatus[] = [];
  let resyncs = 0;
  const socket = openDashboardSocket(
    {
      baseUrl: 'http://host',
      userId: 'usr_1',
      token: 't',
      onFrame: (frame) => frames.push(frame.event_id ?? frame.type),
      onResync: () => {
        resyncs += 1;
      },
      onStatus: (status) => statuses.push(status),
    },
    {
      timers: rig.clock,
      connect: (url, protocols) => {
        const made = new FakeSocket(url, protocols);
        sockets.push(made);
        return made;
      },
    },
  );
  const last = (): FakeSocket => {
    const [newest] = sockets.slice(-1);
    assert(newest !== undefined, 'a connection was made');
    return newest;
  };
  return { ...rig, socket, sockets, frames, statuses, last, resyncs: () => resyncs };
}

describe('the dashboard socket', () => {
  it('presents its token as a protocol, never in the address', () => {
    const rig = openRig();
    expect(rig.last().url).toBe('ws://host/ws/dashboard/usr_1');
    expect(rig.last().protocols).toEqual(['raptorflow', 'bearer.t']);
  });

  it('gives each event once and resumes from the last state event after a loss', () => {
    const rig = openRig();
    rig.last().hello();
    rig.last().frame({ type: 'state_update', event_id: 'evt_1', channel: 'sys.state.update' });
    rig.last().frame({ type: 'state_update', event_id: 'evt_1', channel: 'sys.state.update' });
    rig.last().frame({ type: 'lord_command', event_id: 'evt_2', channel: 'sys.guild.research.broadcast' });
    rig.last().emit('close', { code: 1006 });
    expect(rig.socket.status).toBe('waiting');
    rig.advance(500);
    rig.last().hello();
    expect(rig.sockets).toHaveLength(2);
    expect(rig.last().sent).toEqual([{ resume_from: 'evt_1' }]);
    rig.last().frame({ type: 'state_update', event_id: 'evt_1', channel: 'sys.state.update' });
    expect(rig.frames).toEqual(['evt_1', 'evt_2']);
    expect(rig.resyncs()).toBe(0);
  });

  it('asks for a fresh reading when the server no longer knows what was missed, or nothing could be resumed', () => {
    const rig = openRig();
    rig.last().hello();
    expect(rig.resyncs()).toBe(0);
    rig.last().emit('close', { code: 1006 });
    rig.advance(500);
    rig.last().hello();
    expect(rig.resyncs()).toBe(1);
    rig.last().frame({ type: 'socket.resync' });
    expect(rig.resyncs()).toBe(2);
  });

  it('waits longer after each failure, up to 15 seconds, and starts over once it is open', () => {
    const rig = openRig();
    const waits: number[] = [];
    for (let attempt = 0; attempt < 7; attempt += 1) {
      rig.last().emit('close', { code: 1006 });
      waits.push((rig.timers[0]?.due ?? 0) - rig.clock.now());
      rig.advance(waits.at(-1) ?? 0);
    }
    expect(waits).toEqual([500, 1000, 2000, 4000, 8000, 15_000, 15_000]);
    rig.last().hello();
    rig.last().emit('close', { code: 1006 });
    expect((rig.timers[0]?.due ?? 0) - rig.clock.now()).toBe(500);
  });

  it('gives up a connection that has gone silent and ignores what it says afterwards', () => {
    const rig = openRig();
    rig.last().hello();
    const silent = rig.last();
    rig.advance(24_999);
    expect(rig.socket.status).toBe('open');
    rig.advance(1);
    expect(rig.socket.status).toBe('waiting');
    expect(silent.closed).toBe(true);
    silent.frame({ type: 'state_update', event_id: 'evt_late', channel: 'sys.state.update' });
    expect(rig.frames).toEqual([]);
  });

  it('tails channels again after a reconnect', () => {
    const rig = openRig();
    rig.socket.tail(['sys.>']);
    expect(rig.last().sent).toEqual([]);
    rig.last().hello();
    expect(rig.last().sent).toEqual([{ tail: ['sys.>'] }]);
    rig.socket.tail([]);
    expect(rig.last().sent.at(-1)).toEqual({ tail: [] });
  });

  it('stays away when the server refuses the caller, and when closed', () => {
    const refused = openRig();
    refused.last().emit('close', { code: 4403 });
    expect(refused.socket.status).toBe('refused');
    expect(refused.timers).toEqual([]);
    const closed = openRig();
    closed.socket.close();
    closed.last().emit('close', { code: 1000 });
    expect(closed.socket.status).toBe('closed');
    expect(closed.timers).toEqual([]);
  });

  it('ignores what is not a frame', () => {
    const rig = openRig();
    for (const data of ['', 'pong', '{"type":1}', '[]', new Uint8Array(3)])
      rig.last().emit('message', { data });
    expect(rig.frames).toEqual([]);
  });
});

describe('over a real connection', () => {
  const servers: Server[] = [];
  afterEach(() => {
    for (const server of servers.splice(0)) {
      server.closeAllConnections();
      server.close();
    }
  });

  it('greets, resumes after the server drops it, and closes', async () => {
    const greetings: string[] = [];
    const frame = (type: string, eventId: string | null, channel: string | null) =>
      JSON.stringify({
        type,
        data: { heartbeat_seconds: 5 },
        event_id: eventId,
        channel,
        workspace_id: null,
        timestamp: '',
      });
    const server = createServer();
    servers.push(server);
    server.on('upgrade', (request, socket: Socket) => {
      const key = `${request.headers['sec-websocket-key']}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`;
      const accept = createHash('sha1').update(key).digest('base64');
      const protocol = request.headers['sec-websocket-protocol'] ?? '';
      socket.write(
        `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\nSec-WebSocket-Protocol: raptorflow\r\n\r\n`,
      );
      socket.on('error', () => undefined);
      socket.write(textFrame(frame('socket.hello', null, null)));
      if (greetings.push(protocol) === 1) {
        socket.write(textFrame(frame('state_update', 'evt_1', 'sys.state.update')));
        socket.end();
        return;
      }
      socket.once('data', (bytes: Buffer) => {
        greetings.push(unmask(bytes));
        socket.write(textFrame(frame('state_update', 'evt_2', 'sys.state.update')));
      });
    });
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    const port = (server.address() as AddressInfo).port;
    const seen: string[] = [];
    await new Promise<void>((resolve) => {
      const socket = openDashboardSocket({
        baseUrl: `http://127.0.0.1:${port}`,
        userId: 'usr_1',
        token: 'abc.def',
        onFrame: (received) => {
          seen.push(received.event_id ?? '');
          if (received.event_id !== 'evt_2') return;
          socket.close();
          resolve();
        },
      });
    });
    expect(seen).toEqual(['evt_1', 'evt_2']);
    expect(greetings).toEqual([
      'raptorflow, bearer.abc.def',
      'raptorflow, bearer.abc.def',
      '{"resume_from":"evt_1"}',
    ]);
  });
});

/** One unmasked text frame; the texts here are longer than 125 and shorter than 65,536 bytes. */
function textFrame(text: string): Buffer {
  const body = Buffer.from(text);
  const head =
    body.length < 126
      ? Buffer.from([0x81, body.length])
      : Buffer.from([0x81, 126, body.length >> 8, body.length & 255]);
  return Buffer.concat([head, body]);
}

/** The text of one short masked frame. */
function unmask(bytes: Buffer): string {
  const length = (bytes[1] ?? 0) & 127;
  const mask = bytes.subarray(2, 6);
  return Buffer.from(
    bytes.subarray(6, 6 + length).map((byte, index) => byte ^ (mask[index % 4] ?? 0)),
  ).toString();
}
