/** Whose a resource is: its owner, and the agent and the run as ways to them. */
import type { WireResource } from '@raptorflow/contract';
import { Link } from '@tanstack/react-router';

import { useSession } from '../../data/session.ts';
import { shortId } from '../../format/words.ts';

type Owned = Pick<WireResource, 'owner' | 'workspace_id' | 'agent_id' | 'run_id'>;

/** Words and links; a workspace that the reader may not enter is only named. */
export function Owner({
  of: { owner, workspace_id: workspaceId, agent_id: agentId, run_id: runId },
}: {
  readonly of: Owned;
}) {
  const { workspaces } = useSession();
  if (owner === null && workspaceId === null && agentId === null && runId === null) {
    return <span className="text-muted">the server itself</span>;
  }
  if (
    owner === null &&
    agentId === null &&
    runId === null &&
    workspaces.some((one) => one.workspace_id === workspaceId)
  ) {
    return <span className="text-muted">the workspace’s own</span>;
  }
  const home = workspaces.find((one) => one.workspace_id === workspaceId);
  return (
    <span className="flex min-w-0 flex-wrap gap-x-3 gap-y-0.5">
      {owner === null ? null : <span className="break-words">{owner}</span>}
      {agentId === null ? null : (
        <span className="whitespace-nowrap text-muted">
          agent{' '}
          {home === undefined ? (
            <code title={agentId}>{shortId(agentId)}</code>
          ) : (
            <Link
              to="/w/$workspaceId/agents/$agentId"
              params={{ workspaceId: home.workspace_id, agentId }}
              title={agentId}
              className="text-accent hover:underline"
            >
              {shortId(agentId)}
            </Link>
          )}
        </span>
      )}
      {runId === null ? null : (
        <span className="whitespace-nowrap text-muted">
          run{' '}
          {home === undefined ? (
            <code title={runId}>{shortId(runId)}</code>
          ) : (
            <Link
              to="/w/$workspaceId/runs/$runId"
              params={{ workspaceId: home.workspace_id, runId }}
              title={runId}
              className="text-accent hover:underline"
            >
              {shortId(runId)}
            </Link>
          )}
        </span>
      )}
      {home === undefined && workspaceId !== null ? (
        <span className="whitespace-nowrap text-muted" title={workspaceId}>
          workspace <code>{shortId(workspaceId)}</code>
        </span>
      ) : null}
    </span>
  );
}
