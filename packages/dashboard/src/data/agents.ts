/** Reads and changes agents. */
import type { Agent, AgentCreate, AgentUpdate } from '@raptorflow/contract';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';

import { useLiveInterval } from '../live/live-context.ts';
import { type Scope, useScope } from './scope.ts';

async function readAllAgents({ api }: Scope, signal: AbortSignal): Promise<Agent[]> {
  const agents: Agent[] = [];
  let cursor: string | undefined;
  do {
    const page = await api.agents.list({ query: { limit: 200, cursor }, signal });
    agents.push(...page.items);
    cursor = page.next_cursor ?? undefined;
  } while (cursor !== undefined);
  return agents;
}

/** Every agent of the workspace: the map shows all of them at once. */
export function useAgents() {
  const scope = useScope();
  return useQuery({
    queryKey: [scope.workspaceId, 'agents', 'all'],
    queryFn: ({ signal }) => readAllAgents(scope, signal),
    refetchInterval: useLiveInterval(15_000),
  });
}

/** One agent, by id, code or slug. */
export function useAgent(agentId: string) {
  const { api, workspaceId } = useScope();
  return useQuery({
    queryKey: [workspaceId, 'agents', agentId],
    queryFn: ({ signal }) => api.agents.get({ params: { agent_id: agentId }, signal }),
    refetchInterval: useLiveInterval(15_000),
  });
}

/** Changes an agent. */
export function useUpdateAgent(agentId: string) {
  const { api, workspaceId } = useScope();
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: (body: AgentUpdate) => api.agents.update({ params: { agent_id: agentId }, body }),
    onSuccess: () => queryClient.invalidateQueries({ queryKey: [workspaceId, 'agents'] }),
  });
}

/** Adds an agent. */
export function useCreateAgent() {
  const { api, workspaceId } = useScope();
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: (body: AgentCreate) => api.agents.create({ body }),
    onSuccess: () => queryClient.invalidateQueries({ queryKey: [workspaceId, 'agents'] }),
  });
}

/** Aliases and models, with what is missing to call those that cannot be called. */
export function useModels() {
  const { api, workspaceId } = useScope();
  return useQuery({
    queryKey: [workspaceId, 'models'],
    queryFn: ({ signal }) => api.models.list({ signal }),
    staleTime: 30_000,
  });
}
