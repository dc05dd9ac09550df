import type { DatabaseSync } from 'node:sqlite';
import type { Program, SqliteMigrations } from '../../../../storage/index.ts';
import type { AppliedAdvice } from '../store.ts';

/** The tables, for the store. */
export const migrations: SqliteMigrations = {
  room: 'advice',
  steps: [
    {
      id: '001_advice',
      up: (db) =>
        db.exec(
          'CREATE TABLE applied_advice (place INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, body TEXT NOT NULL) STRICT',
        ),
    },
  ],
};

/** Builds the program over an open database. */
export function createProgram(db: DatabaseSync, options: unknown): Program {
  const { appliedMax } = options as { readonly appliedMax: number };
  const load = db.prepare('SELECT body FROM applied_advice ORDER BY place DESC');
  const keep = db.prepare('INSERT OR REPLACE INTO applied_advice (id, body) VALUES (?, ?)');
  const trim = db.prepare(
    'DELETE FROM applied_advice WHERE place <= (SELECT place FROM applied_advice ORDER BY place DESC LIMIT 1 OFFSET ?)',
  );
  return {
    operations: {
      load: (): AppliedAdvice[] => load.all().map((row) => JSON.parse(String(row['body'])) as AppliedAdvice),
      keep(applied: AppliedAdvice): void {
        keep.run(applied.recommendation.id, JSON.stringify(applied));
        trim.run(appliedMax);
      },
    },
    reads: ['load'],
  };
}
