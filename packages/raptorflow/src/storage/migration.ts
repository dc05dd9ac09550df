import type { DatabaseSync } from 'node:sqlite';
import { RaptorFlowError } from '../kernel/index.ts';
import type { SqliteMigrations } from './program.ts';

/**
 * Brings the tables of one room up to date: applies the steps that the file has not seen, in order, all in one transaction;
 * when one throws, the file is as before. Answers the ids applied now.
 *
 * Throws `schema_newer` when the file has steps that this program does not know, and `invalid_options` when steps are out of order.
 */
export function migrateSqlite(
  db: DatabaseSync,
  migrations: SqliteMigrations,
  nowMs: number,
): readonly string[] {
  const { room, steps } = migrations;
  assertOrdered(migrations);
  db.exec('BEGIN IMMEDIATE');
  try {
    db.exec(
      'CREATE TABLE IF NOT EXISTS schema_steps (room TEXT NOT NULL, id TEXT NOT NULL, applied_at_ms INTEGER NOT NULL, PRIMARY KEY (room, id)) STRICT, WITHOUT ROWID',
    );
    const applied = db.prepare('SELECT id FROM schema_steps WHERE room = ? ORDER BY id').all(room);
    const seen = new Set(applied.map((row) => String(row['id'])));
    refuseNewer(migrations, seen);
    const record = db.prepare('INSERT INTO schema_steps (room, id, applied_at_ms) VALUES (?, ?, ?)');
    const pending = steps.filter((step) => !seen.has(step.id));
    for (const step of pending) {
      step.up(db);
      record.run(room, step.id, nowMs);
    }
    db.exec('COMMIT');
    return pending.map((step) => step.id);
  } catch (error) {
    if (db.isTransaction) db.exec('ROLLBACK');
    throw error;
  }
}

function refuseNewer({ room, steps }: SqliteMigrations, seen: ReadonlySet<string>): void {
  const known = new Set(steps.map((step) => step.id));
  const unknown = [...seen].filter((id) => !known.has(id));
  if (unknown.length > 0) {
    throw new RaptorFlowError(
      'schema_newer',
      `The file was written by a newer version: its ${room} tables have the steps ${unknown.join(', ')}, which this version does not know. Update the program, or restore a backup.`,
      { details: { room, unknown } },
    );
  }
}

function assertOrdered({ room, steps }: SqliteMigrations): void {
  for (const [index, step] of steps.entries()) {
    const before = steps[index - 1];
    if (before && before.id >= step.id) {
      throw new RaptorFlowError(
        'invalid_options',
        `The migrations of ${room} are out of order: ${step.id} stands after ${before.id}.`,
      );
    }
  }
}
