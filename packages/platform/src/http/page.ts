/** Pages of short lists that are held whole: members, workspaces, agents. Long ones are paged by their stores. */
import { RaptorFlowError } from 'raptorflow/kernel';

/** A page and how to go on. */
export interface WirePage<T> {
  items: T[];
  next_cursor: string | null;
  total: number;
}

/** The page of `all` that the query asks for; its cursor is an offset. Throws `invalid_input` for a cursor of something else. */
export function pageOf<T, U>(
  all: readonly T[],
  query: { readonly limit: number; readonly cursor?: string | undefined },
  toWire: (item: T) => U,
): WirePage<U> {
  const offset = query.cursor === undefined ? 0 : Number(query.cursor);
  if (!Number.isSafeInteger(offset) || offset < 0) {
    throw foreignCursor();
  }
  const end = offset + query.limit;
  return {
    items: all.slice(offset, end).map(toWire),
    next_cursor: end < all.length ? String(end) : null,
    total: all.length,
  };
}

/** The error for a cursor that no page of the list gave. */
export function foreignCursor(): RaptorFlowError {
  return new RaptorFlowError(
    'invalid_input',
    'The cursor is not one of this list; begin again without a cursor.',
  );
}
