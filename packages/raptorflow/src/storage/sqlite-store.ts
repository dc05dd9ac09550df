import type { Transferable } from 'node:worker_threads';
import {
  BoundedQueue,
  Lifecycle,
  parseOptions,
  RaptorFlowError,
  silentLogger,
  systemClock,
  type Clock,
  type Logger,
  type Service,
  type ServiceState,
  type StopOptions,
} from '../kernel/index.ts';
import { sqliteOptionsSchema, type ResolvedSqliteOptions, type SqliteOptions } from './sqlite-options.ts';
import { createSqliteThread, type SqliteThread } from './sqlite-thread.ts';
import { OpenTransaction, type SqliteTransaction, type TransactionPort } from './sqlite-transaction.ts';
import { WorkerLink, type LinkListener, type PendingCall } from './worker-link.ts';

export type { SqliteTransaction } from './sqlite-transaction.ts';

/** What a store is given. */
export interface SqliteDependencies {
  readonly clock?: Clock;
  readonly log?: Logger;
  /** Where its file is served, beside those of others. Default: a thread of its own. */
  readonly thread?: SqliteThread | undefined;
}

/** How one call travels. */
export interface CallOptions {
  /** Buffers handed over to the worker instead of copied; they are unusable here afterwards. */
  readonly transfer?: readonly Transferable[];
  /** Sends it, and what waits before it, now and not together with what else the present turn of the event loop brings. */
  readonly atOnce?: boolean;
}

/** How a transaction is opened. */
export interface BeginOptions {
  /** Replaces the store's `transactionMsMax`, for work that is known to take long. */
  readonly durationMsMax?: number;
}

/**
 * A SQLite database in a worker thread, reached through the named operations of its program.
 *
 * Calls that wait together share one transaction (group commit), in the order in which they were made. A call resolves only
 * after the commit that covers it; when it rejects, nothing of it is stored. A file belongs to one store at a time; see
 * `lockDirectory`.
 */
export interface SqliteStore extends Service {
  /** True when the file was not closed properly the last time; it has then passed a quick check. Meaningful once started. */
  readonly uncleanStop: boolean;
  /**
   * Runs an operation. Rejects with what the operation threw; `invalid_input` for an unknown operation or arguments that
   * cannot be cloned; `exhausted` beyond `queueCallsMax`; `storage_full`, `storage_corrupt`, `constraint_violated`;
   * `unavailable` when the store is not running or its worker died (the call may then have been committed or not).
   */
  call<Result>(operation: string, args?: unknown, options?: CallOptions): Promise<Result>;
  /**
   * Waits for its turn and opens a transaction that belongs to the caller until `commit` or `rollback`; other calls wait.
   * Await nothing else in between: it would hold up everybody.
   */
  begin(options?: BeginOptions): Promise<SqliteTransaction>;
  /** Hears what the program sends with `notify`, after the commit. Returns the way to stop hearing. */
  onNotification(listener: (message: unknown) => void): () => void;
  /** Writes a consistent copy to `path`, which must not exist (`conflict`), while the store goes on. */
  backup(path: string): Promise<void>;
  /** Bytes of the database and its write-ahead log. */
  sizeBytes(): Promise<number>;
  /** Faults in the file, none when it is sound. `quick` skips the comparison of indexes with their tables. */
  check(depth: 'quick' | 'full'): Promise<readonly string[]>;
}

interface PendingBegin {
  readonly durationMsMax: number;
  resolve(transaction: SqliteTransaction): void;
  reject(error: unknown): void;
}

/** Prepares a store; `start` opens the file, migrates it and, after an unclean stop, checks it. */
export function openSqlite(options: SqliteOptions, dependencies: SqliteDependencies = {}): SqliteStore {
  const resolved = parseOptions('openSqlite', sqliteOptionsSchema, options);
  const { clock = systemClock, log = silentLogger, thread = createSqliteThread() } = dependencies;
  return new WorkerStore(resolved, { clock, log, thread });
}

class WorkerStore implements SqliteStore {
  readonly #options: ResolvedSqliteOptions;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #thread: SqliteThread;
  readonly #lifecycle: Lifecycle;
  readonly #operations = new Map<string, number>();
  readonly #listeners = new Set<(message: unknown) => void>();
  readonly #beginners: BoundedQueue<PendingBegin>;
  readonly #transactionPort: TransactionPort;
  // Calls of the present turn of the event loop, or made while a transaction is open.
  #waiting: PendingCall[] = [];
  #open: OpenTransaction | undefined;
  #link: WorkerLink | undefined;
  #flushing = false;
  #uncleanStop = false;
  #drained: (() => void) | undefined;

  constructor(
    options: ResolvedSqliteOptions,
    { clock, log, thread }: { clock: Clock; log: Logger; thread: SqliteThread },
  ) {
    this.#options = options;
    this.#clock = clock;
    this.#log = log.child('storage');
    this.#thread = thread;
    this.#beginners = new BoundedQueue(options.limits.queueCallsMax);
    this.#transactionPort = {
      // A transaction that is open when the store begins to stop may come to its end.
      step: async <Result>(operation: string, args: unknown) =>
        this.#linked().sendStep<Result>(this.#nameOf(operation), args),
      end: (outcome) => this.#endTransaction(outcome),
    };
    this.#lifecycle = new Lifecycle(`The store at ${options.path}`, {
      start: () => this.#start(),
      stop: ({ deadlineMs }) => this.#stop(deadlineMs),
    });
  }

  get state(): ServiceState {
    return this.#lifecycle.state;
  }

  get uncleanStop(): boolean {
    return this.#uncleanStop;
  }

  start(): Promise<void> {
    return this.#lifecycle.start();
  }

  stop(options?: StopOptions): Promise<void> {
    return this.#lifecycle.stop(options);
  }

  call<Result>(operation: string, args?: unknown, options?: CallOptions): Promise<Result> {
    return new Promise<Result>((resolve, reject) => {
      const link = this.#running();
      const name = this.#nameOf(operation);
      if (this.#waiting.length + link.callsInFlight >= this.#options.limits.queueCallsMax) throw this.#full();
      this.#waiting.push({ name, args, transfer: options?.transfer, resolve, reject });
      if (options?.atOnce) this.#flush();
      else this.#schedule();
    });
  }

  begin(options: BeginOptions = {}): Promise<SqliteTransaction> {
    return new Promise((resolve, reject) => {
      this.#running();
      const durationMsMax = options.durationMsMax ?? this.#options.limits.transactionMsMax;
      if (!this.#beginners.push({ durationMsMax, resolve, reject })) throw this.#full();
      this.#schedule();
    });
  }

  onNotification(listener: (message: unknown) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  async backup(path: string): Promise<void> {
    await this.#running().sendMaintain({ kind: 'backup', path });
  }

  async sizeBytes(): Promise<number> {
    return this.#running().sendMaintain<number>({ kind: 'size' });
  }

  async check(depth: 'quick' | 'full'): Promise<readonly string[]> {
    return this.#running().sendMaintain<readonly string[]>({ kind: 'check', depth });
  }

  #schedule(): void {
    if (this.#flushing || this.#open) return;
    this.#flushing = true;
    // After the present turn of the event loop, so that everything it asks for travels in one message.
    setImmediate(() => {
      this.#flushing = false;
      this.#flush();
    });
  }

  // Sends what waits, unless a transaction is open. A transaction gets its turn after the calls made before it; the calls made
  // meanwhile go before the next one, so neither starves the other.
  #flush(): void {
    const link = this.#link;
    if (this.#open || !link) return;
    if (this.#waiting.length > 0) {
      const calls = this.#waiting;
      this.#waiting = [];
      link.sendCalls(calls);
    }
    const next = this.#beginners.shift();
    if (next) {
      link.sendBegin();
      this.#open = new OpenTransaction(this.#transactionPort, this.#clock, next.durationMsMax);
      next.resolve(this.#open);
    } else {
      this.#noticeDrained();
    }
  }

  async #endTransaction(outcome: 'commit' | 'rollback'): Promise<void> {
    this.#open = undefined;
    const ended = this.#linked().sendEnd(outcome);
    // Posted together with the end, so that the worker finds the next work waiting and both share a commit.
    this.#flush();
    await ended;
  }

  async #start(): Promise<void> {
    const listener: LinkListener = {
      onNotification: (message) => this.#tell(message),
      onTrouble: (error) =>
        this.#log.warn('Housekeeping of the store failed; it is tried again after the next call.', {
          path: this.#options.path,
          error,
        }),
      onProgress: () => this.#noticeDrained(),
      onExit: (error) => this.#abandon(error),
    };
    const link = new WorkerLink(this.#options, this.#thread, listener);
    this.#link = link;
    const { operations, uncleanStop } = await link.ready();
    for (const [index, name] of operations.entries()) this.#operations.set(name, index);
    this.#uncleanStop = uncleanStop;
    if (uncleanStop) {
      this.#log.warn('The database was not closed properly the last time; a quick check found no fault.', {
        path: this.#options.path,
      });
    }
  }

  async #stop(deadlineMs: number): Promise<void> {
    const link = this.#link;
    if (!link) return;
    const early = new AbortController();
    const deadline = this.#clock.sleep(deadlineMs, early.signal).catch(() => undefined);
    const drained = new Promise<void>((resolve) => {
      this.#drained = resolve;
      this.#noticeDrained();
    });
    await Promise.race([drained, deadline]);
    this.#open?.expire('The store stops; the transaction is rolled back.');
    await link.close(deadline);
    early.abort();
  }

  #noticeDrained(): void {
    if (!this.#drained || this.#open) return;
    if (this.#waiting.length === 0 && this.#beginners.size === 0 && !this.#link?.busy) this.#drained();
  }

  #abandon(error: RaptorFlowError): void {
    this.#link = undefined;
    if (this.#lifecycle.state === 'running') {
      this.#lifecycle.fail();
      this.#log.error('The worker of the store died.', { path: this.#options.path, error });
    }
    this.#open?.abandon(error);
    this.#open = undefined;
    for (const call of this.#waiting) call.reject(error);
    this.#waiting = [];
    for (let next = this.#beginners.shift(); next; next = this.#beginners.shift()) next.reject(error);
    this.#drained?.();
  }

  #tell(notification: unknown): void {
    for (const listener of this.#listeners) {
      try {
        listener(notification);
      } catch (error) {
        this.#log.error('A listener for notifications of the store threw.', { error });
      }
    }
  }

  #running(): WorkerLink {
    this.#lifecycle.assertRunning();
    return this.#linked();
  }

  #linked(): WorkerLink {
    if (this.#link) return this.#link;
    throw new RaptorFlowError('unavailable', `The store at ${this.#options.path} has lost its worker.`);
  }

  #nameOf(operation: string): number {
    const name = this.#operations.get(operation);
    if (name !== undefined) return name;
    throw new RaptorFlowError('invalid_input', `This store has no operation "${operation}".`, {
      details: { operation, operations: [...this.#operations.keys()] },
    });
  }

  #full(): RaptorFlowError {
    const { queueCallsMax } = this.#options.limits;
    return new RaptorFlowError(
      'exhausted',
      `The store at ${this.#options.path} has ${queueCallsMax} calls waiting; send fewer at once or raise queueCallsMax.`,
      { details: { queueCallsMax } },
    );
  }
}
