/** Names for what money is spent by: agents, campaigns; what has none is shown by its key. */
import type { Agents } from '@raptorflow/runtime';
import type { Campaigns } from '@raptorflow/society';

/** Where names are looked up. */
export interface MoneyNamesDeps {
  readonly agents: Pick<Agents, 'list'>;
  readonly campaigns: Pick<Campaigns, 'names'>;
}

/** The names behind keys of one kind. */
export async function moneyNames(
  { agents, campaigns }: MoneyNamesDeps,
  workspaceId: string,
  kind: string,
  keys: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  if (kind === 'agent') {
    return new Map((await agents.list(workspaceId)).map((agent) => [agent.id, agent.name]));
  }
  return kind === 'campaign' ? campaigns.names(workspaceId, keys) : new Map();
}
