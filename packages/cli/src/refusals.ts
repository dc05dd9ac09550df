/** What the server refuses of a request, told where the command line says it. */
import { isClientError, type ClientError } from '@raptorflow/client';
import { RaptorFlowError } from 'raptorflow/kernel';
import type { Invocation } from './command.ts';

/** Where a field of the wire is said: `--limit`; undefined for one that is said nowhere. */
export type PlaceOf = (field: string) => string | undefined;

/** Runs `work`. Bad input that the server refuses is thrown as `invalid_input` with the server's details, and a message that names options instead of fields. */
export async function atOptions<T>(
  invocation: Invocation,
  placeOf: PlaceOf,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!isClientError(error, 'invalid_input')) throw error;
    throw new RaptorFlowError('invalid_input', refusalText(error, invocation, placeOf), {
      cause: error,
      details: error.details,
    });
  }
}

function refusalText({ message, details }: ClientError, { options }: Invocation, placeOf: PlaceOf): string {
  const issues = issuesIn(details);
  if (issues.length > 0) {
    const told = issues.map(({ path, message: why }) => {
      const field = path.replace(/^(?:body|params|querystring)\./u, '');
      return `${placeOf(field) ?? field}: ${why}`;
    });
    return `${told.join('; ')}.`;
  }
  // A refusal that names no field quotes what it refuses.
  const quoted = Object.entries(options).find(
    ([, text]) => typeof text === 'string' && message.startsWith(`"${text}"`),
  );
  return quoted === undefined ? message : `--${quoted[0]}: ${message}`;
}

function issuesIn({ issues }: Readonly<Record<string, unknown>>): { path: string; message: string }[] {
  return Array.isArray(issues) ? (issues as { path: string; message: string }[]) : [];
}
