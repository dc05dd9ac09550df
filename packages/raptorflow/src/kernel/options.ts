import type { z } from 'zod';
import { RaptorFlowError } from './errors.ts';

/** One refused field. */
export interface Issue {
  /** Where, as `brief.personas[2].name`; empty for the whole. */
  readonly path: string;
  readonly message: string;
}

/** A zod error's issues in the form that every message and body of the product uses. */
export function listIssues(error: z.ZodError): Issue[] {
  return error.issues.map((issue) => ({ path: formatPath(issue.path), message: issue.message }));
}

function formatPath(path: readonly PropertyKey[]): string {
  let text = '';
  for (const key of path) {
    if (typeof key === 'number') text += `[${key}]`;
    else text += text === '' ? String(key) : `.${String(key)}`;
  }
  return text;
}

/**
 * Validates a part's options where it is built: the parsed result, frozen.
 * Throws `invalid_options` naming the part and every refused field. Schemas should be strict, so that unknown keys are refused.
 */
export function parseOptions<S extends z.ZodType>(
  what: string,
  schema: S,
  input: unknown,
): Readonly<z.output<S>> {
  const result = schema.safeParse(input);
  if (result.success) return Object.freeze(result.data);
  const issues = listIssues(result.error);
  const lines = issues.map((issue) => (issue.path ? `${issue.path}: ${issue.message}` : issue.message));
  throw new RaptorFlowError('invalid_options', `${what} does not accept its options: ${lines.join('; ')}.`, {
    details: { issues },
  });
}
