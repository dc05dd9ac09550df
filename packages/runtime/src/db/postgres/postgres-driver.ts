import type { CompiledQuery, DatabaseConnection, Driver, QueryResult } from 'kysely';
import type { Pool, PoolClient, QueryResult as PgResult } from 'pg';
import { RaptorFlowError } from 'raptorflow/kernel';
import { toScalars } from '../parameters.ts';
import { toDatabaseError } from './postgres-errors.ts';

/**
 * Kysely's driver over a pool. Every statement runs in a transaction that begins with the scope's preamble (role and workspace),
 * because `set local` ends with the transaction: a connection goes back to the pool as it came.
 */
export class PostgresDriver implements Driver {
  readonly #pool: Pool;
  readonly #preamble: string;

  /** `preamble` is SQL that opens a transaction, `begin` included. */
  constructor(pool: Pool, preamble: string) {
    this.#pool = pool;
    this.#preamble = preamble;
  }

  async init(): Promise<void> {
    // The pool connects when it is first used.
  }

  async acquireConnection(): Promise<DatabaseConnection> {
    try {
      return new PostgresConnection(await this.#pool.connect(), this.#preamble);
    } catch (error) {
      throw toDatabaseError(error);
    }
  }

  async beginTransaction(connection: PostgresConnection): Promise<void> {
    connection.begin();
  }

  async commitTransaction(connection: PostgresConnection): Promise<void> {
    await connection.commit();
  }

  async rollbackTransaction(connection: PostgresConnection): Promise<void> {
    await connection.rollback();
  }

  async releaseConnection(connection: PostgresConnection): Promise<void> {
    connection.release();
  }

  async destroy(): Promise<void> {
    // The pool is ended by the engine.
  }
}

const changing: ReadonlySet<string> = new Set(['INSERT', 'UPDATE', 'DELETE', 'MERGE']);

class PostgresConnection implements DatabaseConnection {
  readonly #client: PoolClient;
  readonly #preamble: string;
  #inTransaction = false;
  #begun: Promise<unknown> = Promise.resolve();
  // The connection is in an unknown state and must not serve anybody else.
  #broken = false;

  constructor(client: PoolClient, preamble: string) {
    this.#client = client;
    this.#preamble = preamble;
  }

  /**
   * Opens a transaction without waiting for the answer: the server works statements off in order, and one that stands behind a
   * preamble that failed is refused with it.
   */
  begin(): void {
    this.#begun = this.#command(this.#preamble);
    // Whoever awaits the next statement, or the end, is told.
    this.#begun.catch(() => undefined);
    this.#inTransaction = true;
  }

  async commit(): Promise<void> {
    this.#inTransaction = false;
    const [, { command }] = await Promise.all([this.#begun, this.#command('commit')]);
    if (command === 'ROLLBACK') {
      throw new RaptorFlowError(
        'conflict',
        'A statement of this transaction has failed before; let the failure end the transaction.',
      );
    }
  }

  async rollback(): Promise<void> {
    this.#inTransaction = false;
    await this.#command('rollback');
  }

  release(): void {
    this.#client.release(this.#broken);
  }

  async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    const parameters = toScalars(query.parameters);
    if (this.#inTransaction) return this.#execute<R>(query.sql, parameters);
    this.begin();
    // A commit behind a statement that failed rolls back, so all three can leave together.
    const [result, committed] = await Promise.allSettled([
      this.#execute<R>(query.sql, parameters),
      this.commit(),
    ]);
    // The first failure is the one that says something.
    if (result.status === 'rejected') throw result.reason;
    if (committed.status === 'rejected') throw committed.reason;
    return result.value;
  }

  // eslint-disable-next-line require-yield -- The interface asks for a generator, and there is nothing to yield.
  async *streamQuery<R>(): AsyncIterableIterator<QueryResult<R>> {
    throw new RaptorFlowError('invalid_input', 'Rows are not streamed here; read them in pages.');
  }

  async #execute<R>(sql: string, parameters: unknown[]): Promise<QueryResult<R>> {
    const { command, rowCount, rows } = await this.#guard(() =>
      this.#client.query<R & Record<string, unknown>>(sql, parameters),
    );
    return changing.has(command) ? { rows, numAffectedRows: BigInt(rowCount ?? 0) } : { rows };
  }

  #command(sql: string): Promise<PgResult> {
    return this.#guard(() => this.#client.query(sql));
  }

  async #guard<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      const translated = toDatabaseError(error);
      if (translated.kind === 'unavailable' || translated.code === 'timeout') this.#broken = true;
      throw translated;
    }
  }
}
