/** The way back to the list that a page belongs to. */
import { Link } from '@tanstack/react-router';

import { useScope } from '../data/scope.ts';

interface TrailProps {
  readonly to:
    | '/w/$workspaceId/agents'
    | '/w/$workspaceId/bus'
    | '/w/$workspaceId/campaigns'
    | '/w/$workspaceId/documents'
    | '/w/$workspaceId/runs';
  readonly children: string;
}

/** A small link above the title. */
export function Trail({ to, children }: TrailProps) {
  const { workspaceId } = useScope();
  return (
    <Link to={to} params={{ workspaceId }} className="hover:text-text hover:underline">
      {children}
    </Link>
  );
}
