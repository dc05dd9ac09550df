/** Metrics: what agents and the workspace did, and how well. */
import { routes, metricTypesSchema } from '@raptorflow/contract';
import type { Agents, Identity, Runs, ToolUse } from '@raptorflow/runtime';
import type { FastifyInstance } from 'fastify';
import type { AuditedDoing } from '../audited.ts';
import { registerRoutes, type RegisterDeps } from '../register.ts';
import { readGlobal, type MetricPresent } from './metric-global.ts';
import { listMetrics, readHistory, type MetricReaderDeps } from './metric-history.ts';
import { agentMetricsToWire, performanceToWire, success } from './metrics-wire.ts';

/** What the routes of metrics answer from. */
export interface MetricRouteDeps extends RegisterDeps, MetricReaderDeps {
  readonly agents: Pick<Agents, 'get' | 'resetSummaries'>;
  readonly runs: Pick<Runs, 'stats' | 'statsByAgent'>;
  readonly tools: ToolUse;
  readonly present: MetricPresent;
  readonly workspaces: Pick<Identity['workspaces'], 'listAll'>;
}

const minuteMs = 60_000;
const { categories, types, aggregations } = metricTypesSchema.shape;

/** Registers `/api/v1/metrics`. */
export function registerMetricRoutes(app: FastifyInstance, deps: MetricRouteDeps): void {
  const { agents, runs, tools, workspaces, clock } = deps;
  registerRoutes(
    app,
    routes.metrics,
    {
      list({ query }, call) {
        const found = listMetrics(deps, call, query.metric_type);
        return { ...success(found, `${found.length} metrics.`), total: found.length };
      },
      global: ({ query }, call) => readGlobal(deps.present, query, call),
      history: ({ query }, call) => readHistory(deps, query, call),
      async agent({ params }, { workspaceId }) {
        const agent = await agents.get(workspaceId, params.agent_id);
        const since = agent.summarySince === null ? {} : { sinceMs: agent.summarySince };
        const [stats] = await runs.statsByAgent(workspaceId, { agentId: agent.id, ...since });
        return success(
          agentMetricsToWire(agent, stats),
          `${agent.name} began ${stats?.runs ?? 0} runs${agent.summarySince === null ? '' : ' since its summary was reset'}.`,
        );
      },
      async performance({ query }, { workspaceId }) {
        const minutes = query.time_window_minutes;
        const now = clock.now();
        const span = { fromMs: now - minutes * minuteMs, toMs: now + 1 };
        const [rows, used] = await Promise.all([
          runs.stats(workspaceId, span),
          tools.stats(workspaceId, span),
        ]);
        const data = performanceToWire(minutes, span, rows, used);
        return success(data, `${data.summary.total} runs in the last ${minutes} minutes.`);
      },
      types: () =>
        success(
          {
            categories: [...categories.element.options],
            types: [...types.element.options],
            aggregations: [...aggregations.element.options],
          },
          'What metrics are about, their kinds, and how they are summed up.',
        ),
      async resetAll(_input, call) {
        const all = await workspaces.listAll();
        const count = await call.audited(resetOf(null), async () => {
          const counts = await Promise.all(all.map(({ id }) => agents.resetSummaries(id, null)));
          return counts.reduce((sum, one) => sum + one, 0);
        });
        return success({ agents: count }, `The summaries of ${count} agents begin anew.`);
      },
      async resetAgent({ params }, call) {
        const count = await call.audited(resetOf(params.agent_id), () =>
          agents.resetSummaries(call.workspaceId, params.agent_id),
        );
        return success({ agents: count }, 'The summary of the agent begins anew.');
      },
    },
    deps,
  );
}

function resetOf(agentId: string | null): AuditedDoing<number> {
  return {
    action: 'metric.reset',
    ...(agentId !== null && { target: { kind: 'agent', id: agentId } }),
    resultOf: (count) => ({ agents: count }),
  };
}
