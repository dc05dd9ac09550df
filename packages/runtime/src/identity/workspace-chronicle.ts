import type { UnitOfWork } from '../db/index.ts';
import type { Workspace } from './principal.ts';

/** What is told of workspaces where it outlives them. */
export interface WorkspaceChronicle {
  /**
   * Tells that a workspace is made, inside the transaction that makes it, and as the last statements of it. When it rejects, there is no
   * workspace.
   */
  created(tx: UnitOfWork, workspace: Workspace, ownerId: string): Promise<void>;
  /**
   * Takes out of what outlives a workspace whatever must not: called when all its other tables are empty, and again when nothing that was
   * under way then can write any more. A call that rejects is made again; one that was made before changes nothing that matters.
   */
  forget(workspaceId: string): Promise<void>;
}
