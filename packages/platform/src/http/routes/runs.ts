/** Runs: what agents did, step by step, and their journals. */
import { routes, type Run as WireRun } from '@raptorflow/contract';
import { isFinal, type Agents, type Run, type RunFilter, type RunRef, type Runs } from '@raptorflow/runtime';
import { RaptorFlowError, type Clock } from 'raptorflow/kernel';
import type { FastifyInstance } from 'fastify';
import type { Call } from '../call.ts';
import { foreignCursor, pageOf } from '../page.ts';
import { registerRoutes, type RegisterDeps } from '../register.ts';
import {
  entryToWire,
  runSummaryToWire,
  runToWire,
  statisticsToWire,
  stepToWire,
  type AgentNames,
} from './runs-wire.ts';

/** What the run routes answer from. */
export interface RunRouteDeps extends RegisterDeps {
  readonly runs: Runs;
  readonly agents: Agents;
  readonly clock: Clock;
}

const dayMs = 86_400_000;

/** Registers `/api/v1/runs/…`. */
export function registerRunRoutes(app: FastifyInstance, deps: RunRouteDeps): void {
  const { runs, agents, clock } = deps;
  const refOf = (params: { run_id: string }, call: Call): RunRef => ({
    workspaceId: call.workspaceId,
    runId: params.run_id,
  });
  const agentNames = async (workspaceId: string): Promise<AgentNames> =>
    new Map((await agents.list(workspaceId)).map((agent) => [agent.id, agent]));
  const describe = async (run: Run): Promise<WireRun> => {
    const [names, steps] = await Promise.all([
      agentNames(run.workspaceId),
      runs.steps({ workspaceId: run.workspaceId, runId: run.id }),
    ]);
    return runToWire(run, names, steps.length);
  };
  registerRoutes(
    app,
    routes.runs,
    {
      async cancel({ params }, call) {
        const ref = refOf(params, call);
        const { state } = await runs.get(ref);
        if (isFinal(state.status)) {
          throw new RaptorFlowError(
            'conflict',
            `The run is ${state.status} already; there is nothing left to cancel.`,
            { details: { status: state.status } },
          );
        }
        const run = await call.audited({ action: 'run.cancel', target: { kind: 'run', id: ref.runId } }, () =>
          runs.cancel(ref, `${call.caller.name} cancelled it.`),
        );
        return describe(run);
      },
      get: async ({ params }, call) => describe(await runs.get(refOf(params, call))),
      journal: async ({ params, query }, call) =>
        pageOf(await runs.journal(refOf(params, call)), query, entryToWire),
      async list({ query }, call) {
        // One more than asked for tells whether there is a next page.
        const [found, names] = await Promise.all([
          runs.list(call.workspaceId, { ...filterOf(query), limit: query.limit + 1 }),
          agentNames(call.workspaceId),
        ]);
        const items = found.slice(0, query.limit);
        return {
          items: items.map((run) => runSummaryToWire(run, names)),
          next_cursor: found.length > items.length ? (items.at(-1)?.id ?? null) : null,
        };
      },
      async statistics({ query }, call) {
        const now = clock.now();
        const span = { fromMs: now - query.period_days * dayMs, toMs: now + 1 };
        return statisticsToWire(
          call.workspaceId,
          query.period_days,
          await runs.stats(call.workspaceId, span),
        );
      },
      steps: async ({ params, query }, call) =>
        pageOf(await runs.steps(refOf(params, call)), query, stepToWire),
    },
    deps,
  );
}

interface ListQuery {
  readonly status?: RunFilter['status'] | undefined;
  readonly run_type?: string | undefined;
  readonly agent_id?: string | undefined;
  readonly campaign_id?: string | undefined;
  readonly parent_run_id?: string | undefined;
  readonly cursor?: string | undefined;
}

function filterOf(query: ListQuery): RunFilter {
  if (query.cursor !== undefined && !query.cursor.startsWith('run_')) throw foreignCursor();
  return {
    ...(query.status !== undefined && { status: query.status }),
    ...(query.run_type !== undefined && { runType: query.run_type }),
    ...(query.agent_id !== undefined && { agentId: query.agent_id }),
    ...(query.campaign_id !== undefined && { campaignId: query.campaign_id }),
    ...(query.parent_run_id !== undefined && { parentRunId: query.parent_run_id }),
    ...(query.cursor !== undefined && { before: query.cursor }),
  };
}
