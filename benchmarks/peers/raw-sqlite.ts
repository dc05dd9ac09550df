import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { withDirectory } from '../engines/scratch.ts';
import { assertCount } from '../harness/fault.ts';
import { textOf } from '../workload/reading.ts';

const batch = 256;

/** Rows a second that node:sqlite appends to one table, 256 to a transaction: what the engine cannot exceed in one thread. */
export function appendRaw(durability: 'fsync' | 'process', forMs: number): Promise<number> {
  return withDirectory(async (directory) => {
    const db = open(join(directory, 'raw.db'), durability);
    const insert = db.prepare('INSERT INTO log (pos, body) VALUES (?, ?)');
    const begunAt = performance.now();
    let count = 0;
    while (performance.now() - begunAt < forMs) {
      db.exec('BEGIN IMMEDIATE');
      for (let turn = 0; turn < batch; turn += 1) insert.run(count + turn, textOf(count + turn));
      db.exec('COMMIT');
      count += batch;
    }
    const seconds = (performance.now() - begunAt) / 1_000;
    assertCount(
      'rows of raw SQLite',
      Number(db.prepare('SELECT count(*) AS n FROM log').get()?.['n']),
      count,
    );
    db.close();
    return count / seconds;
  });
}

/** Events a second that are appended, read, decoded and acknowledged with a delivery row each, 256 to a transaction. */
export function deliverRaw(durability: 'fsync' | 'process', forMs: number): Promise<number> {
  return withDirectory(async (directory) => {
    const db = open(join(directory, 'raw.db'), durability);
    db.exec('CREATE TABLE deliveries (pos INTEGER PRIMARY KEY) STRICT');
    const insert = db.prepare('INSERT INTO log (pos, body) VALUES (?, ?)');
    const claim = db.prepare('INSERT INTO deliveries (pos) VALUES (?)');
    const read = db.prepare('SELECT pos, body FROM log WHERE pos >= ? ORDER BY pos LIMIT ?');
    const settle = db.prepare('DELETE FROM deliveries WHERE pos = ?');
    const begunAt = performance.now();
    let count = 0;
    while (performance.now() - begunAt < forMs) {
      db.exec('BEGIN IMMEDIATE');
      for (let turn = 0; turn < batch; turn += 1) insert.run(count + turn, textOf(count + turn));
      const rows = read.all(count, batch);
      for (const row of rows) claim.run(Number(row['pos']));
      db.exec('COMMIT');
      for (const row of rows) JSON.parse(String(row['body']));
      db.exec('BEGIN IMMEDIATE');
      for (const row of rows) settle.run(Number(row['pos']));
      db.exec('COMMIT');
      count += rows.length;
    }
    const seconds = (performance.now() - begunAt) / 1_000;
    assertCount(
      'open deliveries',
      Number(db.prepare('SELECT count(*) AS n FROM deliveries').get()?.['n']),
      0,
    );
    db.close();
    return count / seconds;
  });
}

function open(path: string, durability: 'fsync' | 'process'): DatabaseSync {
  const db = new DatabaseSync(path);
  db.exec('PRAGMA journal_mode = WAL');
  db.exec(`PRAGMA synchronous = ${durability === 'fsync' ? 'FULL' : 'NORMAL'}`);
  db.exec('CREATE TABLE log (pos INTEGER PRIMARY KEY, body TEXT NOT NULL) STRICT');
  return db;
}
