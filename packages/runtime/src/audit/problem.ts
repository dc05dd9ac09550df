import type { AuditRow } from './chain.ts';
import type { SignedHead } from './signing.ts';

/**
 * What is wrong with a chain:
 *
 * - `changed`: the row is not what was written. `removed`: it is missing. `inserted`: nobody wrote it. `reordered`: it is not in its place.
 * - `rewritten`: every row fits the next, and yet the last is not the one that was signed (or that the earlier head names): rows up to
 *   there were written anew.
 * - `head_missing`, `head_invalid`: nothing, or a wrong signature, vouches for the end. `key_unknown`: it is signed with a key that
 *   this installation does not know.
 * - `rolled_back`: the chain ends before the earlier head. `earlier_head_invalid`: that head itself cannot be trusted.
 */
export type AuditProblemKind =
  | 'changed'
  | 'removed'
  | 'inserted'
  | 'reordered'
  | 'rewritten'
  | 'head_missing'
  | 'head_invalid'
  | 'key_unknown'
  | 'rolled_back'
  | 'earlier_head_invalid';

/** The first thing that is wrong. */
export interface AuditProblem {
  readonly kind: AuditProblemKind;
  /** Which row of the chain; null where it is about none. */
  readonly sequence: number | null;
  /** The id of the row that stands there; null where none does. */
  readonly rowId: string | null;
  readonly message: string;
}

/** Where the rows of a chain are read from. */
export interface ChainSource {
  readonly workspaceId: string;
  /** Rows by their place in the chain, from behind `after` up to and with `to`. */
  rows(after: number, to: number): AsyncIterable<AuditRow>;
  head(): Promise<SignedHead | null>;
}

/** Builds a problem. */
export function problemAt(
  kind: AuditProblemKind,
  sequence: number,
  rowId: string | null,
  message: string,
): AuditProblem {
  return { kind, sequence, rowId, message };
}
