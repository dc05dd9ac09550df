/** The Council and its guilds as a map: who is alive, who works, who has gone silent. */
import type { Agent } from '@raptorflow/contract';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';

import { Button } from '../../components/button.tsx';
import { classes } from '../../components/class-names.ts';
import { EmptyState, ErrorNotice, Loading } from '../../components/feedback.tsx';
import { TextField } from '../../components/field.tsx';
import { PageHeader, Panel } from '../../components/panel.tsx';
import { Dot, type Tone, toneOf } from '../../components/status.tsx';
import { useNow } from '../../components/time.tsx';
import { useAgents } from '../../data/agents.ts';
import { useScope } from '../../data/scope.ts';
import { countOf } from '../../format/number.ts';
import { formatAgo } from '../../format/time.ts';
import { groupAgents, stateOfAgent } from './guilds.ts';
import { NewAgentDialog } from './new-agent.tsx';

/** The map. */
export function AgentMapPage() {
  const agents = useAgents();
  const [filter, setFilter] = useState('');
  const [adding, setAdding] = useState(false);
  const groups = groupAgents(agents.data ?? [], filter);
  return (
    <>
      <PageHeader
        title="Agents"
        actions={
          <>
            <TextField
              label="Find an agent"
              hideLabel
              type="search"
              placeholder="Find by name, code or duty"
              className="w-56"
              value={filter}
              onChange={(event) => setFilter(event.target.value)}
            />
            <Button icon="plus" onClick={() => setAdding(true)}>
              New agent
            </Button>
          </>
        }
      >
        {agents.data ? <Census agents={agents.data} /> : null}
      </PageHeader>
      {agents.isPending ? <Loading rows={8} label="Reading the agents" /> : null}
      {agents.error ? <ErrorNotice error={agents.error} retry={() => void agents.refetch()} /> : null}
      {agents.data && groups.length === 0 ? <NoAgents filtered={filter !== ''} /> : null}
      <div className="space-y-4">
        {groups.map(({ guild, agents: members }) => (
          <Panel key={guild.guild} title={guild.name} note={guild.note}>
            <ul
              className={classes(
                'grid gap-1.5',
                guild.guild === 'council'
                  ? 'grid-cols-1 sm:grid-cols-2 lg:grid-cols-4'
                  : 'grid-cols-1 sm:grid-cols-[repeat(auto-fill,minmax(13rem,1fr))]',
              )}
            >
              {members.map((agent) => (
                <AgentCell key={agent.id} agent={agent} large={guild.guild === 'council'} />
              ))}
            </ul>
          </Panel>
        ))}
      </div>
      {adding ? <NewAgentDialog onClose={() => setAdding(false)} /> : null}
    </>
  );
}

const states: readonly (readonly [ReturnType<typeof stateOfAgent>, string, Tone])[] = [
  ['running', 'working', 'run'],
  ['alive', 'alive, a beat within 90 s', 'ok'],
  ['dead', 'dead, silent for more than 90 s', 'bad'],
  ['paused', 'paused', 'warn'],
  ['silent', 'without a heartbeat yet', 'none'],
];

function Census({ agents }: { readonly agents: readonly Agent[] }) {
  return (
    <p className="mt-1 flex flex-wrap gap-x-4 gap-y-1 text-muted">
      {states
        .map(([state, text, tone]) => ({
          text,
          tone,
          count: agents.filter((one) => stateOfAgent(one) === state).length,
        }))
        .filter(({ count }) => count > 0)
        .map(({ text, tone, count }) => (
          <span key={text} className="flex items-center gap-1.5">
            <Dot tone={tone} live={tone === 'run'} />
            {count} {text}
          </span>
        ))}
    </p>
  );
}

function AgentCell({ agent, large }: { readonly agent: Agent; readonly large: boolean }) {
  const { workspaceId } = useScope();
  const now = useNow();
  const state = stateOfAgent(agent);
  const tone = state === 'running' ? 'run' : toneOf(state);
  const beat =
    agent.last_heartbeat_at === null ? 'no heartbeat yet' : `beat ${formatAgo(agent.last_heartbeat_at, now)}`;
  return (
    <li className="min-w-0">
      <Link
        to="/w/$workspaceId/agents/$agentId"
        params={{ workspaceId, agentId: agent.code }}
        title={`${agent.description} (${state}, ${beat})`}
        className="block h-full rounded-md border border-line px-2.5 py-1.5 hover:border-line-strong/60 hover:bg-hover"
      >
        <span className="flex items-center gap-2">
          <Dot tone={tone} live={state === 'running'} />
          <span className="sr-only">{state}</span>
          <span className={classes('min-w-0 flex-1 truncate', large && 'font-semibold')}>{agent.name}</span>
          <span className="text-2xs text-muted">{agent.code}</span>
        </span>
        {large ? (
          <span className="mt-1 line-clamp-2 block text-xs text-muted">{agent.description}</span>
        ) : null}
        {large ? (
          <span className="mt-1 block text-xs text-muted">
            {beat}
            {agent.statistics.running_runs > 0
              ? `, ${countOf(agent.statistics.running_runs, 'run')} under way`
              : ''}
          </span>
        ) : null}
      </Link>
    </li>
  );
}

function NoAgents({ filtered }: { readonly filtered: boolean }) {
  return (
    <Panel flush>
      {filtered ? (
        <EmptyState icon="search" title="No agent matches">
          Search for a code such as RES-001, a name, or a word of the duty.
        </EmptyState>
      ) : (
        <EmptyState icon="agents" title="The society is being seeded">
          The worker adds the Council and its guilds a moment after the workspace is created. If this stays
          empty, check that the worker is running (Settings, Server).
        </EmptyState>
      )}
    </Panel>
  );
}
