/** The society in order: the Council first, then its guilds. */
import type { Agent, Guild } from '@raptorflow/contract';

/** Guilds in the order of the map, with what each is for. */
export const guilds: readonly { readonly guild: Guild; readonly name: string; readonly note: string }[] = [
  { guild: 'council', name: 'Council of Lords', note: 'commands the guilds; only Lords keep results' },
  { guild: 'research', name: 'Research', note: 'reads the documents and finds facts' },
  { guild: 'muse', name: 'Muse', note: 'drafts and debates the assets' },
  { guild: 'matrix', name: 'Matrix', note: 'watches signals' },
  { guild: 'guardians', name: 'Guardians', note: 'check every asset against platform rules' },
  { guild: 'custom', name: 'Your own', note: 'agents that this workspace added' },
];

/** Agents by guild in the map's order, each guild by code; guilds without agents are left out. */
export function groupAgents(
  agents: readonly Agent[],
  filter: string,
): readonly { readonly guild: (typeof guilds)[number]; readonly agents: readonly Agent[] }[] {
  const wanted = filter.trim().toLowerCase();
  const matching = agents.filter(
    (agent) =>
      wanted === '' || `${agent.code} ${agent.name} ${agent.description}`.toLowerCase().includes(wanted),
  );
  return guilds
    .map((guild) => ({
      guild,
      agents: matching
        .filter((agent) => agent.guild === guild.guild)
        .sort((a, b) => a.code.localeCompare(b.code)),
    }))
    .filter((group) => group.agents.length > 0);
}

/** What an agent is doing, in one word: working wins over the heartbeat. */
export function stateOfAgent(agent: Agent): 'running' | 'paused' | 'alive' | 'dead' | 'silent' {
  if (agent.statistics.running_runs > 0) return 'running';
  return agent.status === 'paused' ? 'paused' : agent.liveness;
}
