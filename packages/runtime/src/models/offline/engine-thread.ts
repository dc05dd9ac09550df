import { Worker } from 'node:worker_threads';
import {
  BoundedQueue,
  RaptorFlowError,
  type Clock,
  type ErrorCode,
  type Logger,
  type Timer,
} from 'raptorflow/kernel';
import type { TextTask } from './tasks.ts';
import type { WorkbenchSettings } from './workbench.ts';

/** A task on its way to the thread. */
export interface EngineRequest {
  id: number;
  task: Readonly<TextTask>;
  /** One shared word; 1 says that nobody waits for the answer any more. */
  unwanted: Int32Array;
}

/** The thread's answer: the result as JSON, or why there is none. */
export type EngineAnswer =
  | { id: number; json: string; usage: { inputTokens: number; outputTokens: number } }
  | { id: number; error: { code: ErrorCode; message: string; details: Readonly<Record<string, unknown>> } };

/** A finished task. */
export interface TaskOutcome {
  /** The result as JSON. */
  json: string;
  usage: { inputTokens: number; outputTokens: number };
}

/** How the thread is kept. */
export interface ThreadSettings {
  workbench: WorkbenchSettings;
  /** The thread ends, and its memory is given back, when it had nothing to do for so long. */
  idleMs: number;
  /** Memory of the thread's heap; a task that needs more fails alone. */
  heapMegabytesMax: number;
  /** Tasks handed to the thread at once; further ones wait here, where they hold no copy of their documents. */
  tasksAtOnceMax: number;
  tasksWaitingMax: number;
}

interface Job {
  readonly request: EngineRequest;
  resolve(outcome: TaskOutcome): void;
  reject(error: unknown): void;
}

/** The owner's end of the engine's thread: starts it for the first task, ends it when idle, survives its end. */
export class EngineThread {
  readonly #settings: ThreadSettings;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #waiting: BoundedQueue<Job>;
  readonly #inside = new Map<number, Job>();
  #worker: Worker | undefined;
  #idle: Timer | undefined;
  #lastId = 0;

  constructor(settings: ThreadSettings, deps: { clock: Clock; log: Logger }) {
    this.#settings = settings;
    this.#clock = deps.clock;
    this.#log = deps.log;
    this.#waiting = new BoundedQueue(settings.tasksWaitingMax);
  }

  /** Whether the thread is there. */
  get isRunning(): boolean {
    return this.#worker !== undefined;
  }

  /** Has a task done. Rejects with the signal's reason as soon as it is aborted; the thread stops within a slice. */
  run(task: Readonly<TextTask>, signal: AbortSignal | undefined): Promise<TaskOutcome> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted === true) {
        // oxlint-disable-next-line typescript/prefer-promise-reject-errors -- The reason is the caller's own.
        reject(signal.reason);
        return;
      }
      this.#lastId += 1;
      const unwanted = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
      const onAbort = (): void => {
        Atomics.store(unwanted, 0, 1);
        // oxlint-disable-next-line typescript/prefer-promise-reject-errors -- The reason is the caller's own.
        reject(signal?.reason);
      };
      signal?.addEventListener('abort', onAbort, { once: true });
      const job: Job = {
        request: { id: this.#lastId, task, unwanted },
        resolve: (outcome) => {
          signal?.removeEventListener('abort', onAbort);
          resolve(outcome);
        },
        reject: (error) => {
          signal?.removeEventListener('abort', onAbort);
          // oxlint-disable-next-line typescript/prefer-promise-reject-errors -- It is what the thread reported.
          reject(error);
        },
      };
      if (!this.#waiting.push(job)) {
        job.reject(
          new RaptorFlowError(
            'exhausted',
            `${this.#waiting.limit} tasks wait for the offline model; try again when some are done.`,
          ),
        );
        return;
      }
      this.#advance();
    });
  }

  /** Ends the thread; tasks under way are rejected with `cancelled`. A later task starts a new one. */
  async stop(): Promise<void> {
    this.#idle?.cancel();
    const worker = this.#worker;
    this.#leave(worker, new RaptorFlowError('cancelled', 'The offline model was stopped.'));
    for (let job = this.#waiting.shift(); job; job = this.#waiting.shift()) {
      job.reject(new RaptorFlowError('cancelled', 'The offline model was stopped.'));
    }
    await worker?.terminate();
  }

  #advance(): void {
    while (this.#inside.size < this.#settings.tasksAtOnceMax) {
      const job = this.#waiting.shift();
      if (job === undefined) break;
      if (Atomics.load(job.request.unwanted, 0) === 1) continue;
      this.#inside.set(job.request.id, job);
      this.#started().postMessage(job.request);
    }
    if (this.#inside.size > 0) return;
    // An idle thread keeps nobody's process alive.
    this.#worker?.unref();
    this.#idle?.cancel();
    this.#idle = this.#clock.setTimeout(() => this.#end(), this.#settings.idleMs).unref();
  }

  #started(): Worker {
    this.#idle?.cancel();
    this.#idle = undefined;
    const worker = this.#worker ?? this.#start();
    worker.ref();
    return worker;
  }

  #start(): Worker {
    const fromSource = import.meta.url.endsWith('.ts');
    const script = new URL(fromSource ? './engine-worker.ts' : './engine-worker.js', import.meta.url);
    const worker = new Worker(script, {
      name: 'raptorflow-offline-model',
      workerData: this.#settings.workbench,
      resourceLimits: { maxOldGenerationSizeMb: this.#settings.heapMegabytesMax },
      // A thread of the sources resolves workspace packages to their sources as well.
      ...(fromSource ? { execArgv: [...process.execArgv, '--conditions=@raptorflow/source'] } : {}),
    });
    worker.on('message', (answer: EngineAnswer) => this.#receive(answer));
    worker.on('error', (error) => this.#fail(worker, error));
    worker.on('exit', () => this.#fail(worker, undefined));
    this.#worker = worker;
    return worker;
  }

  #receive(answer: EngineAnswer): void {
    const job = this.#inside.get(answer.id);
    this.#inside.delete(answer.id);
    if ('json' in answer) job?.resolve({ json: answer.json, usage: answer.usage });
    else
      job?.reject(
        new RaptorFlowError(answer.error.code, answer.error.message, { details: answer.error.details }),
      );
    this.#advance();
  }

  /** The thread has ended by itself: what it had in hand is lost, what waits goes to a new one. */
  #fail(worker: Worker, cause: unknown): void {
    if (this.#worker !== worker) return;
    const isFull = (cause as { code?: unknown } | undefined)?.code === 'ERR_WORKER_OUT_OF_MEMORY';
    const error = isFull
      ? new RaptorFlowError(
          'exhausted',
          `The documents need more than the ${this.#settings.heapMegabytesMax} MB that the offline model may use; take fewer or shorter ones.`,
          { cause, retryable: false },
        )
      : new RaptorFlowError('unavailable', 'The thread of the offline model has ended; try again.', {
          cause,
        });
    this.#log.warn('the offline model has ended', { code: error.code, tasks: this.#inside.size });
    this.#leave(worker, error);
    this.#advance();
  }

  #leave(worker: Worker | undefined, error: RaptorFlowError): void {
    if (worker === undefined) return;
    this.#worker = undefined;
    const lost = [...this.#inside.values()];
    this.#inside.clear();
    for (const job of lost) job.reject(error);
  }

  #end(): void {
    const worker = this.#worker;
    this.#worker = undefined;
    this.#idle = undefined;
    void worker?.terminate();
  }
}
