import { MessageChannel, Worker, type MessagePort } from 'node:worker_threads';
import type { ResolvedSqliteOptions } from './sqlite-options.ts';
import type { OpenMessage, ThreadMessage } from './wire.ts';

/** The way to a file that a thread has been asked to open. */
export interface FileConnection {
  /** Carries `OwnerMessage` there and `WorkerMessage` back; the worker closes it with the file. */
  readonly port: MessagePort;
  /**
   * To be called once the port is closed. Resolves when nothing of the file is left – with the last file ends the thread, too – with what the thread died of.
   * A port that closed although nobody asked for it tells of that death.
   */
  left(wasAsked: boolean): Promise<unknown>;
  /** Closes the port at once; a thread without other files is ended in the middle of its work. */
  cut(): void;
}

/**
 * A worker thread that several stores may share: each has its own file, its own transactions and its own durability, and they take turns.
 * It begins with the first store that starts and ends with the last that stops. If it dies, all of them fail.
 */
export interface SqliteThread {
  /** For stores: asks the thread to open a file. */
  connect(options: ResolvedSqliteOptions): FileConnection;
}

/** Prepares a thread for stores that have little to do each; one with much to do is better off with its own. */
export function createSqliteThread(): SqliteThread {
  return new SharedThread();
}

/** A worker that runs. */
interface Running {
  readonly worker: Worker;
  /** Resolves with what it died of, or undefined. */
  readonly exited: Promise<unknown>;
  files: number;
}

class SharedThread implements SqliteThread {
  #running: Running | undefined;

  connect({ program, ...rest }: ResolvedSqliteOptions): FileConnection {
    const running = (this.#running ??= this.#spawn());
    const { port1: port, port2 } = new MessageChannel();
    const message: OpenMessage = { ...rest, program: program.href, port: port2 };
    running.worker.postMessage(message satisfies ThreadMessage, [port2]);
    running.files += 1;
    return {
      port,
      left: (wasAsked) => this.#leave(running, wasAsked),
      cut: () => {
        if (running.files > 1) port.close();
        else void running.worker.terminate();
      },
    };
  }

  async #leave(running: Running, wasAsked: boolean): Promise<unknown> {
    running.files -= 1;
    if (running.files === 0) {
      if (this.#running === running) this.#running = undefined;
      running.worker.postMessage('end' satisfies ThreadMessage);
    } else if (wasAsked) return undefined;
    return running.exited;
  }

  #spawn(): Running {
    const fromSource = import.meta.url.endsWith('.ts');
    const script = new URL(fromSource ? './sqlite-worker.ts' : './sqlite-worker.js', import.meta.url);
    const worker = new Worker(script, {
      name: 'raptorflow-sqlite',
      // A worker of the sources resolves workspace packages to their sources as well.
      ...(fromSource ? { execArgv: [...process.execArgv, '--conditions=@raptorflow/source'] } : {}),
    });
    let fault: unknown;
    worker.on('error', (error) => {
      fault = error;
    });
    const exited = new Promise<unknown>((resolve) => {
      worker.once('exit', () => {
        // Whoever starts now gets a new one.
        if (this.#running?.worker === worker) this.#running = undefined;
        resolve(fault);
      });
    });
    return { worker, exited, files: 0 };
  }
}
