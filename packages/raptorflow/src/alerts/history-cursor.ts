import { RaptorFlowError } from '../kernel/index.ts';

/** A place in history: transitions are ordered by time, and by a number within it. */
export interface HistoryPlace {
  readonly at: number;
  readonly order: number;
}

/** The cursor of the page that ended with this transition. */
export function writeCursor({ at, order }: HistoryPlace): string {
  return Buffer.from(`${at} ${order}`).toString('base64url');
}

/** Where a cursor points. Throws `invalid_input` when no page gave it. */
export function readCursor(cursor: string): HistoryPlace {
  const match = /^(-?\d+(?:\.\d+)?) (\d+)$/.exec(Buffer.from(cursor, 'base64url').toString());
  if (!match) {
    throw new RaptorFlowError('invalid_input', `"${cursor.slice(0, 80)}" is no cursor of a page of history.`);
  }
  return { at: Number(match[1]), order: Number(match[2]) };
}
