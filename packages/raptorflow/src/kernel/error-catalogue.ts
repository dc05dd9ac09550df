/**
 * The one list of error codes. A code says what went wrong, its kind says what a caller can do about it, and
 * `docs/reference/errors.md` is written from this table. Codes are part of the public surface: they are added, never reused.
 */

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

/** Every code there is. A new code gets its row in the table below. */
export type ErrorCode =
  | 'internal'
  | 'invalid_options'
  | 'invalid_input'
  | 'malformed_input'
  | 'not_found'
  | 'conflict'
  | 'cancelled'
  | 'timeout'
  | 'unavailable'
  | 'exhausted'
  | 'missing_dependency'
  | 'invalid_configuration'
  | 'missing_configuration'
  | 'directory_locked'
  | 'storage_full'
  | 'storage_corrupt'
  | 'metric_conflict'
  | 'circuit_open';

const entry = (kind: ErrorKind, retryable: boolean, meaning: string, remedy: string): ErrorEntry => ({
  kind,
  retryable,
  meaning,
  remedy,
});

/** Code → kind, whether it is worth retrying, meaning and remedy. */
export const errorCatalogue: Readonly<Record<ErrorCode, ErrorEntry>> = Object.freeze({
  // General.
  internal: entry(
    'internal',
    false,
    'Something failed that should not be able to fail.',
    'Report it with the correlation id; the log has the cause.',
  ),
  invalid_options: entry(
    'refused',
    false,
    'A part was constructed with options that it does not accept.',
    'Correct the options that the message lists.',
  ),
  invalid_input: entry(
    'refused',
    false,
    'The input was readable, but a rule refuses it.',
    'Correct the fields that the message lists.',
  ),
  malformed_input: entry(
    'invalid',
    false,
    'The input could not be parsed.',
    'Send input in the documented format.',
  ),
  not_found: entry(
    'not-found',
    false,
    'The thing asked for does not exist, or is not visible to the caller.',
    'Check the id and the workspace.',
  ),
  conflict: entry(
    'conflict',
    false,
    'The change contradicts the present state.',
    'Read the present state and decide again.',
  ),
  cancelled: entry(
    'cancelled',
    false,
    'The caller cancelled the work.',
    'Start it again if it is still wanted.',
  ),
  timeout: entry(
    'timeout',
    true,
    'The work did not finish before its deadline.',
    'Try again, or allow more time.',
  ),
  unavailable: entry(
    'unavailable',
    true,
    'A part that is needed cannot be reached or is not running.',
    'Check the named part, then try again.',
  ),
  exhausted: entry(
    'exhausted',
    true,
    'A declared limit is reached.',
    'Wait until there is room, or raise the limit that the message names.',
  ),
  missing_dependency: entry(
    'unavailable',
    false,
    'An optional package is needed and is not installed.',
    'Install it with the npm line in the message.',
  ),
  invalid_configuration: entry('refused', false, 'The configuration is wrong or incomplete; nothing was started.', 'Correct the variables that the message lists.'),
  missing_configuration: entry(
    'unavailable',
    false,
    'A setting that is needed is missing.',
    'Set the variable that the message names.',
  ),

  // Storage.
  directory_locked: entry(
    'conflict',
    false,
    'Another process owns this data directory.',
    'Stop the process that the message names, or use another directory.',
  ),
  storage_full: entry(
    'exhausted',
    true,
    'The disk has no room left; nothing of the call was stored.',
    'Free disk space, then try again.',
  ),
  storage_corrupt: entry(
    'corrupt',
    false,
    'The stored file is damaged.',
    'Restore a backup; `raptorflow doctor` names the damage.',
  ),

  // Metrics and resilience.
  metric_conflict: entry(
    'conflict',
    false,
    'The name of a metric is already taken by another kind of instrument.',
    'Give the new metric another name.',
  ),
  circuit_open: entry(
    'unavailable',
    true,
    'The circuit breaker refuses the call, because calls before it kept failing.',
    'Wait until the next probe, which the error names, and look into why the calls failed.',
  ),
});
