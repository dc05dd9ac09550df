import { closeSync, existsSync, fsyncSync, openSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { backup, DatabaseSync } from 'node:sqlite';
import { RaptorFlowError } from '../kernel/index.ts';
import type { Durability } from './sqlite-options.ts';
import type { MaintenanceTask } from './wire.ts';

/** What opening needs to know. */
export interface FileOptions {
  readonly path: string;
  readonly durability: Durability;
  readonly limits: { readonly cacheBytesMax: number };
}

/** Another process may look into the file (a backup, the doctor); its short locks are waited out. */
const busyMsMax = 5_000;

/** Pages after which a commit checkpoints by itself, should housekeeping fall behind. */
const autocheckpointPages = 4_000;

/**
 * Opens the file in WAL mode and sets what each durability needs: with `FULL` every commit syncs the log; with `NORMAL` the
 * log is written but not synced, which survives the death of the process and not of the machine.
 * After an unclean stop the file is checked; a damaged one is refused with `storage_corrupt`.
 */
export function openDatabase(options: FileOptions): { db: DatabaseSync; uncleanStop: boolean } {
  const { path, durability, limits } = options;
  // SQLite removes the log when the last connection closes; a log that is still there was left by a process that died.
  const uncleanStop = path !== ':memory:' && existsSync(path) && logBytes(path) > 0;
  const db = new DatabaseSync(path, { timeout: busyMsMax });
  try {
    db.exec('PRAGMA journal_mode = WAL');
    db.exec(`PRAGMA synchronous = ${durability === 'fsync' ? 'FULL' : 'NORMAL'}`);
    db.exec(`PRAGMA cache_size = -${Math.ceil(limits.cacheBytesMax / 1_024)}`);
    db.exec(`PRAGMA wal_autocheckpoint = ${autocheckpointPages}`);
    db.exec('PRAGMA temp_store = MEMORY');
    if (uncleanStop) refuseDamage(db, path);
    return { db, uncleanStop };
  } catch (error) {
    db.close();
    throw error;
  }
}

function refuseDamage(db: DatabaseSync, path: string): void {
  const faults = check(db, 'quick');
  if (faults.length > 0) {
    throw new RaptorFlowError(
      'storage_corrupt',
      `The database ${path} was not closed properly and is damaged (${faults[0] ?? ''}); restore a backup.`,
      { details: { path, faults } },
    );
  }
}

/** Does one piece of work on the file as a whole. */
export async function maintain(db: DatabaseSync, path: string, task: MaintenanceTask): Promise<unknown> {
  if (task.kind === 'check') return check(db, task.depth);
  if (task.kind === 'backup') return copy(db, path, task.path);
  return number(db, 'PRAGMA page_count') * number(db, 'PRAGMA page_size') + logBytes(path);
}

function check(db: DatabaseSync, depth: 'quick' | 'full'): string[] {
  const rows = db.prepare(depth === 'quick' ? 'PRAGMA quick_check(20)' : 'PRAGMA integrity_check(20)').all();
  return rows.flatMap((row) => Object.values(row).map(String)).filter((line) => line !== 'ok');
}

// One step copies everything from one snapshot, in a thread of its own, over a second connection: writers go on.
async function copy(db: DatabaseSync, path: string, target: string): Promise<void> {
  if (existsSync(target)) {
    throw new RaptorFlowError('conflict', `${target} exists already; name a new file for the backup.`, {
      details: { path: target },
    });
  }
  const partial = `${target}.partial`;
  const source = path === ':memory:' ? db : new DatabaseSync(path, { readOnly: true, timeout: busyMsMax });
  try {
    rmSync(partial, { force: true });
    await backup(source, partial, { rate: 2 ** 31 - 1 });
    renameSync(partial, target);
    syncDirectory(dirname(target));
  } finally {
    rmSync(partial, { force: true });
    if (source !== db) source.close();
  }
}

function syncDirectory(path: string): void {
  // Windows has no handles of directories, and its renames need none.
  if (process.platform === 'win32') return;
  const handle = openSync(path, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

function logBytes(path: string): number {
  return statSync(`${path}-wal`, { throwIfNoEntry: false })?.size ?? 0;
}

function number(db: DatabaseSync, sql: string): number {
  return Number(Object.values(db.prepare(sql).get() ?? {})[0] ?? 0);
}
