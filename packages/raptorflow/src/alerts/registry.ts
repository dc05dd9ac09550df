import type { Clock, Ids } from '../kernel/index.ts';
import type { WorkspaceFilter } from './alerts.ts';
import type { Journal } from './journal.ts';
import type { RuleBook } from './rule-book.ts';
import type { Telling } from './telling.ts';

/** What the groups of calls of the service have in common. */
export interface Registry {
  readonly book: RuleBook;
  readonly telling: Telling;
  readonly journal: Journal;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly silencesMax: number;
  /** Runs when it is its turn, then stores what it put into the journal. */
  readonly change: <Result>(work: () => Result) => Promise<Result>;
  /** Runs at once, if the service runs. */
  readonly read: <Result>(work: () => Result) => Result;
}

/** Whether something of this workspace is asked for. */
export function isAskedFor(workspaceId: string | null, filter: WorkspaceFilter): boolean {
  return filter.workspaceId === undefined || filter.workspaceId === workspaceId;
}
