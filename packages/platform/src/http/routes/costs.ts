/** Costs: what model calls cost, by day, model, agent, run or campaign, beside the budget of the month. */
import { routes, type CostGrouping } from '@raptorflow/contract';
import {
  formatUsd,
  type Agents,
  type Costs,
  type CostSum,
  type Identity,
  type Ledger,
} from '@raptorflow/runtime';
import type { Campaigns } from '@raptorflow/society';
import { RaptorFlowError } from 'raptorflow/kernel';
import type { FastifyInstance } from 'fastify';
import { registerRoutes, type RegisterDeps } from '../register.ts';
import { budgetToWire, costRowToWire, daysOfMonth } from './costs-wire.ts';

/** What the cost routes answer from. */
export interface CostRouteDeps extends RegisterDeps {
  readonly costs: Pick<Costs, 'sumBy' | 'total'>;
  readonly ledger: Pick<Ledger, 'standing'>;
  readonly identity: { readonly workspaces: Pick<Identity['workspaces'], 'find'> };
  readonly agents: Pick<Agents, 'list'>;
  readonly campaigns: Pick<Campaigns, 'names'>;
}

/** Registers `/api/v1/costs`. */
export function registerCostRoutes(app: FastifyInstance, deps: CostRouteDeps): void {
  registerRoutes(
    app,
    routes.costs,
    {
      async summary({ query }, call) {
        const { workspaceId } = call;
        const [standing, workspace] = await Promise.all([
          deps.ledger.standing(workspaceId),
          deps.identity.workspaces.find(workspaceId),
        ]);
        const timeZone = workspace?.timeZone ?? 'UTC';
        const month = daysOfMonth(standing.period);
        const from = query.from ?? month.from;
        const to = query.to ?? month.to;
        if (from > to) {
          throw new RaptorFlowError(
            'invalid_input',
            `The days are the wrong way round: from ${from} to ${to}.`,
          );
        }
        const filter = { fromDay: from, toDay: to };
        const [total, sums] = await Promise.all([
          deps.costs.total(workspaceId, filter),
          deps.costs.sumBy(workspaceId, query.group_by, filter),
        ]);
        // Days are in order, so the newest stand last; everything else is dearest first.
        const shown = query.group_by === 'day' ? sums.slice(-query.limit) : sums.slice(0, query.limit);
        const labelOf = await labels(deps, workspaceId, query.group_by, shown);
        return {
          group_by: query.group_by,
          from,
          to,
          time_zone: timeZone,
          calls: total.calls,
          prompt_tokens: total.inputTokens,
          completion_tokens: total.outputTokens,
          cost_usd: formatUsd(total.costMicroUsd),
          budget: budgetToWire(standing, timeZone),
          items: shown.map((sum) => costRowToWire(sum, labelOf(sum.key))),
        };
      },
    },
    deps,
  );
}

/** Names for the keys of a grouping; what has none is shown by its key. */
async function labels(
  deps: CostRouteDeps,
  workspaceId: string,
  grouping: CostGrouping,
  sums: readonly CostSum[],
): Promise<(key: string | null) => string> {
  const names = await namesOf(deps, workspaceId, grouping, sums);
  return (key) => (key === null ? `no ${grouping}` : (names.get(key) ?? key));
}

async function namesOf(
  deps: CostRouteDeps,
  workspaceId: string,
  grouping: CostGrouping,
  sums: readonly CostSum[],
): Promise<ReadonlyMap<string, string>> {
  if (grouping === 'agent') {
    const agents = await deps.agents.list(workspaceId);
    return new Map(agents.map((agent) => [agent.id, agent.name]));
  }
  if (grouping === 'campaign') {
    return deps.campaigns.names(
      workspaceId,
      sums.flatMap((sum) => sum.key ?? []),
    );
  }
  return new Map();
}
