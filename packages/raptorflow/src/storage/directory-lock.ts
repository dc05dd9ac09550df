import { readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { RaptorFlowError, systemClock, type Clock } from '../kernel/index.ts';
import { makeDirectory } from './make-directory.ts';
import { toStorageError } from './sqlite-errors.ts';

/** Who wants the directory. */
export interface DirectoryLockOptions {
  /** Names the program for the message that a second one gets, as `raptorflow up`. */
  readonly owner: string;
}

/** A directory that belongs to this process. */
export interface DirectoryLock {
  /** The directory, absolute and without symbolic links. */
  readonly path: string;
  /** Lets the next one in. Tolerates being called twice. */
  release(): Promise<void>;
}

interface Holder {
  readonly owner: string;
  readonly pid: number;
  readonly since: string;
}

const lockName = 'owner.lock';
const holderName = 'owner.json';

/**
 * Takes a data directory for this process, creating it (mode 0700) when missing. The lock is one of the operating system on a
 * file inside, so it ends with the process, however that dies. Works between processes and within one.
 *
 * Rejects with `directory_locked` and the holder's name, process id and start in `details`; `unavailable` when the directory cannot be used.
 */
export async function lockDirectory(
  directory: string,
  options: DirectoryLockOptions,
  dependencies: { readonly clock?: Clock } = {},
): Promise<DirectoryLock> {
  const clock = dependencies.clock ?? systemClock;
  const path = create(directory);
  const db = take(path);
  const holder: Holder = {
    owner: options.owner,
    pid: process.pid,
    since: new Date(clock.now()).toISOString(),
  };
  writeFileSync(join(path, holderName), `${JSON.stringify(holder)}\n`, { mode: 0o600 });
  return {
    path,
    async release() {
      if (!db.isOpen) return;
      rmSync(join(path, holderName), { force: true });
      db.close();
    },
  };
}

function create(directory: string): string {
  try {
    makeDirectory(directory);
    return realpathSync(directory);
  } catch (error) {
    throw new RaptorFlowError(
      'unavailable',
      `The data directory ${directory} cannot be created; check the path and its permissions.`,
      { cause: error, details: { path: directory } },
    );
  }
}

// SQLite's own locks are used, because Node has no file locks: an exclusive transaction that stays open.
// Within one process POSIX locks do not exclude each other; SQLite keeps a table of its own that does.
function take(path: string): DatabaseSync {
  const db = new DatabaseSync(join(path, lockName), { timeout: 0 });
  try {
    db.exec('BEGIN EXCLUSIVE');
    return db;
  } catch (error) {
    db.close();
    const fault = toStorageError(error);
    throw isBusy(error) ? lockedError(path) : fault;
  }
}

function isBusy(error: unknown): boolean {
  return error instanceof Error && 'errcode' in error && error.errcode === 5;
}

function lockedError(path: string): RaptorFlowError {
  const holder = readHolder(path);
  const who = holder
    ? `"${holder.owner}" (process ${holder.pid}, since ${holder.since})`
    : 'another process that has just started';
  return new RaptorFlowError(
    'directory_locked',
    `The data directory ${path} belongs to ${who}. Stop that process, or use another directory (RAPTORFLOW_HOME).`,
    { details: { path, ...holder } },
  );
}

// The holder writes this file right after it has the lock, so it can be missing for a moment.
function readHolder(path: string): Holder | undefined {
  try {
    return JSON.parse(readFileSync(join(path, holderName), 'utf8')) as Holder;
  } catch {
    return undefined;
  }
}
