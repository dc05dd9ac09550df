/** What the reader may do about resources. */
import { useScope } from '../../data/scope.ts';
import { useIsOperator, useSession } from '../../data/session.ts';

/** Why the reader may change nothing here; undefined for admins, who may. */
export function useReadOnlyReason(): string | undefined {
  const { workspaceId } = useScope();
  const role = useSession().workspaces.find((one) => one.workspace_id === workspaceId)?.role;
  if (role === 'owner' || role === 'admin') return undefined;
  return 'Only admins of this workspace close resources, judge leaks, change quotas and carry out advice.';
}

/** Why the reader sees nothing of cleanup tasks; undefined for the operator, whose they are. */
export function useOperatorReason(): string | undefined {
  if (useIsOperator()) return undefined;
  return 'Cleanup tasks work on the whole installation, so only its operator sees, runs and changes them.';
}
