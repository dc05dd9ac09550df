import { currentContext } from '../context/index.ts';
import type { UnitOfWork } from '../db/index.ts';

/** The channel on which the life of workspaces is told. */
export const workspaceChannel = 'sys.workspace.lifecycle';

/** What can change about who may do what. */
export type IdentityChange =
  | 'api_key.created'
  | 'api_key.revoked'
  | 'invitation.accepted'
  | 'invitation.created'
  | 'invitation.revoked'
  | 'member.added'
  | 'member.removed'
  | 'member.role_changed'
  | 'session.ended'
  | 'workspace.changed'
  | 'workspace.created'
  | 'workspace.deleted'
  | 'workspace.deletion_started'
  | 'workspace.renamed';

/**
 * Tells of a change, inside the transaction that makes it: the one place that every change of this room passes through, with the
 * unit of work that it belongs to and, as `actor_id`, whoever asked for it (null for the installation itself).
 */
export function tellChange(
  tx: UnitOfWork,
  type: IdentityChange,
  workspaceId: string | null,
  payload: Readonly<Record<string, unknown>>,
): void {
  tx.publish(workspaceChannel, {
    type,
    ...(workspaceId === null ? {} : { workspaceId }),
    payload: {
      ...(workspaceId === null ? {} : { workspace_id: workspaceId }),
      ...payload,
      actor_id: currentContext().userId ?? null,
    },
  });
}
