/** Workspaces and their members. */
import { routes, type Workspace as WireWorkspace } from '@raptorflow/contract';
import { formatUsd, type Identity, type MemberWorkspace } from '@raptorflow/runtime';
import type { FastifyInstance } from 'fastify';
import { registerRoutes, type RegisterDeps } from '../register.ts';
import { pageOf } from '../page.ts';

/** What the workspace routes answer from. */
export interface WorkspaceRouteDeps extends RegisterDeps {
  readonly identity: Identity;
  /** The monthly cap of a workspace, in micro-US-dollars. */
  readonly monthlyBudgetMicroUsd: number;
}

/** Registers `/api/v1/workspaces/…`. */
export function registerWorkspaceRoutes(app: FastifyInstance, deps: WorkspaceRouteDeps): void {
  const { workspaces } = deps.identity;
  const toWire = (workspace: MemberWorkspace): WireWorkspace => ({
    id: workspace.id,
    name: workspace.name,
    slug: workspace.slug,
    role: workspace.role,
    time_zone: workspace.timeZone,
    monthly_budget_usd: formatUsd(deps.monthlyBudgetMicroUsd),
    created_at: new Date(workspace.createdAt).toISOString(),
    updated_at: new Date(workspace.updatedAt).toISOString(),
  });
  registerRoutes(
    app,
    routes.workspaces,
    {
      async create({ body }, call) {
        const { name, time_zone: timeZone } = body;
        const { userId } = call.caller;
        const workspace = await call.audited(
          {
            action: 'workspace.create',
            details: { name },
            targetOf: ({ id }: MemberWorkspace) => ({ kind: 'workspace', id }),
          },
          () => workspaces.create({ userId, name, ...(timeZone === undefined ? {} : { timeZone }) }),
        );
        // The workspace's own chain begins with whose it is.
        await deps.audit.append({
          workspaceId: workspace.id,
          action: 'workspace.created',
          phase: 'event',
          actor: { kind: 'user', id: userId },
          target: { kind: 'workspace', id: workspace.id },
          outcome: 'ok',
          correlationId: call.correlationId,
          details: { name, owner: userId },
        });
        return toWire(workspace);
      },
      get: async (_input, call) => toWire(await workspaces.get(call.workspaceId, call.caller.userId)),
      list: async ({ query }, call) => pageOf(await workspaces.list(call.caller.userId), query, toWire),
      members: async ({ query }, call) =>
        pageOf(await workspaces.members(call.workspaceId), query, (member) => ({
          user_id: member.userId,
          email: member.email,
          display_name: member.displayName,
          role: member.role,
          joined_at: new Date(member.joinedAt).toISOString(),
        })),
      async rename({ body }, call) {
        await call.audited(
          {
            action: 'workspace.rename',
            target: { kind: 'workspace', id: call.workspaceId },
            details: { name: body.name },
          },
          () => workspaces.rename(call.workspaceId, body.name),
        );
        return toWire(await workspaces.get(call.workspaceId, call.caller.userId));
      },
    },
    deps,
  );
}
