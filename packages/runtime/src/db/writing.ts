import type { Compilable, CompiledQuery, Kysely } from 'kysely';
import type { EventDraft } from 'raptorflow/bus';
import { RaptorFlowError } from 'raptorflow/kernel';

/** What a unit of work can write without waiting: statements whose answers nobody needs, and events. */
export interface Writing {
  /** The workspace that it is bound to; null for the installation. */
  readonly workspaceId: string | null;
  /** The query builder to make statements with, with the caller's types of the tables. */
  query<Tables>(): Pick<Kysely<Tables>, 'insertInto' | 'updateTable' | 'deleteFrom'>;
  /**
   * Adds a statement that is sent with the commit. With `rows`, the transaction fails with `serialization_conflict` when the statement
   * changes another number of rows; nothing of it is stored then.
   */
  add(statement: Compilable, rows?: number): void;
  /**
   * Publishes an event if and only if the transaction commits, at least once and soon after. Answers the id that it will have.
   * Throws `unscoped_statement` for an event of another workspace.
   */
  publish(channel: string, draft: EventDraft): string;
}

/** A statement that waits for the commit. */
export interface AddedStatement {
  readonly query: CompiledQuery;
  /** How many rows it has to change. */
  readonly rows: number | undefined;
}

/** The failure of a statement that changed another number of rows than it was to. */
export function lostRace(): RaptorFlowError {
  return new RaptorFlowError(
    'serialization_conflict',
    'What this transaction was decided on has changed meanwhile; decide it anew.',
  );
}

/** Runs an added statement inside an open transaction. */
export async function executeAdded(
  transaction: Pick<Kysely<unknown>, 'executeQuery'>,
  { query, rows }: AddedStatement,
): Promise<void> {
  const { numAffectedRows } = await transaction.executeQuery(query);
  if (rows !== undefined && numAffectedRows !== BigInt(rows)) throw lostRace();
}

/** Waits for all. Rejects with the failure of the first in order: those behind it may only have failed because of it. */
export async function allInOrder(works: readonly Promise<unknown>[]): Promise<void> {
  for (const answer of await Promise.allSettled(works)) {
    if (answer.status === 'rejected') throw answer.reason;
  }
}
