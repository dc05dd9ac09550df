/** Costs: what model calls cost, by what made them, beside the budget of the month; line by line; and what nobody knows yet. */
import { routes, type RouteRequest } from '@raptorflow/contract';
import {
  repriceMonth,
  type CostFilter,
  type Costs,
  type Identity,
  type Ledger,
  type ModelCatalog,
  type ModelSettings,
  type OpenHolds,
  type Prices,
  type ResolvedModel,
} from '@raptorflow/runtime';
import { RaptorFlowError } from 'raptorflow/kernel';
import type { FastifyInstance } from 'fastify';
import { registerRoutes, replied, type Handlers, type RegisterDeps } from '../register.ts';
import { amountOf } from './budgets-wire.ts';
import { sendLines, sendSums } from './costs-csv.ts';
import {
  budgetToWire,
  costLineToWire,
  costRowToWire,
  daysOfMonth,
  holdToWire,
  reconciliationToWire,
  sumToWire,
} from './costs-wire.ts';
import { moneyNames, type MoneyNamesDeps } from './money-names.ts';
import { repricingToWire } from './repricing-wire.ts';

/** What the cost routes answer from. */
export interface CostRouteDeps extends RegisterDeps, MoneyNamesDeps {
  readonly costs: Costs;
  readonly ledger: Pick<Ledger, 'standing'>;
  readonly openHolds: Pick<OpenHolds, 'list' | 'reconcile'>;
  readonly identity: { readonly workspaces: Pick<Identity['workspaces'], 'find'> };
  readonly models: Pick<ModelCatalog, 'resolve'>;
  readonly modelSettings: Pick<ModelSettings, 'aliasesOf'>;
  readonly prices: Prices;
}

type CostHandlers = Handlers<typeof routes.costs>;

/** Registers `/api/v1/costs`. */
export function registerCostRoutes(app: FastifyInstance, deps: CostRouteDeps): void {
  registerRoutes(app, routes.costs, { ...readingHandlers(deps), ...changingHandlers(deps) }, deps);
}

function readingHandlers(deps: CostRouteDeps): Pick<CostHandlers, 'lines' | 'summary'> {
  const { costs } = deps;
  return {
    async lines({ query }, { workspaceId, reply }) {
      const filter = filterOf(query);
      if (query.format === 'csv') {
        sendLines(reply, costs, workspaceId, filter);
        return replied;
      }
      const page = await costs.page(workspaceId, filter, query);
      return { items: page.items.map(costLineToWire), next_cursor: page.nextCursor };
    },
    async summary({ query }, { workspaceId, reply }) {
      const [standing, workspace] = await Promise.all([
        deps.ledger.standing(workspaceId),
        deps.identity.workspaces.find(workspaceId),
      ]);
      const timeZone = workspace?.timeZone ?? 'UTC';
      const month = daysOfMonth(standing.period);
      const days = { from: query.from ?? month.from, to: query.to ?? month.to };
      const filter = filterOf(days);
      const grouping = query.group_by;
      const [total, sums] = await Promise.all([
        costs.total(workspaceId, filter),
        costs.sumBy(workspaceId, grouping, filter),
      ]);
      // Days are in order, so the newest stand last; everything else is dearest first.
      const shown = grouping === 'day' ? sums.slice(-query.limit) : sums.slice(0, query.limit);
      const names = await moneyNames(
        deps,
        workspaceId,
        grouping,
        shown.flatMap((sum) => sum.key ?? []),
      );
      const items = shown.map((sum) =>
        costRowToWire(sum, sum.key === null ? `no ${grouping}` : (names.get(sum.key) ?? sum.key)),
      );
      if (query.format === 'csv') {
        sendSums(reply, grouping, days, items);
        return replied;
      }
      const budget = budgetToWire(standing, timeZone);
      return { group_by: grouping, ...days, time_zone: timeZone, ...sumToWire(total), budget, items };
    },
  };
}

function changingHandlers(deps: CostRouteDeps): Pick<CostHandlers, 'holds' | 'reconcile' | 'reprice'> {
  return {
    async holds({ query }, { workspaceId }) {
      const { state, limit } = query;
      const filter = { limit, ...(state === undefined ? {} : { states: [state] }) };
      return { items: (await deps.openHolds.list(workspaceId, filter)).map(holdToWire) };
    },
    async reconcile({ params, body }, call) {
      const { workspaceId } = call;
      const which = { callId: params.call_id, attempt: params.attempt };
      const costMicroUsd = amountOf(body.cost_usd);
      return reconciliationToWire(
        which,
        await call.audited(
          {
            action: 'budget.reconcile',
            target: { kind: 'model_call', id: `${params.call_id}.${params.attempt}` },
            details: { cost_usd: body.cost_usd },
          },
          () => deps.openHolds.reconcile(workspaceId, which, { costMicroUsd }),
        ),
      );
    },
    async reprice({ body }, { workspaceId }) {
      const { month, prices, models } = body;
      const whatIf = {
        month,
        ...(prices === undefined ? {} : { prices: { file: 'in the request', content: prices } }),
        ...(models === undefined ? {} : { models }),
      };
      const { mapping } = await deps.modelSettings.aliasesOf(workspaceId);
      const resolve = (name: string): ResolvedModel => deps.models.resolve(name, mapping);
      const other = await repriceMonth(workspaceId, whatIf, { ...deps, models: { resolve } });
      return repricingToWire(month, other);
    },
  };
}

type LineQuery = Partial<RouteRequest<typeof routes.costs.lines>['query']>;

function filterOf(query: LineQuery): CostFilter {
  const { from, to } = query;
  if (from !== undefined && to !== undefined && from > to) {
    throw new RaptorFlowError('invalid_input', `The days are the wrong way round: from ${from} to ${to}.`);
  }
  return {
    ...(from === undefined ? {} : { fromDay: from }),
    ...(to === undefined ? {} : { toDay: to }),
    ...(query.month === undefined ? {} : { period: query.month }),
    ...(query.model === undefined ? {} : { model: query.model }),
    ...(query.provider === undefined ? {} : { provider: query.provider }),
    ...(query.guild === undefined ? {} : { guild: query.guild }),
    ...(query.agent_id === undefined ? {} : { agentId: query.agent_id }),
    ...(query.agent_run_id === undefined ? {} : { agentRunId: query.agent_run_id }),
    ...(query.campaign_id === undefined ? {} : { campaignId: query.campaign_id }),
    ...(query.correlation_id === undefined ? {} : { correlationId: query.correlation_id }),
  };
}
