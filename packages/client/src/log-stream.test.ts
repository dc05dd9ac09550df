import type { LogFrame } from '@raptorflow/contract';
import { assert, describe, expect, it } from 'vitest';

import { joinLogReplay, type LogLine, openLogStream, type SocketLike, type Timers } from './index.ts';

class FakeSocket implements SocketLike {
  readonly #listeners = new Map<string, (event: { readonly data: unknown; readonly code: number }) => void>();
  readonly url: string;
  readonly protocols: string[];

  constructor(url: string, protocols: string[]) {
    this.url = url;
    this.protocols = protocols;
  }
  send() {}
  close() {}
  addEventListener(
    type: string,
    listener: (event: { readonly data: unknown; readonly code: number }) => void,
  ) {
    this.#listeners.set(type, listener);
  }
  frame(frame: LogFrame | string) {
    const data = typeof frame === 'string' ? frame : JSON.stringify(frame);
    this.#listeners.get('message')?.({ data, code: 0 });
  }
  hello(last: number) {
    this.frame({ type: 'log.hello', heartbeat_seconds: 10, last });
  }
  line(text: string) {
    this.frame({ type: 'log.line', level: 'INFO', text });
  }
  lose(code: number) {
    this.#listeners.get('close')?.({ data: null, code });
  }
}

function openRig() {
  const waiting: { readonly delayMs: number; readonly callback: () => void }[] = [];
  const timers: Timers = {
    now: () => 0,
    random: () => 1,
    after: (delayMs, callback) => {
      const timer = { delayMs, callback };
      waiting.push(timer);
      return () => void waiting.splice(waiting.indexOf(timer) >>> 0, 1);
    },
  };
  const sockets: FakeSocket[] = [];
  const told: string[] = [];
  const stream = openLogStream(
    {
      baseUrl: 'http://host',
      token: 't',
      filter: { level: 'WARNING', text: 'a b', last: 50 },
      onReplay: (lines) => told.push(`replay ${lines.map(({ text }) => text).join(' ')}`),
      onLine: ({ text }) => told.push(text),
      onDropped: (lines) => told.push(`dropped ${lines}`),
    },
    {
      timers,
      connect: (url, protocols) => {
        const socket = new FakeSocket(url, protocols);
        sockets.push(socket);
        return socket;
      },
    },
  );
  const last = (): FakeSocket => {
    const socket = sockets.at(-1);
    assert(socket !== undefined, 'a connection was made');
    return socket;
  };
  const pass = (delayMs: number): void => waiting.find((timer) => timer.delayMs === delayMs)?.callback();
  return { stream, told, last, pass };
}

describe('the stream of the log', () => {
  it('asks for its level, text and last lines, and presents its token as a protocol only', () => {
    const { url, protocols } = openRig().last();
    expect(url).toBe('ws://host/api/v1/raptor/logs/stream?last=50&level=WARNING&text=a+b');
    expect(protocols).toEqual(['raptorflow', 'bearer.t']);
  });

  it('tells the last lines together, once they are whole, and then each new one', () => {
    const rig = openRig();
    rig.last().hello(2);
    rig.last().line('a');
    expect(rig.told).toEqual([]);
    rig.last().line('b');
    rig.last().line('c');
    rig.last().frame({ type: 'log.heartbeat' });
    expect(rig.told).toEqual(['replay a b', 'c']);
  });

  it('tells an empty replay at once, and does not wait for lines that were announced and never come', () => {
    const empty = openRig();
    empty.last().hello(0);
    expect(empty.told).toEqual(['replay ']);
    const short = openRig();
    short.last().hello(50);
    short.last().line('a');
    short.pass(500);
    short.last().line('b');
    expect(short.told).toEqual(['replay a', 'b']);
  });

  it('tells how many lines were dropped, after those that came before', () => {
    const rig = openRig();
    rig.last().hello(5);
    rig.last().line('a');
    rig.last().frame({ type: 'log.dropped', dropped: 7 });
    expect(rig.told).toEqual(['replay a', 'dropped 7']);
  });

  it('connects again after a loss and forgets a replay that was cut off', () => {
    const rig = openRig();
    const first = rig.last();
    first.hello(2);
    first.line('a');
    first.lose(1006);
    expect(rig.stream.status).toBe('waiting');
    rig.pass(500);
    expect(rig.last()).not.toBe(first);
    rig.last().hello(1);
    rig.last().line('b');
    expect(rig.told).toEqual(['replay b']);
    expect(rig.stream.status).toBe('open');
  });

  it('stays away when it is refused, and ignores what is not a frame', () => {
    const rig = openRig();
    for (const text of ['', 'null', '[]', '{"type":"log.line"}', '{"type":1}']) rig.last().frame(text);
    expect(rig.told).toEqual([]);
    rig.last().lose(4403);
    expect(rig.stream.status).toBe('refused');
  });
});

describe('the last lines of a new connection, beside those that are known', () => {
  const lines = (text: string): LogLine[] => Array.from(text, (one) => ({ level: 'INFO', text: one }));
  const joined = (known: string, replay: string): [string, boolean] => {
    const { added, gap } = joinLogReplay(lines(known), lines(replay));
    return [added.map(({ text }) => text).join(''), gap];
  };

  it('are all new where nothing is known', () => {
    expect(joined('', 'abc')).toEqual(['abc', false]);
  });

  it('add what comes after the longest end that they share', () => {
    expect(joined('abc', 'bcde')).toEqual(['de', false]);
    expect(joined('abc', 'abc')).toEqual(['', false]);
    expect(joined('aaa', 'aaaa')).toEqual(['a', false]);
    expect(joined('xyzabc', 'c')).toEqual(['', false]);
  });

  it('may leave a gap where nothing is shared', () => {
    expect(joined('abc', 'xyz')).toEqual(['xyz', true]);
  });

  it('are told apart by their level, too', () => {
    const known: LogLine[] = [{ level: 'INFO', text: 'a' }];
    expect(joinLogReplay(known, [{ level: 'ERROR', text: 'a' }])).toEqual({
      added: [{ level: 'ERROR', text: 'a' }],
      gap: true,
    });
  });
});
