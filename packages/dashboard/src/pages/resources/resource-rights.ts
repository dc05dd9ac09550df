/** What the reader may do about resources. */
import { useScope } from '../../data/scope.ts';
import { useSession } from '../../data/session.ts';

/** Why the reader may change nothing here; undefined for admins, who may. */
export function useReadOnlyReason(): string | undefined {
  const { workspaceId } = useScope();
  const role = useSession().workspaces.find((one) => one.workspace_id === workspaceId)?.role;
  if (role === 'owner' || role === 'admin') return undefined;
  return 'Only admins of this workspace close resources, judge leaks and change quotas.';
}
