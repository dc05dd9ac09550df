/** What the reader may do about alerts. */
import { useScope } from '../../data/scope.ts';
import { useSession } from '../../data/session.ts';

/** What the reader may do: members acknowledge and silence, admins change rules. */
export function useAlertRights(): { readonly mayAct: boolean; readonly mayChangeRules: boolean } {
  const { workspaceId } = useScope();
  const role = useSession().workspaces.find((one) => one.workspace_id === workspaceId)?.role;
  const mayChangeRules = role === 'owner' || role === 'admin';
  return { mayAct: mayChangeRules || role === 'member', mayChangeRules };
}
