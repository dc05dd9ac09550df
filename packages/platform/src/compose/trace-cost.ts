/** What a story on the bus cost, from the cost log. */
import type { Costs } from '@raptorflow/runtime';
import type { CostOf } from 'raptorflow/bus';

/** Sums the model calls that were made for a request, in the workspaces that a trace shows. */
export function traceCost(costs: Costs): CostOf {
  return async ({ requestId, workspaceIds }) => {
    const sums = await Promise.all(
      workspaceIds.map((workspaceId) => costs.total(workspaceId, { correlationId: requestId })),
    );
    return { totalMicroUsd: sums.reduce((total, sum) => total + sum.costMicroUsd, 0) };
  };
}
