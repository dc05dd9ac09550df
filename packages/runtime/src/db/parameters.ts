import { RaptorFlowError } from 'raptorflow/kernel';

/** What both engines store in the same way. */
export type Scalar = string | number | bigint | null | Uint8Array;

/**
 * Checks a statement's parameters, so that what works on one engine works on the other: truth values become 1 and 0, and what
 * has no common form (dates, objects, undefined) is refused with `invalid_input`. Moments are stored as integers of
 * milliseconds since 1970 UTC, JSON as text, money as integers of micro-USD.
 */
export function toScalars(parameters: readonly unknown[]): Scalar[] {
  return parameters.map(toScalar);
}

function toScalar(value: unknown, index: number): Scalar {
  if (value === null || typeof value === 'string' || typeof value === 'bigint') return value;
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  if (typeof value === 'boolean') return value ? 1 : 0;
  if (value instanceof Uint8Array) return value;
  const what =
    typeof value === 'number' ? String(value) : `a ${value instanceof Date ? 'Date' : typeof value}`;
  throw new RaptorFlowError(
    'invalid_input',
    `Parameter ${index + 1} of the statement is ${what}; store moments as milliseconds, JSON as text, and null for nothing.`,
  );
}
