import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { RaptorFlowError } from '../kernel/index.ts';
import type { Operation, Program } from './program.ts';
import { toStorageError } from './sqlite-errors.ts';
import { toWireError, type CommittedMessage, type WireError } from './wire.ts';

/** What a group needs around it. */
export interface CommitGroupOptions {
  readonly db: DatabaseSync;
  /** A group with this many answers commits although more work is waiting. */
  readonly batchCallsMax: number;
  /** Hears of everything that a commit covers, after it. */
  readonly emit: (message: CommittedMessage) => void;
}

/**
 * Gathers work into one transaction of SQLite and answers all of it after the commit.
 *
 * Inside the transaction, every batch of calls and every interactive transaction is a savepoint of its own, so that one that
 * fails is undone alone. A batch first runs without a savepoint per call; only if a call throws is it undone and run again
 * with one for each, which is why operations must be fit to run again.
 */
export class CommitGroup {
  readonly #db: DatabaseSync;
  readonly #options: CommitGroupOptions;
  readonly #calls: Operation[];
  readonly #isRead: boolean[];
  readonly #statements: Record<
    'begin' | 'commit' | 'savepoint' | 'release' | 'undo' | 'callSavepoint' | 'callRelease' | 'callUndo',
    StatementSync
  >;
  #results: unknown[] = [];
  #failures: [number, WireError][] = [];
  #ended: (WireError | undefined)[] = [];
  #notifications: unknown[] = [];
  // An interactive transaction is open: its savepoint is the innermost, and nothing can be committed before it ends.
  #interactive = false;
  // SQLite gave up the whole transaction; the interactive one learns of it when it ends.
  #lost: RaptorFlowError | undefined;

  constructor(options: CommitGroupOptions, program: Program) {
    this.#options = options;
    this.#db = options.db;
    const reads = new Set(program.reads);
    const entries = Object.entries(program.operations);
    this.#calls = entries.map(([, operation]) => operation);
    this.#isRead = entries.map(([name]) => reads.has(name));
    const prepare = (sql: string): StatementSync => this.#db.prepare(sql);
    this.#statements = {
      begin: prepare('BEGIN IMMEDIATE'),
      commit: prepare('COMMIT'),
      savepoint: prepare('SAVEPOINT unit'),
      release: prepare('RELEASE unit'),
      undo: prepare('ROLLBACK TO unit'),
      callSavepoint: prepare('SAVEPOINT call'),
      callRelease: prepare('RELEASE call'),
      callUndo: prepare('ROLLBACK TO call'),
    };
  }

  /** Remembers a message of the program until the commit. */
  notify(message: unknown): void {
    this.#notifications.push(message);
  }

  /** Runs calls in order; their answers go out with the next commit. */
  run(names: readonly number[], args: readonly unknown[]): void {
    const { batchCallsMax } = this.#options;
    for (let from = 0; from < names.length; from += batchCallsMax) {
      const to = Math.min(from + batchCallsMax, names.length);
      this.#runBatch(names, args, from, to);
      if (this.#results.length >= batchCallsMax) this.flush();
    }
  }

  /** Opens an interactive transaction. What was gathered is committed first: its answers must not wait for somebody's next step. */
  begin(): void {
    this.flush();
    this.#lost = undefined;
    this.#interactive = true;
    try {
      this.#open();
      this.#statements.savepoint.run();
    } catch (error) {
      this.#lose(toStorageError(error));
    }
  }

  /** Runs one call of the interactive transaction and answers at once. */
  step(name: number, args: unknown): unknown {
    if (this.#lost) throw this.#lost;
    const notifications = this.#notifications.length;
    this.#statements.callSavepoint.run();
    try {
      const value = this.#calls[name]?.(args);
      this.#statements.callRelease.run();
      return value;
    } catch (error) {
      this.#notifications.length = notifications;
      this.#undoCall(error);
      throw toStorageError(error);
    }
  }

  /** Ends the interactive transaction; its outcome goes out with the next commit. */
  end(outcome: 'commit' | 'rollback'): void {
    this.#interactive = false;
    let error = this.#lost;
    this.#lost = undefined;
    if (!error) {
      try {
        if (outcome === 'rollback') {
          this.#statements.undo.run();
          this.#notifications = [];
        }
        this.#statements.release.run();
      } catch (thrown) {
        error = toStorageError(thrown);
        this.#lose(error);
      }
    }
    this.#ended.push(error && outcome === 'commit' ? toWireError(error) : undefined);
  }

  /** Whether an interactive transaction is open. */
  get interactive(): boolean {
    return this.#interactive;
  }

  /** Commits what is gathered and answers it; does nothing while an interactive transaction is open. */
  flush(): void {
    if (this.#interactive) return;
    if (this.#db.isTransaction) {
      try {
        this.#statements.commit.run();
      } catch (error) {
        this.#lose(toStorageError(error));
      }
    }
    if (this.#results.length === 0 && this.#ended.length === 0 && this.#notifications.length === 0) return;
    const message: CommittedMessage = {
      kind: 'committed',
      results: this.#results,
      failures: this.#failures,
      ended: this.#ended,
      notifications: this.#notifications,
    };
    this.#results = [];
    this.#failures = [];
    this.#ended = [];
    this.#notifications = [];
    this.#options.emit(message);
  }

  /** Runs work of the store itself in the group's transaction and commits it. */
  exclusively(work: () => void): void {
    try {
      this.#open();
      work();
    } catch (error) {
      this.#lose(toStorageError(error));
      throw error;
    } finally {
      this.flush();
    }
  }

  #open(): void {
    if (!this.#db.isTransaction) this.#statements.begin.run();
  }

  #runBatch(names: readonly number[], args: readonly unknown[], from: number, to: number): void {
    if (!this.#db.isTransaction && this.#areReads(names, from, to)) {
      for (let index = from; index < to; index += 1) this.#read(names[index] ?? -1, args[index]);
      return;
    }
    const { length } = this.#results;
    const notifications = this.#notifications.length;
    try {
      this.#open();
      this.#statements.savepoint.run();
      try {
        for (let index = from; index < to; index += 1) {
          this.#results.push(this.#calls[names[index] ?? -1]?.(args[index]));
        }
      } catch (error) {
        if (!this.#db.isTransaction) throw error;
        this.#statements.undo.run();
        this.#results.length = length;
        this.#notifications.length = notifications;
        this.#runOneByOne(names, args, from, to);
      }
      this.#statements.release.run();
    } catch (error) {
      // The batch is part of what is lost, also the calls that had no turn.
      this.#results.length = length;
      for (let index = from; index < to; index += 1) this.#results.push(undefined);
      this.#lose(toStorageError(error));
    }
  }

  #runOneByOne(names: readonly number[], args: readonly unknown[], from: number, to: number): void {
    for (let index = from; index < to; index += 1) {
      const notifications = this.#notifications.length;
      this.#statements.callSavepoint.run();
      try {
        const value = this.#calls[names[index] ?? -1]?.(args[index]);
        this.#statements.callRelease.run();
        this.#results.push(value);
      } catch (error) {
        if (!this.#db.isTransaction) throw error;
        this.#statements.callUndo.run();
        this.#statements.callRelease.run();
        this.#notifications.length = notifications;
        this.#fail(error);
      }
    }
  }

  #read(name: number, args: unknown): void {
    try {
      this.#results.push(this.#calls[name]?.(args));
    } catch (error) {
      this.#fail(error);
    }
  }

  #fail(error: unknown): void {
    this.#failures.push([this.#results.length, toWireError(toStorageError(error))]);
    this.#results.push(undefined);
  }

  #areReads(names: readonly number[], from: number, to: number): boolean {
    for (let index = from; index < to; index += 1) {
      if (!this.#isRead[names[index] ?? -1]) return false;
    }
    return true;
  }

  // Some faults (a full disk, a failed write) make SQLite give up the whole transaction and not only the statement.
  #undoCall(error: unknown): void {
    if (!this.#db.isTransaction) {
      this.#lose(toStorageError(error));
      return;
    }
    this.#statements.callUndo.run();
    this.#statements.callRelease.run();
  }

  // Nothing of the group is stored: every answer that it held becomes this error.
  #lose(error: RaptorFlowError): void {
    if (this.#db.isTransaction) this.#db.exec('ROLLBACK');
    const wire = toWireError(error);
    this.#failures = this.#results.map((_, index) => [index, wire]);
    this.#results = this.#results.map(() => undefined);
    this.#ended = this.#ended.map(() => wire);
    this.#notifications = [];
    if (this.#interactive) this.#lost = error;
  }
}
