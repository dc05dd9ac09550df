/** Agents: the Council, the guilds and the workspace's own, with what each has done. */
import { routes, type Agent as WireAgent } from '@raptorflow/contract';
import type { Agent, Agents, Runs } from '@raptorflow/runtime';
import type { Clock } from 'raptorflow/kernel';
import type { FastifyInstance } from 'fastify';
import { asJson } from '../audited.ts';
import { pageOf } from '../page.ts';
import { registerRoutes, type RegisterDeps } from '../register.ts';
import { agentToWire, changesFromWire, slugOf, specFromWire } from './agents-wire.ts';

/** What the agent routes answer from. */
export interface AgentRouteDeps extends RegisterDeps {
  readonly agents: Agents;
  readonly runs: Pick<Runs, 'statsByAgent'>;
  readonly clock: Clock;
}

/** Registers `/api/v1/agents/…`. */
export function registerAgentRoutes(app: FastifyInstance, deps: AgentRouteDeps): void {
  const { agents, runs, clock } = deps;
  const describe = async (agent: Agent): Promise<WireAgent> => {
    const [stats] = await runs.statsByAgent(agent.workspaceId, { agentId: agent.id });
    return agentToWire(agent, stats, clock.now());
  };
  registerRoutes(
    app,
    routes.agents,
    {
      async create({ body }, call) {
        const slug = await freeSlug(agents, call.workspaceId, body.name, body.code);
        const agent = await call.audited(
          {
            action: 'agent.create',
            details: { code: body.code, name: body.name, fields: Object.keys(body) },
            targetOf: ({ id }) => ({ kind: 'agent', id }),
          },
          () => agents.create(call.workspaceId, specFromWire(body, slug)),
        );
        return describe(agent);
      },
      get: async ({ params }, call) => describe(await agents.get(call.workspaceId, params.agent_id)),
      async list({ query }, call) {
        const { guild, kind, status } = query;
        const [all, stats] = await Promise.all([
          agents.list(call.workspaceId, {
            ...(guild !== undefined && { guild }),
            ...(kind !== undefined && { kind }),
            ...(status !== undefined && { status }),
          }),
          runs.statsByAgent(call.workspaceId),
        ]);
        const statsOf = new Map(stats.map((row) => [row.agentId, row]));
        const now = clock.now();
        return pageOf(all, query, (agent) => agentToWire(agent, statsOf.get(agent.id), now));
      },
      async update({ params, body }, call) {
        const agent = await call.audited(
          {
            action: 'agent.update',
            target: { kind: 'agent', id: params.agent_id },
            details: { changes: asJson(body) },
            targetOf: ({ id }) => ({ kind: 'agent', id }),
          },
          () => agents.update(call.workspaceId, params.agent_id, changesFromWire(body)),
        );
        return describe(agent);
      },
    },
    deps,
  );
}

/** The slug that a name suggests, with the code appended where another agent has it. */
async function freeSlug(agents: Agents, workspaceId: string, name: string, code: string): Promise<string> {
  const ending = code.toLowerCase();
  const slug = slugOf(name);
  if (slug === undefined) return ending;
  const taken = await agents.list(workspaceId);
  return taken.some((agent) => agent.slug === slug) ? `${slug}-${ending}` : slug;
}
