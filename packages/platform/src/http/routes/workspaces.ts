/** Workspaces and their members. */
import { routes, type Budget, type Workspace as WireWorkspace } from '@raptorflow/contract';
import {
  formatUsd,
  type Budgets,
  type Identity,
  type Ledger,
  type MemberWorkspace,
} from '@raptorflow/runtime';
import type { FastifyInstance } from 'fastify';
import { registerRoutes, type RegisterDeps } from '../register.ts';
import { pageOf } from '../page.ts';
import { amountOf } from './budgets-wire.ts';
import { budgetToWire } from './costs-wire.ts';

/** What the workspace routes answer from. */
export interface WorkspaceRouteDeps extends RegisterDeps {
  readonly identity: Identity;
  readonly ledger: Pick<Ledger, 'standing'>;
  readonly budgets: Pick<Budgets, 'setCap'>;
}

/** Registers `/api/v1/workspaces/…`. */
export function registerWorkspaceRoutes(app: FastifyInstance, deps: WorkspaceRouteDeps): void {
  const { workspaces } = deps.identity;
  const toWire = async (workspace: MemberWorkspace): Promise<WireWorkspace> => ({
    id: workspace.id,
    name: workspace.name,
    slug: workspace.slug,
    role: workspace.role,
    time_zone: workspace.timeZone,
    monthly_budget_usd: formatUsd((await deps.ledger.standing(workspace.id)).capMicroUsd),
    created_at: new Date(workspace.createdAt).toISOString(),
    updated_at: new Date(workspace.updatedAt).toISOString(),
  });
  const budgetOf = async (workspaceId: string): Promise<Budget> => {
    const [standing, workspace] = await Promise.all([
      deps.ledger.standing(workspaceId),
      workspaces.find(workspaceId),
    ]);
    return budgetToWire(standing, workspace?.timeZone ?? 'UTC');
  };
  registerRoutes(
    app,
    routes.workspaces,
    {
      budget: (_input, call) => budgetOf(call.workspaceId),
      async create({ body }, call) {
        const { name, time_zone: timeZone } = body;
        return toWire(
          await workspaces.create({
            userId: call.caller.userId,
            name,
            ...(timeZone === undefined ? {} : { timeZone }),
          }),
        );
      },
      get: async (_input, call) => toWire(await workspaces.get(call.workspaceId, call.caller.userId)),
      async list({ query }, call) {
        const page = pageOf(await workspaces.list(call.caller.userId), query, (workspace) => workspace);
        return { ...page, items: await Promise.all(page.items.map(toWire)) };
      },
      members: async ({ query }, call) =>
        pageOf(await workspaces.members(call.workspaceId), query, (member) => ({
          user_id: member.userId,
          email: member.email,
          display_name: member.displayName,
          role: member.role,
          joined_at: new Date(member.joinedAt).toISOString(),
        })),
      async rename({ body }, call) {
        await workspaces.rename(call.workspaceId, body.name);
        return toWire(await workspaces.get(call.workspaceId, call.caller.userId));
      },
      async setBudget({ body }, call) {
        const owner = { level: 'workspace', subject: '' } as const;
        await deps.budgets.setCap(call.workspaceId, owner, amountOf(body.cap_usd));
        return budgetOf(call.workspaceId);
      },
    },
    deps,
  );
}
