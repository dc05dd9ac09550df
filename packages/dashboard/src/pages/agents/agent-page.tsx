/** One agent: what it has done, what it is told, what it may. */
import type { Agent } from '@raptorflow/contract';
import { useParams } from '@tanstack/react-router';

import { FailedPage } from '../../components/failed-page.tsx';
import { EmptyState, Loading } from '../../components/feedback.tsx';
import { Trail } from '../../components/trail.tsx';
import { Figure, PageHeader, Panel } from '../../components/panel.tsx';
import { Badge, StatusBadge } from '../../components/status.tsx';
import { Ago } from '../../components/time.tsx';
import { useAgent } from '../../data/agents.ts';
import { useRuns } from '../../data/runs.ts';
import { formatMoney } from '../../format/money.ts';
import { formatCount } from '../../format/number.ts';
import { formatDuration } from '../../format/time.ts';
import { RunTable } from '../runs/run-table.tsx';
import { AgentEditor } from './agent-editor.tsx';
import { guilds, stateOfAgent } from './guilds.ts';

/** The agent's page. */
export function AgentPage() {
  const { agentId } = useParams({ from: '/w/$workspaceId/agents/$agentId' });
  const agent = useAgent(agentId);
  if (agent.isPending) return <Loading rows={8} label="Reading the agent" />;
  if (!agent.data) {
    return (
      <FailedPage
        what="agent"
        trail={<Trail to="/w/$workspaceId/agents">Agents</Trail>}
        error={agent.error}
        retry={() => void agent.refetch()}
      />
    );
  }
  return (
    <>
      <AgentHeader agent={agent.data} />
      <AgentFigures agent={agent.data} />
      <div className="space-y-4">
        {/* A changed agent, by anybody, starts the form again from what is stored. */}
        <AgentEditor key={agent.data.updated_at} agent={agent.data} />
        <AgentRuns agentId={agent.data.id} />
      </div>
    </>
  );
}

function AgentHeader({ agent }: { readonly agent: Agent }) {
  const guild = guilds.find((one) => one.guild === agent.guild);
  return (
    <PageHeader title={agent.name} trail={<Trail to="/w/$workspaceId/agents">Agents</Trail>}>
      <div className="mt-1.5 flex flex-wrap items-center gap-x-3 gap-y-1 text-muted">
        <span className="font-medium">{agent.code}</span>
        <span>{guild?.name ?? agent.guild}</span>
        <StatusBadge status={stateOfAgent(agent)} />
        <span>
          {agent.last_heartbeat_at === null ? (
            'no heartbeat yet'
          ) : (
            <>
              last heartbeat <Ago at={agent.last_heartbeat_at} />
            </>
          )}
        </span>
        {agent.edited_fields.length > 0 ? (
          <Badge
            title={`Edited here: ${agent.edited_fields.join(', ')}. Seeding the roster again leaves these alone.`}
          >
            Edited
          </Badge>
        ) : null}
      </div>
      <p className="mt-2 max-w-2xl">{agent.description}</p>
    </PageHeader>
  );
}

function AgentFigures({ agent }: { readonly agent: Agent }) {
  const { statistics } = agent;
  return (
    <div className="mb-4 grid grid-cols-2 gap-3 lg:grid-cols-4">
      <Figure
        label="Runs, since it was created"
        value={formatCount(statistics.total_runs)}
        note={`${formatCount(statistics.completed_runs)} completed, ${formatCount(statistics.failed_runs)} failed, ${formatCount(statistics.running_runs)} under way`}
      />
      <Figure
        label="Average duration of a run"
        value={
          statistics.average_duration_ms === null
            ? 'none yet'
            : formatDuration(statistics.average_duration_ms)
        }
        note={
          <>
            last run <Ago at={statistics.last_run_at} />
          </>
        }
      />
      <Figure
        label="Cost, since it was created"
        value={formatMoney(statistics.cost_usd)}
        note="model calls of this agent"
      />
      <Figure
        label="Tokens, since it was created"
        value={formatCount(statistics.total_tokens)}
        note={`model ${agent.model}, temperature ${agent.temperature}`}
      />
    </div>
  );
}

function AgentRuns({ agentId }: { readonly agentId: string }) {
  const listing = useRuns({ agent_id: agentId });
  return (
    <Panel flush title="Runs">
      <RunTable
        listing={listing}
        empty={
          <EmptyState icon="runs" title="This agent has not worked yet">
            It works when a campaign needs it; start one under Campaigns.
          </EmptyState>
        }
      />
    </Panel>
  );
}
