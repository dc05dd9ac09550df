import type { DatabaseSync } from 'node:sqlite';
import { RaptorFlowError } from 'raptorflow/kernel';
import type { Program, ProgramContext, SqliteMigrations } from 'raptorflow/storage';

/** A small program that the tests of the store drive. */

export const migrations: SqliteMigrations = {
  room: 'notes',
  steps: [
    {
      id: '001_notes',
      up: (db) =>
        db.exec(
          'CREATE TABLE notes (id INTEGER PRIMARY KEY, name TEXT UNIQUE, body TEXT NOT NULL); CREATE TABLE chores (done INTEGER NOT NULL)',
        ),
    },
  ],
};

/** Arguments of the writing operations. */
export interface Note {
  readonly name: string;
  readonly body: string;
}

export function createProgram(
  db: DatabaseSync,
  options: { readonly choresMax?: number } | undefined,
  context: ProgramContext,
): Program {
  const insert = db.prepare('INSERT INTO notes (name, body) VALUES (?, ?)');
  const list = db.prepare('SELECT name FROM notes ORDER BY id');
  const count = db.prepare('SELECT count(*) AS notes FROM notes');
  const rest = db.prepare('INSERT INTO chores (done) VALUES (1)');
  const chores = db.prepare('SELECT count(*) AS done FROM chores');
  const choresMax = options?.choresMax ?? 0;
  const add = ({ name, body }: Note): number => Number(insert.run(name, body).lastInsertRowid);
  return {
    operations: {
      add,
      addAndTell(note: Note): number {
        const id = add(note);
        context.notify({ added: note.name });
        return id;
      },
      addAndThrow(note: Note): never {
        add(note);
        context.notify({ added: note.name });
        throw new RaptorFlowError('not_found', 'Nothing like that here.', {
          details: { name: note.name },
          retryAfterMs: 7,
        });
      },
      addBadly(note: Note): never {
        add(note);
        throw new TypeError('a bug in the program');
      },
      addNothing: () => insert.run('nothing', null),
      names: () => list.all().map((row) => row['name']),
      count: () => count.get()?.['notes'],
      choresDone: () => chores.get()?.['done'],
      unsendable: (note: Note) => {
        add(note);
        return () => undefined;
      },
      sizeOf: ({ bytes }: { bytes: Uint8Array }) => bytes.byteLength,
      exit: () => process.exit(1),
      /** Says at 0 that it keeps the thread, until it is told at 1 to go on. */
      dawdle(flags: Int32Array) {
        Atomics.store(flags, 0, 1);
        Atomics.notify(flags, 0);
        return Atomics.wait(flags, 1, 0);
      },
    },
    reads: ['names', 'count', 'choresDone', 'sizeOf'],
    idle() {
      if (Number(chores.get()?.['done']) >= choresMax) return false;
      rest.run();
      return true;
    },
  };
}
