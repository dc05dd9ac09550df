import type { CompiledQuery, DatabaseConnection, Driver, QueryResult } from 'kysely';
import type { Pool, PoolClient, QueryResult as PgResult } from 'pg';
import { isRaptorFlowError, RaptorFlowError } from 'raptorflow/kernel';
import { toScalars } from '../parameters.ts';
import { allInOrder, lostRace, type AddedStatement } from '../writing.ts';
import { toDatabaseError } from './postgres-errors.ts';
import type { StatementNames } from './statement-names.ts';

/**
 * Kysely's driver over a pool. Every statement runs in a transaction that begins with the scope's preamble (role and workspace),
 * because `set local` ends with the transaction: a connection goes back to the pool as it came.
 */
export class PostgresDriver implements Driver {
  readonly #pool: Pool;
  readonly #preamble: string;
  readonly #names: StatementNames;

  /** `preamble` is SQL that opens a transaction, `begin` included; `names` are those of all drivers over the pool. */
  constructor(pool: Pool, preamble: string, names: StatementNames) {
    this.#pool = pool;
    this.#preamble = preamble;
    this.#names = names;
  }

  async init(): Promise<void> {
    // The pool connects when it is first used.
  }

  async acquireConnection(): Promise<DatabaseConnection> {
    try {
      return new PostgresConnection(await this.#pool.connect(), this.#preamble, this.#names);
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

/** Runs statements and the commit in one trip; `announcement` is a last statement. */
export async function writeTogether(
  pool: Pool,
  preamble: string,
  names: StatementNames,
  statements: readonly AddedStatement[],
  announcement: string | undefined,
): Promise<void> {
  const client = await pool.connect().catch((error: unknown) => {
    throw toDatabaseError(error);
  });
  const connection = new PostgresConnection(client, preamble, names);
  try {
    await connection.writeAll(statements, announcement);
  } finally {
    connection.release();
  }
}

const changing: ReadonlySet<string> = new Set(['INSERT', 'UPDATE', 'DELETE', 'MERGE']);

class PostgresConnection implements DatabaseConnection {
  readonly #client: PoolClient;
  readonly #preamble: string;
  readonly #names: StatementNames;
  #inTransaction = false;
  #begun: Promise<unknown> = Promise.resolve();
  // The connection is in an unknown state and must not serve anybody else.
  #broken = false;
  #corked = false;

  constructor(client: PoolClient, preamble: string, names: StatementNames) {
    this.#client = client;
    this.#preamble = preamble;
    this.#names = names;
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

  /** All of it leaves at once: a commit behind a statement that failed rolls back. */
  async writeAll(statements: readonly AddedStatement[], announcement: string | undefined): Promise<void> {
    this.begin();
    await allInOrder([
      ...statements.map((statement) => this.#add(statement)),
      ...(announcement === undefined ? [] : [this.#command(announcement)]),
      this.commit(),
    ]);
  }

  // The server itself counts the rows, because the commit is on its way before anybody here could.
  async #add({ query, rows }: AddedStatement): Promise<void> {
    const parameters = toScalars(query.parameters);
    if (rows === undefined) {
      await this.#execute(query.sql, parameters);
      return;
    }
    try {
      await this.#execute(countingTo(rows, query.sql), parameters);
    } catch (error) {
      throw isRaptorFlowError(error) && error.details['sqlstate'] === miscount ? lostRace() : error;
    }
  }

  // eslint-disable-next-line require-yield -- The interface asks for a generator, and there is nothing to yield.
  async *streamQuery<R>(): AsyncIterableIterator<QueryResult<R>> {
    throw new RaptorFlowError('invalid_input', 'Rows are not streamed here; read them in pages.');
  }

  async #execute<R>(sql: string, parameters: unknown[]): Promise<QueryResult<R>> {
    const { command, rowCount, rows } = await this.#guard(() =>
      this.#query<R & Record<string, unknown>>(sql, parameters),
    );
    return changing.has(command) ? { rows, numAffectedRows: BigInt(rowCount ?? 0) } : { rows };
  }

  #command(sql: string): Promise<PgResult> {
    return this.#guard(() => this.#query(sql));
  }

  // What one turn of the event loop sends leaves in one write: each costs as much as the server's work on a small statement.
  #query<R extends Record<string, unknown>>(sql: string, parameters?: unknown[]): Promise<PgResult<R>> {
    const { stream } = this.#client.connection;
    if (!this.#corked) {
      this.#corked = true;
      stream.cork();
      // Behind everything that is done in this turn, whoever is awaited in it.
      queueMicrotask(() =>
        process.nextTick(() => {
          this.#corked = false;
          stream.uncork();
        }),
      );
    }
    if (parameters === undefined) return this.#client.query<R>(sql);
    const name = this.#names.of(sql);
    return this.#client.query<R>({ text: sql, values: parameters, ...(name !== undefined && { name }) });
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

const miscount = '22012';

/** A statement that fails, by a division by zero, when it changes another number of rows. */
function countingTo(rows: number, sql: string): string {
  return `with changed as (${sql} returning 1) select 1 / (case when count(*) = ${rows} then 1 else 0 end) from changed`;
}
