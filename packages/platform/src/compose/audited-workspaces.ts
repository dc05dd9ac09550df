/** The life of workspaces in their audit chains: each begins with whose it is, and ends without what was said in it. */
import { currentContext, type AuditLog, type WorkspaceChronicle } from '@raptorflow/runtime';

/** Who acts where nobody asked: at the first start, at a first sign-in, at the end of a deletion. */
const house = { kind: 'system', id: 'identity' } as const;

/** Builds the chronicle that identity writes. */
export function auditedWorkspaces(
  audit: Pick<AuditLog, 'appendWithin' | 'erasePayloads'>,
): WorkspaceChronicle {
  return {
    async created(tx, { id, name }, ownerId) {
      const { userId, correlationId } = currentContext();
      await audit.appendWithin(tx, [
        {
          workspaceId: id,
          action: 'workspace.created',
          phase: 'event',
          actor: userId === undefined ? house : { kind: 'user', id: userId },
          target: { kind: 'workspace', id },
          outcome: 'ok',
          correlationId: correlationId ?? null,
          details: { name, owner: ownerId },
        },
      ]);
    },
    async forget(workspaceId) {
      await audit.erasePayloads(workspaceId, house);
    },
  };
}
