/** Budgets: caps of guilds, agents, campaigns, runs and chains of events, beside the workspace's month. */
import { routes, type BudgetLevel } from '@raptorflow/contract';
import type { Agents, Budgets, Identity, Ledger, Runs } from '@raptorflow/runtime';
import type { Campaigns } from '@raptorflow/society';
import { RaptorFlowError } from 'raptorflow/kernel';
import type { FastifyInstance } from 'fastify';
import { registerRoutes, type RegisterDeps } from '../register.ts';
import { amountOf, subBudgetToWire } from './budgets-wire.ts';
import { budgetToWire } from './costs-wire.ts';
import { moneyNames } from './money-names.ts';

/** What the budget routes answer from. */
export interface BudgetRouteDeps extends RegisterDeps {
  readonly budgets: Budgets;
  readonly ledger: Pick<Ledger, 'standing'>;
  readonly identity: { readonly workspaces: Pick<Identity['workspaces'], 'find'> };
  readonly agents: Pick<Agents, 'get' | 'list'>;
  readonly runs: Pick<Runs, 'get'>;
  readonly campaigns: Pick<Campaigns, 'names'>;
}

/** Registers `/api/v1/budgets`. */
export function registerBudgetRoutes(app: FastifyInstance, deps: BudgetRouteDeps): void {
  const { budgets, ledger, identity } = deps;
  registerRoutes(
    app,
    routes.budgets,
    {
      async list({ query }, { workspaceId }) {
        const [standing, workspace] = await Promise.all([
          ledger.standing(workspaceId),
          identity.workspaces.find(workspaceId),
        ]);
        const all = await budgets.list(workspaceId, standing.period);
        const shown = all
          .filter(({ level }) => query.level === undefined || level === query.level)
          .slice(0, query.limit);
        const names = await Promise.all(
          (['agent', 'campaign'] as const).map(async (level) => {
            const keys = shown.flatMap((one) => (one.level === level ? [one.subject] : []));
            return keys.length === 0 ? new Map<string, string>() : moneyNames(deps, workspaceId, level, keys);
          }),
        );
        const labelOf = (subject: string): string =>
          names.map((some) => some.get(subject)).find((name) => name !== undefined) ?? subject;
        return {
          workspace: budgetToWire(standing, workspace?.timeZone ?? 'UTC'),
          items: shown.map((one) => subBudgetToWire(one, labelOf(one.subject))),
        };
      },
      async set({ params, body }, call) {
        const { workspaceId } = call;
        const { level } = params;
        const { subject, label } = await subjectOf(deps, workspaceId, level, params.subject);
        await call.audited(
          {
            action: 'budget.set_cap',
            target: { kind: level, id: subject },
            details: { cap_usd: body.cap_usd },
          },
          () => budgets.setCap(workspaceId, { level, subject }, amountOf(body.cap_usd)),
        );
        const { period } = await ledger.standing(workspaceId);
        return subBudgetToWire(await budgets.find(workspaceId, { level, subject }, period), label);
      },
    },
    deps,
  );
}

/** Who is meant, so that no cap is set on a name that nothing is ever charged to. Throws `not_found`. */
async function subjectOf(
  deps: BudgetRouteDeps,
  workspaceId: string,
  level: BudgetLevel,
  subject: string,
): Promise<{ readonly subject: string; readonly label: string }> {
  if (level === 'agent') {
    // An agent may be named by its code.
    const { id, name } = await deps.agents.get(workspaceId, subject);
    return { subject: id, label: name };
  }
  if (level === 'run') {
    const run = await deps.runs.get({ workspaceId, runId: subject });
    return { subject: run.id, label: run.id };
  }
  if (level === 'campaign') {
    const label = (await deps.campaigns.names(workspaceId, [subject])).get(subject);
    if (label === undefined) {
      throw new RaptorFlowError(
        'not_found',
        `There is no campaign ${subject}; "raptorflow campaign list" shows their ids.`,
      );
    }
    return { subject, label };
  }
  if (level === 'guild') {
    const guilds = [...new Set((await deps.agents.list(workspaceId)).map((agent) => agent.guild))];
    if (!guilds.includes(subject)) {
      throw new RaptorFlowError(
        'not_found',
        `There is no guild "${subject}"; the guilds are ${guilds.toSorted().join(', ')}.`,
      );
    }
  }
  // A chain of events names its budget itself, before or after it has a cap.
  return { subject, label: subject };
}
