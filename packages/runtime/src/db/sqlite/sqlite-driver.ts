import {
  SelectQueryNode,
  type CompiledQuery,
  type DatabaseConnection,
  type Driver,
  type QueryResult,
} from 'kysely';
import { RaptorFlowError } from 'raptorflow/kernel';
import type { SqliteStore, SqliteTransaction } from 'raptorflow/storage';
import { toScalars } from '../parameters.ts';
import type { Statement, StatementResult } from './relational-program.ts';

/**
 * Kysely's driver over a store of the storage room. A statement outside a transaction is one call, committed together with
 * everybody else's; a transaction owns the store until it ends.
 */
export class SqliteDriver implements Driver {
  readonly #store: SqliteStore;
  readonly #durationMsMax: number | undefined;

  /** `durationMsMax` replaces the store's limit for transactions, for migrations. */
  constructor(store: SqliteStore, durationMsMax?: number) {
    this.#store = store;
    this.#durationMsMax = durationMsMax;
  }

  async init(): Promise<void> {
    // The store is started by the engine.
  }

  async acquireConnection(): Promise<DatabaseConnection> {
    return new SqliteConnection(this.#store, this.#durationMsMax);
  }

  async beginTransaction(connection: SqliteConnection): Promise<void> {
    await connection.begin();
  }

  async commitTransaction(connection: SqliteConnection): Promise<void> {
    await connection.commit();
  }

  async rollbackTransaction(connection: SqliteConnection): Promise<void> {
    await connection.rollback();
  }

  async releaseConnection(): Promise<void> {
    // A connection is a way to talk and holds nothing.
  }

  async destroy(): Promise<void> {
    // The store is stopped by the engine.
  }
}

class SqliteConnection implements DatabaseConnection {
  readonly #store: SqliteStore;
  readonly #durationMsMax: number | undefined;
  #transaction: SqliteTransaction | undefined;
  #failure: unknown;

  constructor(store: SqliteStore, durationMsMax: number | undefined) {
    this.#store = store;
    this.#durationMsMax = durationMsMax;
  }

  async begin(): Promise<void> {
    this.#transaction = await this.#store.begin(
      this.#durationMsMax === undefined ? {} : { durationMsMax: this.#durationMsMax },
    );
    this.#failure = undefined;
  }

  async commit(): Promise<void> {
    this.#assertSound();
    await this.#transaction?.commit();
    this.#transaction = undefined;
  }

  async rollback(): Promise<void> {
    await this.#transaction?.rollback();
    this.#transaction = undefined;
  }

  async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    this.#assertSound();
    const statement: Statement = { sql: query.sql, parameters: toScalars(query.parameters) };
    const reads = SelectQueryNode.is(query.query);
    const target = this.#transaction ?? this.#store;
    try {
      const { rows, changes } = await target.call<StatementResult & { rows: R[] }>(
        reads ? 'read' : 'write',
        statement,
      );
      return reads ? { rows } : { rows, numAffectedRows: BigInt(changes) };
    } catch (error) {
      if (this.#transaction) this.#failure = error;
      throw error;
    }
  }

  // eslint-disable-next-line require-yield -- The interface asks for a generator, and there is nothing to yield.
  async *streamQuery<R>(): AsyncIterableIterator<QueryResult<R>> {
    throw new RaptorFlowError('invalid_input', 'Rows are not streamed here; read them in pages.');
  }

  // PostgreSQL refuses every statement after one that failed; the same is done here, so that code which works on one works on both.
  #assertSound(): void {
    if (this.#failure === undefined) return;
    throw new RaptorFlowError(
      'conflict',
      'A statement of this transaction has failed before; let the failure end the transaction.',
      { cause: this.#failure },
    );
  }
}
