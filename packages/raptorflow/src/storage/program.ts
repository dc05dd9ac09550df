import type { DatabaseSync } from 'node:sqlite';

/**
 * One named piece of work on the database, run in the store's worker thread. It is synchronous, and runs again from its
 * beginning when another call of the same transaction failed: it may read and write the database, and must not touch
 * anything else (no counters of its own, no files). Arguments and results travel by structured clone.
 *
 * What it throws rolls back this call alone and reaches the caller: an error of ours as it is, an error of SQLite translated.
 */
export type Operation = Named['operation'];

// A method's parameter is compared in both directions, so that each operation may declare the arguments that it expects.
interface Named {
  operation(this: void, args: unknown): unknown;
}

/** What a program module makes of an open database: its statements, prepared once, behind named operations. */
export interface Program {
  readonly operations: Readonly<Record<string, Operation>>;
  /** Names of operations that only read. A batch of nothing else takes no write transaction and waits for no sync. */
  readonly reads?: readonly string[];
  /**
   * Housekeeping in small pieces, run in its own transaction when no call is waiting. True asks to be run again
   * (calls that arrive meanwhile go first).
   */
  idle?(): boolean;
}

/** What the store offers to a program. */
export interface ProgramContext {
  /** Sends a message to the store's owner right after the commit of the present call; forgotten if the call rolls back. */
  notify(message: unknown): void;
}

/** The shape of a program module: the worker imports it by its URL. */
export interface ProgramModule {
  /** Tables and indexes, brought up to date before `createProgram` is called. */
  readonly migrations?: SqliteMigrations;
  createProgram(db: DatabaseSync, options: unknown, context: ProgramContext): Program;
}

/** One step of a schema. Steps are only ever added; an applied one is never changed. */
export interface SqliteMigration {
  /** Sorts in the order of application, as `001_events`. */
  readonly id: string;
  up(db: DatabaseSync): void;
}

/** The schema of one room. */
export interface SqliteMigrations {
  /** Whose tables these are; several rooms may share one file. */
  readonly room: string;
  readonly steps: readonly SqliteMigration[];
}
