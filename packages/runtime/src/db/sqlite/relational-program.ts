import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';
import type { Program } from 'raptorflow/storage';

/** A statement on its way to the worker. */
export interface Statement {
  readonly sql: string;
  readonly parameters: readonly SQLInputValue[];
}

/** What the worker answers. */
export interface StatementResult {
  readonly rows: readonly Record<string, unknown>[];
  /** Rows that an insert, update or delete changed. */
  readonly changes: number;
}

/** Prepared statements kept; the least recently used one makes room. */
const statementsMax = 500;

/** The program of the relational store: it runs the statements that the query builder compiled. */
export function createProgram(db: DatabaseSync): Program {
  const statements = new Map<string, StatementSync>();

  function prepared(sql: string): StatementSync {
    let statement = statements.get(sql);
    if (statement) {
      statements.delete(sql);
    } else {
      statement = db.prepare(sql);
      const [oldest] = statements.size >= statementsMax ? statements.keys() : [];
      if (oldest !== undefined) statements.delete(oldest);
    }
    statements.set(sql, statement);
    return statement;
  }

  function run({ sql, parameters }: Statement): StatementResult {
    const statement = prepared(sql);
    if (statement.columns().length > 0) {
      const rows = statement.all(...parameters);
      return { rows, changes: rows.length };
    }
    return { rows: [], changes: Number(statement.run(...parameters).changes) };
  }

  return { operations: { read: run, write: run }, reads: ['read'] };
}
