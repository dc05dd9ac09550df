/** The ways from an id to what it set off, and from a trace to its dead letters. */
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';

import { useScope } from '../../data/scope.ts';
import { readId } from './trace-rows.ts';

const linkClasses = 'text-accent hover:underline';

/** A link to the trace of a request or an event; plain text where the id cannot be looked up. */
export function TraceLink({
  id,
  className = linkClasses,
  children,
}: {
  readonly id: string;
  readonly className?: string;
  readonly children: ReactNode;
}) {
  const { workspaceId } = useScope();
  if (readId(id) === null) return <>{children}</>;
  return (
    <Link to="/w/$workspaceId/bus/trace/$id" params={{ workspaceId, id }} className={className}>
      {children}
    </Link>
  );
}

/** A link to a dead letter among the others, where it can be given back. */
export function LetterLink({
  id,
  className = linkClasses,
  children,
}: {
  readonly id: string;
  readonly className?: string;
  readonly children: ReactNode;
}) {
  const { workspaceId } = useScope();
  return (
    <Link
      to="/w/$workspaceId/bus/dead-letters"
      params={{ workspaceId }}
      search={{ letter: id }}
      className={className}
    >
      {children}
    </Link>
  );
}
