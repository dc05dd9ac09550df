/** What the server said is wrong with what was sent, by field. */
import { isClientError } from '@raptorflow/client';

/** One field and what is wrong with it. */
export interface Issue {
  /** `body.trigger.pattern` of what could not be read, `trigger.pattern` of what was read and refused. */
  readonly path: string;
  readonly message: string;
}

/** The issues of a refusal; none of an error that is about no field. */
export function issuesOf(error: unknown): readonly Issue[] {
  const issues: unknown = isClientError(error) ? error.details['issues'] : null;
  return Array.isArray(issues) ? issues.filter(isIssue) : [];
}

function isIssue(value: unknown): value is Issue {
  if (typeof value !== 'object' || value === null || !('path' in value) || !('message' in value))
    return false;
  return typeof value.path === 'string' && typeof value.message === 'string';
}
