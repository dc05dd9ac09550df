/** The only place of the product that knows both our error kinds and exit codes. */
import { isClientError } from '@raptorflow/client';
import { isRaptorFlowError, type ErrorKind } from 'raptorflow/kernel';

const codes: Readonly<Record<ErrorKind, number>> = {
  internal: 1,
  invalid: 2,
  refused: 2,
  unauthenticated: 3,
  forbidden: 3,
  'not-found': 4,
  conflict: 5,
  'budget-exceeded': 6,
  exhausted: 6,
  unavailable: 7,
  timeout: 8,
  corrupt: 9,
  cancelled: 130,
};

/** HTTP statuses of a server elsewhere, as the kinds they stand for. */
const kindsOfStatus: ReadonlyMap<number, ErrorKind> = new Map([
  [400, 'invalid'],
  [401, 'unauthenticated'],
  [402, 'budget-exceeded'],
  [403, 'forbidden'],
  [404, 'not-found'],
  [409, 'conflict'],
  [413, 'refused'],
  [415, 'refused'],
  [422, 'refused'],
  [429, 'exhausted'],
  [499, 'cancelled'],
  [503, 'unavailable'],
  [504, 'timeout'],
]);

/** The client's own codes: no answer arrived, so there is no status. */
const kindsOfClientCode: ReadonlyMap<unknown, ErrorKind> = new Map([
  ['unreachable', 'unavailable'],
  ['timeout', 'timeout'],
  ['cancelled', 'cancelled'],
  ['invalid_options', 'refused'],
]);

/** The exit code of an error, ours, a server's answer, or a client's that got none. */
export function exitCodeOf(error: unknown): number {
  if (isRaptorFlowError(error)) return codes[error.kind];
  if (isClientError(error) && error.status === 0) {
    return codes[kindsOfClientCode.get(error.code) ?? 'internal'];
  }
  if (typeof error === 'object' && error !== null && 'status' in error && typeof error.status === 'number') {
    return codes[kindsOfStatus.get(error.status) ?? 'internal'];
  }
  return 1;
}

/** What `raptorflow help` says about exit codes. */
export const exitCodeHelp: string =
  'Exit codes: 0 done, 1 unexpected, 2 bad input, 3 not allowed, 4 not found, 5 conflict, 6 limit or budget, 7 unreachable, 8 timeout, 9 damaged data, 130 interrupted.';
