import type { DatabaseSync, SQLInputValue } from 'node:sqlite';
import type { Program, SqliteMigrations } from '../../../storage/index.ts';
import { readCursor } from '../cursor.ts';
import type { CleanupRecord } from '../record.ts';
import {
  resultsPageDefault,
  type CleanupResultsPage,
  type CleanupResultsQuery,
  type CleanupWrite,
  type StoredCleanupTask,
} from '../store.ts';
import type { CleanupResult } from '../task.ts';

/** The tables, for the store. */
export const migrations: SqliteMigrations = {
  room: 'cleanup',
  steps: [
    {
      id: '001_cleanup',
      up: (db) =>
        db.exec(`
          CREATE TABLE cleanup_tasks (
            id TEXT PRIMARY KEY,
            version INTEGER NOT NULL,
            body TEXT NOT NULL
          ) STRICT, WITHOUT ROWID;
          CREATE TABLE cleanup_results (
            -- Never used again, so that a cursor stays where it was.
            place INTEGER PRIMARY KEY AUTOINCREMENT,
            task_id TEXT NOT NULL,
            body TEXT NOT NULL
          ) STRICT;
          CREATE INDEX cleanup_results_task ON cleanup_results (task_id, place);
        `),
    },
  ],
};

/** Builds the program over an open database. */
export function createProgram(db: DatabaseSync, options: unknown): Program {
  const { resultsMax } = options as { readonly resultsMax: number };
  const load = db.prepare('SELECT id, version, body FROM cleanup_tasks ORDER BY id');
  const read = db.prepare('SELECT id, version, body FROM cleanup_tasks WHERE id = ?');
  const insert = db.prepare(
    'INSERT INTO cleanup_tasks (id, version, body) VALUES (?, 1, ?) ON CONFLICT (id) DO NOTHING',
  );
  const update = db.prepare(
    'UPDATE cleanup_tasks SET version = version + 1, body = ? WHERE id = ? AND version = ?',
  );
  const remove = db.prepare('DELETE FROM cleanup_tasks WHERE id = ? AND version = ?');
  const append = db.prepare('INSERT INTO cleanup_results (task_id, body) VALUES (?, ?)');
  const trim = db.prepare(
    'DELETE FROM cleanup_results WHERE place <= (SELECT place FROM cleanup_results ORDER BY place DESC LIMIT 1 OFFSET ?)',
  );
  return {
    operations: {
      load: (): StoredCleanupTask[] => load.all().map(taskOf),
      read(id: string): StoredCleanupTask | undefined {
        const row = read.get(id);
        return row && taskOf(row);
      },
      write({ id, expected, record, result }: CleanupWrite): boolean {
        const body = JSON.stringify(record);
        const { changes } = expected === 0 ? insert.run(id, body) : update.run(body, id, expected);
        if (Number(changes) === 0) return false;
        if (result) {
          append.run(result.taskId, JSON.stringify(result));
          trim.run(resultsMax);
        }
        return true;
      },
      remove: ({ id, expected }: { readonly id: string; readonly expected: number }): boolean =>
        Number(remove.run(id, expected).changes) > 0,
      results: (query: CleanupResultsQuery): CleanupResultsPage => readResults(db, query),
    },
    reads: ['load', 'read', 'results'],
  };
}

function taskOf(row: Record<string, unknown>): StoredCleanupTask {
  const record = JSON.parse(String(row['body'])) as CleanupRecord;
  return { id: String(row['id']), version: Number(row['version']), record };
}

function readResults(
  db: DatabaseSync,
  { taskId, limit = resultsPageDefault, cursor }: CleanupResultsQuery,
): CleanupResultsPage {
  const wheres = ['place < ?'];
  const values: SQLInputValue[] = [cursor === undefined ? Number.MAX_SAFE_INTEGER : readCursor(cursor)];
  if (taskId !== undefined) {
    wheres.push('task_id = ?');
    values.push(taskId);
  }
  const rows = db
    .prepare(
      `SELECT place, body FROM cleanup_results WHERE ${wheres.join(' AND ')} ORDER BY place DESC LIMIT ?`,
    )
    .all(...values, limit + 1);
  const page = rows.slice(0, limit);
  return {
    items: page.map((row) => JSON.parse(String(row['body'])) as CleanupResult),
    next: rows.length > limit ? String(page.at(-1)?.['place']) : null,
  };
}
