import { RaptorFlowError, type Clock, type Timer } from '../kernel/index.ts';

/**
 * A transaction in the caller's hands. It sees its own changes; others see them after `commit` resolved.
 * A failed call is undone alone and the transaction goes on.
 */
export interface SqliteTransaction {
  /** Runs an operation inside. Rejects like `SqliteStore.call`, and with `timeout` once `transactionMsMax` has passed. */
  call<Result>(operation: string, args?: unknown): Promise<Result>;
  /** Resolves when everything is durable; when it rejects, nothing of the transaction is stored. */
  commit(): Promise<void>;
  /** Undoes everything. Tolerates a transaction that has ended. */
  rollback(): Promise<void>;
}

/** What a transaction needs of its store. */
export interface TransactionPort {
  step<Result>(operation: string, args: unknown): Promise<Result>;
  end(outcome: 'commit' | 'rollback'): Promise<void>;
}

/**
 * States: `open` → `ended` (committed or rolled back by its owner), or `lost` (with the reason: it took too long, the store
 * stopped, the worker died). `ended` and `lost` are final.
 */
type State = { kind: 'open' } | { kind: 'ended' } | { kind: 'lost'; error: RaptorFlowError };

/** The open transaction of a store; there is at most one. */
export class OpenTransaction implements SqliteTransaction {
  readonly #port: TransactionPort;
  readonly #timer: Timer;
  #state: State = { kind: 'open' };

  constructor(port: TransactionPort, clock: Clock, durationMsMax: number) {
    this.#port = port;
    this.#timer = clock.setTimeout(
      () =>
        this.expire(
          `The transaction was open for more than ${durationMsMax} ms and is rolled back; await nothing else inside a transaction.`,
        ),
      durationMsMax,
    );
  }

  async call<Result>(operation: string, args?: unknown): Promise<Result> {
    this.#assertOpen();
    return this.#port.step<Result>(operation, args);
  }

  async commit(): Promise<void> {
    this.#assertOpen();
    await this.#end('commit');
  }

  async rollback(): Promise<void> {
    if (this.#state.kind === 'open') await this.#end('rollback');
  }

  /** Rolls back on the store's initiative. */
  expire(reason: string): void {
    if (this.#state.kind !== 'open') return;
    // A rollback that fails belongs to a worker that is gone, and that has its own report.
    this.#end('rollback').catch(() => undefined);
    this.#state = { kind: 'lost', error: new RaptorFlowError('timeout', reason) };
  }

  /** The worker is gone, and the transaction with it. */
  abandon(error: RaptorFlowError): void {
    this.#timer.cancel();
    this.#state = { kind: 'lost', error };
  }

  async #end(outcome: 'commit' | 'rollback'): Promise<void> {
    this.#timer.cancel();
    this.#state = { kind: 'ended' };
    await this.#port.end(outcome);
  }

  #assertOpen(): void {
    if (this.#state.kind === 'lost') throw this.#state.error;
    if (this.#state.kind === 'ended') {
      throw new RaptorFlowError('conflict', 'The transaction has ended; open a new one.');
    }
  }
}
