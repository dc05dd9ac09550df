/** What a caller can do about an error. The platform maps kinds to HTTP statuses, the command line to exit codes. */
export type ErrorKind =
  | 'invalid'
  | 'refused'
  | 'unauthenticated'
  | 'budget-exceeded'
  | 'forbidden'
  | 'not-found'
  | 'conflict'
  | 'exhausted'
  | 'cancelled'
  | 'corrupt'
  | 'unavailable'
  | 'timeout'
  | 'internal';

/** One row of the catalogue. */
export interface ErrorEntry {
  readonly kind: ErrorKind;
  /** Whether the same call may succeed later without a change by the caller. */
  readonly retryable: boolean;
  /** What happened, as one sentence. */
  readonly meaning: string;
  /** What to do about it, as one sentence. */
  readonly remedy: string;
}
