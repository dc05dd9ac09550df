import { RaptorFlowError } from '../../kernel/index.ts';

/** The place of a result that a cursor means. Throws `invalid_input` when no page gave it. */
export function readCursor(cursor: string): number {
  if (/^\d{1,15}$/u.test(cursor)) return Number(cursor);
  throw new RaptorFlowError(
    'invalid_input',
    'The cursor is not one that a page of results gave; begin without one.',
  );
}
