/** Reads what was spent. */
import type { CostGrouping } from '@raptorflow/contract';
import { useQuery } from '@tanstack/react-query';

import { useLiveInterval } from '../live/live-context.ts';
import { useScope } from './scope.ts';

/** The current month's cost by day, model, agent, run or campaign, with the budget it counts against. */
export function useCosts(groupBy: CostGrouping) {
  const { api, workspaceId } = useScope();
  return useQuery({
    queryKey: [workspaceId, 'costs', groupBy],
    queryFn: ({ signal }) => api.costs.summary({ query: { group_by: groupBy }, signal }),
    refetchInterval: useLiveInterval(30_000),
  });
}
