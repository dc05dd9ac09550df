import { EventEmitter, once } from 'node:events';
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { MessageChannel, Worker } from 'node:worker_threads';
import { fileURLToPath } from 'node:url';
import { systemClock } from 'raptorflow/kernel';
import {
  makeTemporaryDirectory,
  runTracked,
  spawnTracked,
  trackBrowserPage,
  trackFileHandle,
  trackListener,
  trackMessagePort,
  trackServer,
  trackSocket,
  trackStream,
  trackWebSocket,
  trackWorker,
  trackedFetch,
  trackedTimers,
  type ResourceScope,
} from 'raptorflow/resources';
import type { Ground } from './ground.ts';
import type { Opened } from './opened.ts';

const self = fileURLToPath(import.meta.url);

/** A page as Playwright has them. */
class StandInPage extends EventEmitter {
  #isClosed = false;

  url(): string {
    return 'about:blank';
  }

  isClosed(): boolean {
    return this.#isClosed;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.emit('close');
  }
}

type Kinds = Record<string, () => Promise<Opened> | Opened>;

/** Opens one of each kind; whoever does not close them leaks them. */
export function thingsOf(scope: ResourceScope, ground: Ground): Kinds {
  return { ...system(scope, ground), ...inside(scope), ...overTheNetwork(scope, ground) };
}

/** Files, sockets, processes and threads. */
function system(scope: ResourceScope, ground: Ground): Kinds {
  return {
    'file handle': async () => {
      const file = await open(self);
      trackFileHandle(scope, file, { owner: 'file handle' });
      return { close: () => file.close() };
    },
    socket: async () => {
      const socket = connect(ground.echoPort, '127.0.0.1');
      await once(socket, 'connect');
      trackSocket(scope, socket, { owner: 'socket' });
      return { close: () => socket.destroy() };
    },
    server: async () => {
      const server = createServer();
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      trackServer(scope, server, { owner: 'server' });
      return { close: () => server.close() };
    },
    timer: () => {
      const timer = trackedTimers(scope, { owner: 'timer' }).setTimeout(() => undefined, 600_000);
      return { close: () => timer.cancel() };
    },
    interval: () => {
      const timer = trackedTimers(scope, { owner: 'interval' }).setInterval(() => undefined, 100);
      return { close: () => timer.cancel() };
    },
    'child process': () => {
      const { child, handle } = spawnTracked(scope, 'sleep', ['600'], {
        stdio: 'ignore',
        tracking: { owner: 'child process' },
      });
      child.unref();
      return { close: () => handle[Symbol.asyncDispose]() };
    },
    'child tree': async () => {
      // The shell ends, and what it has started goes on.
      const { child, handle } = spawnTracked(scope, 'bash', ['-c', 'sleep 600 & exit 0'], {
        stdio: 'ignore',
        tracking: { owner: 'child tree' },
      });
      await once(child, 'exit');
      return { close: () => handle[Symbol.asyncDispose]() };
    },
    worker: async () => {
      const worker = new Worker('setInterval(() => undefined, 600_000)', { eval: true });
      await once(worker, 'online');
      trackWorker(scope, worker, { owner: 'worker' });
      return { close: () => worker.terminate() };
    },
  };
}

/** What is only known inside of the program. */
function inside(scope: ResourceScope): Kinds {
  return {
    'event listener': () => {
      const emitter = new EventEmitter();
      const handle = trackListener(scope, emitter, 'news', () => undefined, { owner: 'event listener' });
      return { close: () => handle[Symbol.asyncDispose]() };
    },
    'unconsumed stream': async () => {
      const stream = createReadStream(self, { highWaterMark: 16 });
      trackStream(scope, stream, { owner: 'unconsumed stream' });
      await once(stream, 'readable');
      return { close: () => stream.destroy() };
    },
    'temporary directory': async () => {
      const directory = await makeTemporaryDirectory(scope, { owner: 'temporary directory' });
      return { close: () => directory[Symbol.asyncDispose]() };
    },
    lock: () => {
      const handle = scope.register({ type: 'lock', owner: 'lock', id: `lock ${Math.random()}` });
      return { close: () => handle.release() };
    },
    task: () => {
      const stop = new AbortController();
      const work = runTracked(
        scope,
        (signal) => systemClock.sleep(600_000, AbortSignal.any([signal, stop.signal])),
        { owner: 'task' },
      ).catch(() => undefined);
      return {
        close: () => {
          stop.abort();
          return work;
        },
      };
    },
    'message channel': () => {
      const { port1 } = new MessageChannel();
      trackMessagePort(scope, port1, { owner: 'message channel' });
      port1.start();
      return { close: () => port1.close() };
    },
    'browser page': () => {
      const page = new StandInPage();
      trackBrowserPage(scope, page, { owner: 'browser page' });
      return { close: () => page.close() };
    },
  };
}

function overTheNetwork(scope: ResourceScope, ground: Ground): Kinds {
  return {
    WebSocket: async () => {
      const socket = new WebSocket(`ws://127.0.0.1:${ground.httpPort}`);
      trackWebSocket(scope, socket, { owner: 'WebSocket' });
      await once(socket, 'open');
      return { close: () => socket.close() };
    },
    'body of a fetch': async () => {
      const answer = await trackedFetch(scope, { owner: 'body of a fetch' })(
        `http://127.0.0.1:${ground.httpPort}`,
      );
      return { close: () => answer.arrayBuffer() };
    },
  };
}
