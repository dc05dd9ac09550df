/** Workspaces: made, changed, capped, exported and deleted. */
import { Readable } from 'node:stream';
import { routes, type Budget, type Workspace as WireWorkspace } from '@raptorflow/contract';
import {
  formatUsd,
  type Budgets,
  type Identity,
  type Ledger,
  type MemberWorkspace,
} from '@raptorflow/runtime';
import type { FastifyInstance } from 'fastify';
import { pageOf } from '../page.ts';
import { registerRoutes, replied, type Handlers, type RegisterDeps } from '../register.ts';
import { amountOf } from './budgets-wire.ts';
import { budgetToWire } from './costs-wire.ts';
import { memberToWire } from './members-wire.ts';

/** What the workspace routes answer from. */
export interface WorkspaceRouteDeps extends RegisterDeps {
  readonly identity: Identity;
  readonly ledger: Pick<Ledger, 'standing'>;
  readonly budgets: Pick<Budgets, 'setCap'>;
}

/** Registers `/api/v1/workspaces/…`. */
export function registerWorkspaceRoutes(app: FastifyInstance, deps: WorkspaceRouteDeps): void {
  const handlers = { ...readingHandlers(deps), ...makingHandlers(deps), ...changingHandlers(deps) };
  registerRoutes(app, routes.workspaces, handlers, deps);
}

type WorkspaceHandlers = Handlers<typeof routes.workspaces>;

async function toWire(deps: WorkspaceRouteDeps, workspace: MemberWorkspace): Promise<WireWorkspace> {
  return {
    id: workspace.id,
    name: workspace.name,
    slug: workspace.slug,
    role: workspace.role,
    time_zone: workspace.timeZone,
    monthly_budget_usd: formatUsd((await deps.ledger.standing(workspace.id)).capMicroUsd),
    created_at: new Date(workspace.createdAt).toISOString(),
    updated_at: new Date(workspace.updatedAt).toISOString(),
  };
}

async function budgetOf(deps: WorkspaceRouteDeps, workspaceId: string): Promise<Budget> {
  const [standing, workspace] = await Promise.all([
    deps.ledger.standing(workspaceId),
    deps.identity.workspaces.find(workspaceId),
  ]);
  return budgetToWire(standing, workspace?.timeZone ?? 'UTC');
}

function readingHandlers(
  deps: WorkspaceRouteDeps,
): Pick<WorkspaceHandlers, 'budget' | 'export' | 'get' | 'list' | 'members'> {
  const { workspaces } = deps.identity;
  return {
    budget: (_input, call) => budgetOf(deps, call.workspaceId),
    async export(_input, call): Promise<typeof replied> {
      const { workspaceId } = call;
      const lines = await call.audited(
        { action: 'workspace.export', target: { kind: 'workspace', id: workspaceId } },
        () => deps.identity.exportWorkspace(workspaceId),
      );
      // Read before the reply begins, so that what is refused is answered as an error.
      const first = await lines.next();
      const rest = async function* (): AsyncGenerator<string> {
        if (first.done !== true) yield first.value;
        yield* lines;
      };
      void call.reply
        .type('application/jsonl; charset=utf-8')
        .header('content-disposition', `attachment; filename="${workspaceId}.jsonl"`)
        .send(Readable.from(rest(), { objectMode: false }));
      return replied;
    },
    get: async (_input, call) => toWire(deps, await workspaces.get(call.workspaceId, call.caller.userId)),
    async list({ query }, call) {
      const { userId, key } = call.caller;
      const all = await workspaces.list(userId);
      // A key is of one workspace, whatever else its maker may enter.
      const seen = key ? all.filter(({ id }) => id === key.workspaceId) : all;
      const page = pageOf(seen, query, (workspace) => workspace);
      return { ...page, items: await Promise.all(page.items.map((each) => toWire(deps, each))) };
    },
    members: async ({ query }, call) =>
      pageOf(await workspaces.members(call.workspaceId), query, memberToWire),
  };
}

function makingHandlers(deps: WorkspaceRouteDeps): Pick<WorkspaceHandlers, 'create'> {
  const { workspaces } = deps.identity;
  return {
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
      return toWire(deps, workspace);
    },
  };
}

function changingHandlers(
  deps: WorkspaceRouteDeps,
): Pick<WorkspaceHandlers, 'delete' | 'setBudget' | 'update'> {
  const { workspaces } = deps.identity;
  return {
    async delete({ body }, call) {
      const { workspaceId } = call;
      await call.audited({ action: 'workspace.delete', target: { kind: 'workspace', id: workspaceId } }, () =>
        deps.identity.removals.request({ workspaceId, name: body.name }),
      );
      return { workspace_id: workspaceId, status: 'deleting' as const };
    },
    async update({ body }, call) {
      await call.audited(
        {
          action: 'workspace.change',
          target: { kind: 'workspace', id: call.workspaceId },
          details: { name: body.name ?? null, time_zone: body.time_zone ?? null },
        },
        () => workspaces.change(call.workspaceId, { name: body.name, timeZone: body.time_zone }),
      );
      return toWire(deps, await workspaces.get(call.workspaceId, call.caller.userId));
    },
    async setBudget({ body }, call) {
      const owner = { level: 'workspace', subject: '' } as const;
      await call.audited(
        {
          action: 'budget.set_cap',
          target: { kind: 'workspace', id: call.workspaceId },
          details: { cap_usd: body.cap_usd },
        },
        () => deps.budgets.setCap(call.workspaceId, owner, amountOf(body.cap_usd)),
      );
      return budgetOf(deps, call.workspaceId);
    },
  };
}
