import type { MessagePort, Transferable } from 'node:worker_threads';
import { BoundedQueue, invariant, RaptorFlowError } from '../kernel/index.ts';
import type { ResolvedSqliteOptions } from './sqlite-options.ts';
import type { FileConnection, SqliteThread } from './sqlite-thread.ts';
import {
  fromWireError,
  type CommittedMessage,
  type MaintenanceTask,
  type OwnerMessage,
  type WorkerMessage,
} from './wire.ts';

/** Somebody who waits for an answer. */
export interface Pending {
  resolve(value: unknown): void;
  reject(error: unknown): void;
}

/** A call that is not answered yet. */
export interface PendingCall extends Pending {
  /** Index of the operation. */
  readonly name: number;
  readonly args: unknown;
  readonly transfer: readonly Transferable[] | undefined;
}

/** What the link tells its store. */
export interface LinkListener {
  onNotification(message: unknown): void;
  /** Housekeeping in the worker failed. */
  onTrouble(error: RaptorFlowError): void;
  /** Answers have arrived; perhaps nothing is in flight now. */
  onProgress(): void;
  /** The file is closed, expected or not. Everything that waited for it is rejected already. */
  onExit(error: RaptorFlowError): void;
}

/** What the worker says when it is ready. */
export interface LinkReady {
  readonly operations: readonly string[];
  readonly uncleanStop: boolean;
}

/**
 * The owner's end of a store's file: posts messages to the thread that has it open and matches answers to who waits for them.
 * Answers of one kind come in the order of asking, so queues suffice and no call carries a number.
 */
export class WorkerLink {
  readonly #path: string;
  readonly #listener: LinkListener;
  readonly #calls: BoundedQueue<PendingCall>;
  readonly #steps: BoundedQueue<Pending>;
  readonly #ends: BoundedQueue<Pending>;
  readonly #maintenance = new Map<number, Pending>();
  readonly #connection: FileConnection;
  readonly #ended: Promise<void>;
  #port: MessagePort | undefined;
  #fault: unknown;
  #isLeaving = false;
  #lastMaintenance = 0;

  constructor(options: ResolvedSqliteOptions, thread: SqliteThread, listener: LinkListener) {
    this.#path = options.path;
    this.#listener = listener;
    const { queueCallsMax } = options.limits;
    this.#calls = new BoundedQueue(queueCallsMax);
    this.#steps = new BoundedQueue(queueCallsMax);
    this.#ends = new BoundedQueue(queueCallsMax);
    this.#connection = thread.connect(options);
    const { port } = this.#connection;
    this.#port = port;
    this.#ended = new Promise((resolve) => {
      port.once('close', () => void this.#leave().then(resolve));
    });
  }

  /** Whether anything waits for an answer. */
  get busy(): boolean {
    return this.#calls.size + this.#steps.size + this.#ends.size + this.#maintenance.size > 0;
  }

  /** Calls that wait for an answer. */
  get callsInFlight(): number {
    return this.#calls.size;
  }

  /** Resolves when the file is open; rejects with the reason why it could not be opened. */
  async ready(): Promise<LinkReady> {
    const port = this.#port;
    if (!port) throw this.#gone();
    const first = await new Promise<WorkerMessage>((resolve, reject) => {
      port.once('message', (message: WorkerMessage) => {
        this.#isLeaving = message.kind === 'refused';
        resolve(message);
      });
      void this.#ended.then(() => reject(this.#gone()));
    });
    if (first.kind === 'refused') {
      await this.#ended;
      throw fromWireError(first.error);
    }
    invariant(first.kind === 'ready', 'a worker first says whether it is ready');
    port.on('message', (message: WorkerMessage) => this.#receive(message));
    return first;
  }

  /** Posts calls as one message; one whose arguments cannot be cloned is rejected alone. */
  sendCalls(calls: readonly PendingCall[]): void {
    try {
      this.#postCalls(calls);
      return;
    } catch (error) {
      if (!this.#port) throw error;
    }
    for (const call of calls) {
      try {
        this.#postCalls([call]);
      } catch (error) {
        call.reject(
          new RaptorFlowError(
            'invalid_input',
            'The arguments cannot be sent to the store: pass plain data without functions.',
            { cause: error },
          ),
        );
      }
    }
  }

  sendBegin(): void {
    this.#post({ kind: 'begin' });
  }

  sendStep<Result>(name: number, args: unknown): Promise<Result> {
    return new Promise((resolve, reject) => {
      this.#post({ kind: 'step', name, args });
      invariant(
        this.#steps.push({ resolve, reject }),
        'a transaction asks for fewer steps than the queue holds',
      );
    });
  }

  sendEnd(outcome: 'commit' | 'rollback'): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.#post({ kind: 'end', outcome });
      invariant(this.#ends.push({ resolve, reject }), 'fewer transactions end than the queue holds');
    });
  }

  sendMaintain<Result>(task: MaintenanceTask): Promise<Result> {
    return new Promise((resolve, reject) => {
      this.#lastMaintenance += 1;
      this.#post({ kind: 'maintain', id: this.#lastMaintenance, task });
      this.#maintenance.set(this.#lastMaintenance, { resolve, reject });
    });
  }

  /** Lets the worker finish its inbox and close the file; once `deadline` resolves it is closed by force. */
  async close(deadline: Promise<void>): Promise<void> {
    if (!this.#port) return;
    this.#isLeaving = true;
    this.#post({ kind: 'stop' });
    await Promise.race([this.#ended, deadline]);
    if (this.#port) this.#connection.cut();
    await this.#ended;
  }

  async #leave(): Promise<void> {
    this.#fault = await this.#connection.left(this.#isLeaving);
    this.#port = undefined;
    this.#abandon();
  }

  #postCalls(calls: readonly PendingCall[]): void {
    const names: number[] = [];
    const args: unknown[] = [];
    const transfer: Transferable[] = [];
    for (const call of calls) {
      names.push(call.name);
      args.push(call.args);
      if (call.transfer) transfer.push(...call.transfer);
    }
    this.#post({ kind: 'calls', names, args }, transfer);
    for (const call of calls) this.#calls.push(call);
  }

  #post(message: OwnerMessage, transfer: Transferable[] = []): void {
    if (!this.#port) throw this.#gone();
    this.#port.postMessage(message, transfer);
  }

  #receive(message: WorkerMessage): void {
    switch (message.kind) {
      case 'committed':
        this.#settle(message);
        break;
      case 'step':
        answer(this.#steps.shift(), message.value, message.error);
        break;
      case 'maintained':
        answer(this.#maintenance.get(message.id), message.value, message.error);
        this.#maintenance.delete(message.id);
        break;
      case 'trouble':
        this.#listener.onTrouble(fromWireError(message.error));
        break;
      case 'ready':
      case 'refused':
        invariant(false, 'a worker says once whether it is ready');
    }
    this.#listener.onProgress();
  }

  #settle({ results, failures, ended, notifications }: CommittedMessage): void {
    let nextFailure = 0;
    for (let index = 0; index < results.length; index += 1) {
      const call = this.#calls.shift();
      invariant(call, 'a call is answered once');
      const failure = failures[nextFailure];
      if (failure?.[0] === index) {
        nextFailure += 1;
        call.reject(fromWireError(failure[1]));
      } else {
        call.resolve(results[index]);
      }
    }
    for (const error of ended) answer(this.#ends.shift(), undefined, error);
    for (const notification of notifications) this.#listener.onNotification(notification);
  }

  #abandon(): void {
    const error = this.#gone();
    for (const pending of this.#maintenance.values()) pending.reject(error);
    this.#maintenance.clear();
    for (const queue of [this.#calls, this.#steps, this.#ends]) {
      for (let pending = queue.shift(); pending; pending = queue.shift()) pending.reject(error);
    }
    this.#listener.onExit(error);
  }

  #gone(): RaptorFlowError {
    return new RaptorFlowError(
      'unavailable',
      `The worker of the store at ${this.#path} is not running; start the program again.`,
      { cause: this.#fault },
    );
  }
}

function answer(
  pending: Pending | undefined,
  value: unknown,
  error: Parameters<typeof fromWireError>[0] | undefined,
): void {
  invariant(pending, 'an answer belongs to somebody who waits');
  if (error) pending.reject(fromWireError(error));
  else pending.resolve(value);
}
