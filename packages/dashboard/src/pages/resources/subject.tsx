/** Who asked for more than there was: the same words and links as the owner of a resource. */
import { Owner } from './owner.tsx';

/** Workspace, user, agent and run, as far as they are known. */
export function Subject({
  of,
}: {
  readonly of: {
    readonly workspace_id: string | null;
    readonly user_id: string | null;
    readonly agent_id: string | null;
    readonly run_id: string | null;
  };
}) {
  const { user_id: userId, ...rest } = of;
  return <Owner of={{ ...rest, owner: userId }} />;
}
