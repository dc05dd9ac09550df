import { RaptorFlowError } from '../kernel/index.ts';

/** Epoch milliseconds of a moment given as such or as RFC 3339. Throws `invalid_input`. */
export function toEpochMs(name: string, moment: number | string): number {
  const epochMs = typeof moment === 'number' ? moment : Date.parse(moment);
  if (Number.isFinite(epochMs)) return epochMs;
  throw new RaptorFlowError(
    'invalid_input',
    `${name} is no moment; give epoch milliseconds or a date such as "2026-01-31T12:00:00Z".`,
  );
}
