import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { migrateSqlite } from './index.ts';
import type { SqliteMigration } from './program.ts';

const first: SqliteMigration = { id: '001_a', up: (db) => db.exec('CREATE TABLE a (x)') };
const second: SqliteMigration = { id: '002_b', up: (db) => db.exec('CREATE TABLE b (x)') };
const broken: SqliteMigration = {
  id: '003_c',
  up: (db) => db.exec('CREATE TABLE c (x); CREATE TABEL d (x)'),
};

const tables = (db: DatabaseSync): unknown[] =>
  db
    .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name <> 'schema_steps' ORDER BY name")
    .all()
    .map((row) => row['name']);

test('applies each step once, in order, and each room for itself', () => {
  const db = new DatabaseSync(':memory:');
  expect(migrateSqlite(db, { room: 'r', steps: [first] }, 1)).toEqual(['001_a']);
  expect(migrateSqlite(db, { room: 'r', steps: [first, second] }, 2)).toEqual(['002_b']);
  expect(migrateSqlite(db, { room: 'r', steps: [first, second] }, 3)).toEqual([]);
  expect(tables(db)).toEqual(['a', 'b']);
  const other: SqliteMigration = { id: '001_a', up: (file) => file.exec('CREATE TABLE o (x)') };
  expect(migrateSqlite(db, { room: 'other', steps: [other] }, 4)).toEqual(['001_a']);
  expect(db.prepare('SELECT room, id, applied_at_ms FROM schema_steps ORDER BY applied_at_ms').all()).toEqual(
    [
      { room: 'r', id: '001_a', applied_at_ms: 1 },
      { room: 'r', id: '002_b', applied_at_ms: 2 },
      { room: 'other', id: '001_a', applied_at_ms: 4 },
    ],
  );
});

test('leaves the file as it was when a step throws', () => {
  const db = new DatabaseSync(':memory:');
  migrateSqlite(db, { room: 'r', steps: [first] }, 1);
  expect(() => migrateSqlite(db, { room: 'r', steps: [first, second, broken] }, 2)).toThrow('TABEL');
  expect(tables(db)).toEqual(['a']);
  expect(db.isTransaction).toBe(false);
});

test('refuses a file of a newer version, and steps out of order', () => {
  const db = new DatabaseSync(':memory:');
  migrateSqlite(db, { room: 'r', steps: [first, second] }, 1);
  expect(() => migrateSqlite(db, { room: 'r', steps: [first] }, 2)).toThrow(
    expect.objectContaining({ code: 'schema_newer', details: { room: 'r', unknown: ['002_b'] } }),
  );
  expect(() => migrateSqlite(db, { room: 'r', steps: [second, first] }, 2)).toThrow('out of order');
});
