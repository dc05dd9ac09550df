import { RaptorFlowError } from 'raptorflow/kernel';

/**
 * How often a test repeats what it shows: `inTheGate` times as a rule, and as often as this environment variable says where a long proof
 * sets it (`npm run prove`). The code that is run is the same. Throws `invalid_configuration` when the variable is no whole number from 1 on.
 */
export function proofSize(variable: string, inTheGate: number): number {
  const text = process.env[variable];
  if (text === undefined) return inTheGate;
  const size = Number(text);
  if (Number.isSafeInteger(size) && size >= 1) return size;
  throw new RaptorFlowError(
    'invalid_configuration',
    `${variable} is "${text}": write a whole number, 1 or more.`,
  );
}
