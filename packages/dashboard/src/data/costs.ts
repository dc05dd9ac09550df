/** Reads and changes what is spent: sums, caps, money whose cost nobody knows, and what another price would have made of it. */
import type { BudgetLevel, CostGrouping } from '@raptorflow/contract';
import { type QueryClient, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';

import { useLiveInterval } from '../live/live-context.ts';
import { useScope } from './scope.ts';
import { useSession } from './session.ts';

/** The current month's cost by one of its parts, with the budget it counts against. */
export function useCosts(groupBy: CostGrouping) {
  const { api, workspaceId } = useScope();
  return useQuery({
    queryKey: [workspaceId, 'costs', groupBy],
    queryFn: ({ signal }) => api.costs.summary({ query: { group_by: groupBy }, signal }),
    refetchInterval: useLiveInterval(30_000),
  });
}

/** Every budget of the workspace that has a cap or was charged. */
export function useBudgets() {
  const { api, workspaceId } = useScope();
  return useQuery({
    queryKey: [workspaceId, 'costs', 'budgets'],
    queryFn: ({ signal }) => api.budgets.list({ query: { limit: 1_000 }, signal }),
    refetchInterval: useLiveInterval(30_000),
  });
}

/** Calls whose cost nobody knows. */
export function useUncertainHolds() {
  const { api, workspaceId } = useScope();
  return useQuery({
    queryKey: [workspaceId, 'costs', 'holds'],
    queryFn: ({ signal }) => api.costs.holds({ query: { state: 'uncertain', limit: 1_000 }, signal }),
    refetchInterval: useLiveInterval(30_000),
  });
}

const moneyChanged = async (queryClient: QueryClient, workspaceId: string): Promise<void> => {
  await queryClient.invalidateQueries({ queryKey: [workspaceId, 'costs'] });
  await queryClient.invalidateQueries({ queryKey: [workspaceId, 'workspace'] });
};

/** Books what an uncertain call cost. */
export function useReconcile() {
  const { api, workspaceId } = useScope();
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: (of: { readonly callId: string; readonly attempt: number; readonly costUsd: string }) =>
      api.costs.reconcile({
        params: { call_id: of.callId, attempt: of.attempt },
        body: { cost_usd: of.costUsd },
      }),
    onSuccess: () => moneyChanged(queryClient, workspaceId),
  });
}

/** Whose cap is set. */
export interface CapOwner {
  readonly level: BudgetLevel | 'workspace';
  /** Empty for the workspace. */
  readonly subject: string;
}

/** Sets a cap, or takes it away with null. */
export function useSetCap() {
  const { api, workspaceId } = useScope();
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: async ({ owner, capUsd }: { readonly owner: CapOwner; readonly capUsd: string | null }) => {
      const { level, subject } = owner;
      const body = { cap_usd: capUsd };
      if (level === 'workspace') {
        await api.workspaces.setBudget({ params: { workspace_id: workspaceId }, body });
      } else await api.budgets.set({ params: { level, subject }, body });
    },
    onSuccess: () => moneyChanged(queryClient, workspaceId),
  });
}

/** What a month would have cost. */
export function useReprice() {
  const { api } = useScope();
  return useMutation({
    mutationFn: (body: {
      readonly month: string;
      readonly prices?: unknown;
      readonly models?: Readonly<Record<string, string>>;
    }) => api.costs.reprice({ body }),
  });
}

/** What the caller may change: caps below the workspace's as an admin; its own, and what is uncertain, as its owner. */
export function useMoneyRights(): { readonly mayCap: boolean; readonly isOwner: boolean } {
  const { workspaceId } = useScope();
  const role = useSession().workspaces.find((one) => one.workspace_id === workspaceId)?.role;
  return { mayCap: role === 'owner' || role === 'admin', isOwner: role === 'owner' };
}
