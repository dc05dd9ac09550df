import { EventEmitter, once } from 'node:events';
import { existsSync, createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { MessageChannel, Worker } from 'node:worker_threads';
import { createFakeClock, type FakeClock } from 'raptorflow/kernel/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createResources } from '../registry/create-resources.ts';
import type { Resources } from '../registry/resources.ts';
import { trackBrowser } from './browser.ts';
import { trackedFetch } from './fetch.ts';
import { trackFileHandle } from './file-handle.ts';
import { trackListener } from './listener.ts';
import { trackMessagePort } from './message-port.ts';
import { trackPgPool } from './pg-pool.ts';
import { trackRedis } from './redis.ts';
import { trackServer, trackSocket } from './socket.ts';
import { trackStream } from './stream.ts';
import { runTracked } from './task.ts';
import { makeTemporaryDirectory } from './temporary-directory.ts';
import { trackedTimers } from './timers.ts';
import { trackDispatcher } from './undici.ts';
import { trackWebSocket } from './web-socket.ts';
import { trackWorker } from './worker.ts';
import { keepingHandles } from '../testing/kept-handles.ts';

const self = new URL(import.meta.url);
const whose = { owner: 'o', workspaceId: 'w' };

let clock: FakeClock;
let resources: Resources;
let echo: Server;
beforeEach(async () => {
  clock = createFakeClock();
  resources = keepingHandles(
    createResources({ leaks: { growth: false }, cleanup: { retriesMax: 0 } }, { clock }),
  );
  echo = createServer((socket) => socket.on('error', () => undefined).pipe(socket));
  await new Promise<void>((resolve) => echo.listen(0, '127.0.0.1', resolve));
});
afterEach(() => resources.stop().finally(() => echo.close()));

const openTypes = (): string[] => resources.list().map(({ type }) => type);
const closeAll = () => resources.cleanup({ owner: 'o', force: true });
/** Whether a later look at the resource counts it as used since the one before. */
async function isUsedBy(act: () => unknown): Promise<boolean> {
  await clock.advance(400_000);
  resources.leaks.scan();
  await act();
  resources.leaks.scan();
  return resources.list()[0]?.status === 'active';
}
async function connected(): Promise<Socket> {
  const socket = connect((echo.address() as AddressInfo).port, '127.0.0.1');
  await once(socket, 'connect');
  return socket;
}

describe('a file', () => {
  it('is a resource until it is closed, by its owner or by a cleanup', async () => {
    const first = await open(self);
    trackFileHandle(resources, first, whose);
    expect(resources.list()).toMatchObject([{ type: 'file_handle', owner: 'o', workspaceId: 'w' }]);
    await first.close();
    expect(openTypes()).toEqual([]);
    const second = await open(self);
    trackFileHandle(resources, second, whose);
    expect((await closeAll()).cleaned).toBe(1);
    expect(second.fd).toBe(-1);
  });
});

describe('a socket', () => {
  it('is a resource until it is closed, and is used by bytes', async () => {
    const socket = await connected();
    trackSocket(resources, socket, whose);
    expect(openTypes()).toEqual(['network_connection']);
    const echoed = once(socket, 'data');
    const write = () => {
      socket.write('x');
      return echoed;
    };
    expect(await isUsedBy(write)).toBe(true);
    socket.destroy();
    await once(socket, 'close');
    expect(openTypes()).toEqual([]);
  });

  it('is destroyed by a cleanup', async () => {
    const socket = await connected();
    trackSocket(resources, socket, whose);
    expect(await closeAll()).toMatchObject({ cleaned: 1 });
    expect(socket.destroyed).toBe(true);
  });
});

describe('a server', () => {
  it('is closed by a cleanup with the connections that it has', async () => {
    trackServer(resources, echo, whose);
    const socket = await connected();
    const gone = once(socket, 'close');
    expect(await closeAll()).toMatchObject({ cleaned: 1, failed: 0 });
    await gone;
    expect([echo.listening, openTypes()]).toEqual([false, []]);
  });

  it('is used by new connections', async () => {
    trackServer(resources, echo, whose);
    let socket: Socket | undefined;
    const connectAgain = async () => {
      const accepted = once(echo, 'connection');
      socket = await connected();
      await accepted;
    };
    expect(await isUsedBy(connectAgain)).toBe(true);
    socket?.destroy();
  });
});

describe('a stream', () => {
  it('is a resource until it is read to its end or closed', async () => {
    const read = createReadStream(self);
    trackStream(resources, read, whose);
    read.resume();
    await once(read, 'close');
    expect(openTypes()).toEqual([]);
    const unread = createReadStream(self);
    trackStream(resources, unread, whose);
    await closeAll();
    expect(unread.destroyed).toBe(true);
  });
});

describe('a worker', () => {
  it('is a resource until it ends, and is terminated by a cleanup', async () => {
    const worker = new Worker('setInterval(() => undefined, 60_000)', { eval: true });
    await once(worker, 'online');
    trackWorker(resources, worker, whose);
    const ended = once(worker, 'exit');
    expect(await closeAll()).toMatchObject({ cleaned: 1, cleanedByType: { thread: 1 } });
    await ended;
    expect(openTypes()).toEqual([]);
  });
});

describe('tracked timers', () => {
  it('are resources until they have run or were cancelled', async () => {
    const ran: string[] = [];
    const timers = trackedTimers(resources, whose, clock);
    timers.setTimeout(() => ran.push('once'), 100);
    timers
      .setTimeout(() => ran.push('never'), 100)
      .unref()
      .cancel();
    const interval = timers.setInterval(() => ran.push('again'), 60);
    expect(openTypes()).toEqual(['timer', 'timer']);
    await clock.advance(120);
    expect(ran).toEqual(['again', 'once', 'again']);
    expect(openTypes()).toEqual(['timer']);
    interval.cancel();
    expect([openTypes(), clock.pending]).toEqual([[], 0]);
  });

  it('are cancelled by a cleanup', async () => {
    trackedTimers(resources, whose, clock).setInterval(() => undefined, 60);
    await closeAll();
    expect(clock.pending).toBe(0);
  });
});

describe('a task', () => {
  it('is a resource until it settles, whichever way', async () => {
    expect(await runTracked(resources, () => Promise.resolve(openTypes()), whose)).toEqual(['async_task']);
    await expect(runTracked(resources, () => Promise.reject(new Error('no')), whose)).rejects.toThrow('no');
    expect(openTypes()).toEqual([]);
  });

  it('is aborted by a cleanup, which waits until it has ended', async () => {
    const order: string[] = [];
    const task = runTracked(
      resources,
      async (signal) => {
        await clock.sleep(60_000, signal).catch(() => undefined);
        order.push('ended');
      },
      whose,
    );
    await closeAll();
    order.push('cleaned');
    await task;
    expect(order).toEqual(['ended', 'cleaned']);
  });
});

describe('a tracked fetch', () => {
  const answering =
    (body: string | null): typeof fetch =>
    () =>
      Promise.resolve(new Response(body, { status: 203, headers: { 'x-one': '1' } }));

  it('is a resource until its body is read or cancelled, and answers the same', async () => {
    const answer = await trackedFetch(resources, whose, answering('hello'))('http://x');
    expect([answer.status, answer.headers.get('x-one'), openTypes()]).toEqual([
      203,
      '1',
      ['network_connection'],
    ]);
    expect(await answer.text()).toBe('hello');
    expect(openTypes()).toEqual([]);
    const other = await trackedFetch(resources, whose, answering('hello'))('http://x');
    await other.body?.cancel();
    expect(openTypes()).toEqual([]);
  });

  it('is none once it has failed, or answered without a body', async () => {
    const refused: typeof fetch = () => Promise.reject(new Error('refused'));
    await expect(trackedFetch(resources, whose, refused)('http://x')).rejects.toThrow('refused');
    await trackedFetch(resources, whose, answering(null))('http://x');
    expect(openTypes()).toEqual([]);
  });

  it('is aborted by a cleanup, and still by the signal of its caller', async () => {
    const waiting: typeof fetch = (_input, init) =>
      new Promise((_resolve, reject) => {
        init?.signal?.addEventListener('abort', () => reject(new Error('aborted')));
      });
    const first = trackedFetch(resources, whose, waiting)('http://x');
    void closeAll();
    await expect(first).rejects.toThrow('aborted');
    const stop = new AbortController();
    const second = trackedFetch(resources, whose, waiting)('http://x', { signal: stop.signal });
    stop.abort();
    await expect(second).rejects.toThrow('aborted');
  });
});

describe('a listener', () => {
  it('is a resource until it is removed, by its own function, by all of them, or by a cleanup', async () => {
    const emitter = new EventEmitter();
    const heard: unknown[] = [];
    const listener = (value: unknown): void => void heard.push(value);
    trackListener(resources, emitter, 'news', listener, whose);
    emitter.emit('news', 1);
    emitter.removeListener('news', listener);
    expect([heard, openTypes(), emitter.listenerCount('removeListener')]).toEqual([[1], [], 0]);
    trackListener(resources, emitter, 'news', listener, whose);
    emitter.removeAllListeners('news');
    expect(openTypes()).toEqual([]);
    trackListener(resources, emitter, 'news', listener, whose);
    await closeAll();
    expect([openTypes(), emitter.listenerCount('news')]).toEqual([[], 0]);
  });
});

describe('a message channel', () => {
  it('is a resource until one of its ends is closed', async () => {
    const { port1, port2 } = new MessageChannel();
    trackMessagePort(resources, port1, whose);
    const closed = once(port1, 'close');
    port2.close();
    await closed;
    expect(openTypes()).toEqual([]);
  });
});

describe('a temporary directory', () => {
  it('is there until it is disposed of, or cleaned up', async () => {
    let path = '';
    {
      await using directory = await makeTemporaryDirectory(resources, {
        ...whose,
        prefix: 'raptorflow-test-',
      });
      ({ path } = directory);
      expect([existsSync(path), openTypes()]).toEqual([true, ['temporary_file']]);
    }
    expect([existsSync(path), openTypes()]).toEqual([false, []]);
    const second = await makeTemporaryDirectory(resources, whose);
    await closeAll();
    expect(existsSync(second.path)).toBe(false);
  });
});

describe('a WebSocket', () => {
  it('is a resource until it is closed, and is used by messages', async () => {
    const target = Object.assign(new EventTarget(), {
      readyState: 1,
      close: () => void target.dispatchEvent(new Event('close')),
    });
    trackWebSocket(resources, target, whose);
    expect(await isUsedBy(() => target.dispatchEvent(new Event('message')))).toBe(true);
    await closeAll();
    expect(openTypes()).toEqual([]);
  });
});

describe('a pool of pg', () => {
  class Pool extends EventEmitter {
    readonly destroyed: boolean[] = [];
    take() {
      const client = {
        release: (destroy?: boolean) => {
          this.destroyed.push(destroy === true);
          this.emit('release', undefined, client);
        },
      };
      this.emit('acquire', client);
      return client;
    }
  }

  it('has a client as a resource while somebody has it; a cleanup takes it from the pool', async () => {
    const pool = new Pool();
    const stop = trackPgPool(resources, pool, whose);
    const client = pool.take();
    expect(openTypes()).toEqual(['database_connection']);
    client.release();
    expect(openTypes()).toEqual([]);
    pool.take();
    await closeAll();
    expect([pool.destroyed, openTypes()]).toEqual([[false, true], []]);
    pool.take();
    stop();
    expect([openTypes(), pool.eventNames()]).toEqual([[], []]);
  });
});

describe('a connection of ioredis', () => {
  it('is a resource until it has ended, and is used by bytes', async () => {
    const stream = { bytesRead: 1, bytesWritten: 1 };
    const redis = Object.assign(new EventEmitter(), {
      status: 'ready',
      stream,
      disconnect: () => void redis.emit('end'),
    });
    trackRedis(resources, redis, whose);
    expect(await isUsedBy(() => (stream.bytesRead += 1))).toBe(true);
    await closeAll();
    expect(openTypes()).toEqual([]);
  });
});

describe('a dispatcher of undici', () => {
  it('has its connections as resources, until it is no longer tracked', () => {
    const dispatcher = new EventEmitter();
    const stop = trackDispatcher(resources, dispatcher, whose);
    const client = {};
    dispatcher.emit('connect', new URL('http://x'), [dispatcher, client]);
    expect(resources.list()[0]?.metadata).toEqual({ origin: 'http://x/' });
    dispatcher.emit('disconnect', new URL('http://x'), [dispatcher, client]);
    expect(openTypes()).toEqual([]);
    dispatcher.emit('connect', new URL('http://x'), [dispatcher, client]);
    stop();
    expect([openTypes(), dispatcher.eventNames()]).toEqual([[], []]);
  });
});

describe('a browser', () => {
  class Page extends EventEmitter {
    address = 'about:blank';
    url = () => this.address;
    isClosed = () => false;
    close = async () => void this.emit('close');
  }
  class Context extends EventEmitter {
    readonly page = new Page();
    pages = () => [this.page];
    close = async () => void this.emit('close');
  }
  class Browser extends EventEmitter {
    readonly context = new Context();
    isConnected = () => true;
    contexts = () => [this.context];
    close = async () => void this.emit('disconnected');
  }

  it('is tracked with its contexts and pages, later ones too, each until it is closed', async () => {
    const browser = new Browser();
    trackBrowser(resources, browser, whose);
    const second = new Page();
    browser.context.emit('page', second);
    expect(openTypes().toSorted()).toEqual(['browser', 'browser_context', 'browser_page', 'browser_page']);
    await second.close();
    await browser.context.close();
    expect(openTypes().toSorted()).toEqual(['browser', 'browser_page']);
    expect(await closeAll()).toMatchObject({ cleaned: 2 });
  });

  it('has a page that is used when its address changes', async () => {
    const browser = new Browser();
    trackBrowser(resources, browser, whose);
    await clock.advance(400_000);
    resources.leaks.scan();
    browser.context.page.address = 'http://x';
    resources.leaks.scan();
    expect(resources.list({ status: 'active' }).map(({ type }) => type)).toEqual(['browser_page']);
  });
});
