/**
 * The one list of error codes. A code says what went wrong, its kind says what a caller can do about it, and
 * `docs/reference/errors.md` is written from this table. Codes are part of the public surface: they are added, never reused.
 */
import type { ErrorCode, ErrorKind } from './error-code.ts';

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
  invalid_configuration: entry(
    'refused',
    false,
    'The configuration is wrong or incomplete; nothing was started.',
    'Correct the variables that the message lists.',
  ),
  missing_configuration: entry(
    'unavailable',
    false,
    'A setting that is needed is missing.',
    'Set the variable that the message names.',
  ),

  // Storage.
  constraint_violated: entry(
    'conflict',
    false,
    'The change breaks a rule of the tables: a value that must be unique exists already, or one referred to does not.',
    'Read the present state and decide again; `details.constraint` names the rule.',
  ),
  unscoped_statement: entry(
    'forbidden',
    false,
    'A statement of a workspace would reach beyond that workspace, or cannot be shown not to.',
    'Write it with the query builder, on declared tables and for that workspace alone.',
  ),
  serialization_conflict: entry(
    'conflict',
    true,
    'Two transactions got into each other’s way and the database undid this one.',
    'Run the whole transaction again.',
  ),
  schema_newer: entry(
    'conflict',
    false,
    'The stored data was written by a newer version of the program.',
    'Update the program, or restore a backup of the older version.',
  ),
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

  // Bus.
  schema_violation: entry(
    'refused',
    false,
    'The payload of an event does not keep the contract of its type; nothing was published, and the attempt is in the dead letters.',
    'Correct the fields that `details.issues` lists.',
  ),
  routing_error: entry(
    'refused',
    false,
    'There is no channel for the event: it is not declared, or no rule routes its type.',
    'Declare the channel, or add a route for the type.',
  ),
  loop_detected: entry(
    'refused',
    false,
    'The event would continue a chain of events that cause each other without end; nothing was published, and the attempt is in the dead letters.',
    'Look at `details.chain` for who answers whom, and let one of them stop; what is a new story is published without `causedBy`.',
  ),
  payload_too_large: entry(
    'refused',
    false,
    'The encoded event is larger than the bus accepts.',
    'Store the content elsewhere and publish a reference to it.',
  ),
  permanent_failure: entry(
    'refused',
    false,
    'A handler gave an event up for good; no retry can help.',
    'Read the message; redrive the dead letter once the cause is gone.',
  ),
  replay_stopped: entry(
    'internal',
    false,
    'The handler of a replay threw; the replay ended there.',
    'Correct the handler; `details.handled` says how many events it had handled.',
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

  // Models and money.
  model_unknown: entry(
    'refused',
    false,
    'No configured provider has a model of this name.',
    'Use one of the names that the message lists, or configure its provider.',
  ),
  model_throttled: entry(
    'exhausted',
    true,
    'The model provider limits the rate of calls.',
    'Try again after the time the error names.',
  ),
  model_unavailable: entry(
    'unavailable',
    true,
    'The model provider did not answer, failed, or cut its answer short.',
    'Try again; if it goes on, check the provider.',
  ),
  model_refused: entry(
    'refused',
    false,
    'The model provider refused the request itself.',
    'Correct the request as the provider says in the message.',
  ),
  model_answer_invalid: entry(
    'unavailable',
    true,
    'The model was asked for JSON of a given form and twice answered something else.',
    'Try again, or use a stronger model.',
  ),
  price_unknown: entry(
    'refused',
    false,
    'The model has no price in the price table, so its cost could not be held against the budget.',
    'Add its price to the price file that the message names.',
  ),
  budget_exceeded: entry(
    'budget-exceeded',
    false,
    'The worst case of this call does not fit in what is left of the workspace budget; no call was made.',
    'Raise the cap, lower the maximum output, or wait for the next period.',
  ),

  // Runs.
  run_not_executable: entry(
    'conflict',
    false,
    'The run is in a state that does not allow this.',
    'Read the run and decide by its present state.',
  ),
  run_diverged: entry(
    'conflict',
    false,
    'The code of a run asked for another step than its journal holds.',
    'Replay it to see the first step that differs; start a new run for changed code.',
  ),
  run_step_uncertain: entry(
    'conflict',
    false,
    'A tool that must run at most once was interrupted, and nobody knows whether it took effect.',
    'Look whether it took effect, then resolve the step.',
  ),
  run_journal_corrupt: entry(
    'corrupt',
    false,
    'The journal of a run does not verify: an entry is missing or was changed.',
    'Restore a backup; the run can not be resumed from this journal.',
  ),
  audit_chain_broken: entry(
    'corrupt',
    false,
    'A chain of the audit log is not as it was written: `details.kind` says what was done to it, `details.sequence` where.',
    'Keep the database as it is, compare with an earlier export or signed head, and find out who could write to it.',
  ),
  unauthenticated: entry(
    'unauthenticated',
    false,
    'The caller did not say who they are, or not provably.',
    'Sign in, or send a valid bearer token.',
  ),
  forbidden: entry(
    'forbidden',
    false,
    'The caller is known, and may not do this.',
    'Ask somebody with the role that the message names.',
  ),
  token_invalid: entry(
    'unauthenticated',
    false,
    'The token is malformed, has a wrong signature, or was issued for another installation.',
    'Sign in again, or issue a new token with `raptorflow token`.',
  ),
  token_expired: entry(
    'unauthenticated',
    false,
    'The token is past its expiry.',
    'Sign in again, or issue a new token with `raptorflow token`.',
  ),
  token_revoked: entry(
    'unauthenticated',
    false,
    'The token was signed out, the API key revoked, or its user is no longer there.',
    'Sign in again, or make a new key.',
  ),
  expired_link: entry(
    'unauthenticated',
    false,
    'The sign-in link, or the invitation, is past its expiry.',
    'Make a new sign-in link: press `l` in the terminal of `raptorflow up`; ask for a new invitation.',
  ),
  used_link: entry(
    'unauthenticated',
    false,
    'The sign-in link, or the invitation, was used before; a link works once.',
    'Make a new sign-in link: press `l` in the terminal of `raptorflow up`; ask for a new invitation.',
  ),
  invalid_link: entry(
    'unauthenticated',
    false,
    'No sign-in link and no invitation has this code, or it was taken back.',
    'Copy the whole link, or ask for a new one.',
  ),
  sign_in_failed: entry(
    'unauthenticated',
    false,
    'The sign-in at the identity provider was refused, interrupted, or belongs to another window.',
    'Begin again from the sign-in page; the message says what went wrong.',
  ),
  document_unsupported: entry(
    'refused',
    false,
    'The document is of a kind that can not be read, or is not what its media type says.',
    'Upload Markdown, plain text, HTML or CSV in UTF-8.',
  ),
  document_too_large: entry(
    'refused',
    false,
    'The document is larger than documentBytesMax.',
    'Split the document, or raise the limit that the message names.',
  ),
  idempotency_conflict: entry(
    'refused',
    false,
    'The idempotency key was used before for another request.',
    'Use a new key for a new request; send the same body to repeat one.',
  ),
  idempotency_in_progress: entry(
    'conflict',
    true,
    'The first request with this idempotency key is still under way.',
    'Try again after the seconds of Retry-After; the answer of the first is given then.',
  ),
  idempotency_not_replayable: entry(
    'conflict',
    false,
    'The first request with this idempotency key was carried out, and its answer is not kept: it was a stream, too large, or held a secret.',
    'Read what it did; send a request without a key, or with a new one, to have it done again.',
  ),
  idempotency_uncertain: entry(
    'conflict',
    false,
    'The server ended while it carried out the first request with this idempotency key; nobody knows whether that was done.',
    'Read what is there; send the request with a new key to have it done.',
  ),
  rate_limited: entry(
    'exhausted',
    true,
    'Too many requests came from this user, workspace or address.',
    'Wait the seconds of Retry-After; the limits are named in the configuration.',
  ),
});
