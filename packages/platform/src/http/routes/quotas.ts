/** Quotas: those of a workspace for its admins, those of the installation for its operator. */
import { routes, type WireQuotaUsage } from '@raptorflow/contract';
import type { Budgets, Ledger } from '@raptorflow/runtime';
import type { FastifyInstance } from 'fastify';
import { RaptorFlowError, type Clock } from 'raptorflow/kernel';
import type { QuotaApproval, QuotaDefinition, Quotas, QuotaViolation } from 'raptorflow/resources';
import { asJson } from '../audited.ts';
import type { Call } from '../call.ts';
import { inWireNames } from '../wire-names.ts';
import { registerRoutes, type Handlers, type RegisterDeps } from '../register.ts';
import { success } from './metrics-wire.ts';
import {
  approvalToWire,
  budgetToUsage,
  changeFromWire,
  draftFromWire,
  quotaToWire,
  usageToWire,
  violationToWire,
} from './quotas-wire.ts';
import { workspaceOf } from './resources.ts';

/** What the routes of quotas answer from. */
export interface QuotaRouteDeps extends RegisterDeps {
  readonly quotas: Quotas;
  /** Caps of money, which are shown beside the quotas and counted by the ledger alone. */
  readonly ledger: Pick<Ledger, 'standing'>;
  readonly budgets: Pick<Budgets, 'list'>;
  readonly clock: Clock;
}

type Scope = 'workspace' | 'installation';
type QuotaHandlers = Handlers<typeof routes.quotas>;

const dayMs = 86_400_000;
const violationsShownMax = 100;
const violationsLookedAtMax = 1_000;

/** Registers `/api/v1/metrics/quotas`. */
export function registerQuotaRoutes(app: FastifyInstance, deps: QuotaRouteDeps): void {
  registerRoutes(
    app,
    routes.quotas,
    inWireNames({ ...readingHandlers(deps), ...changingHandlers(deps), ...decidingHandlers(deps) }),
    deps,
  );
}

function readingHandlers({
  quotas,
  ledger,
  budgets,
  clock,
}: QuotaRouteDeps): Pick<QuotaHandlers, 'list' | 'violations'> {
  return {
    async list({ query }, call) {
      const workspaceId = workspaceOf(query.scope, call);
      const fits = (id: string): boolean => query.quota_id === undefined || query.quota_id === id;
      const found = definitionsIn(quotas, workspaceId).filter(({ id }) => fits(id));
      const subject =
        workspaceId === undefined ? {} : { workspaceId, userId: query.user_id ?? call.caller.userId };
      const [usage, money, violations] = await Promise.all([
        quotas.usage(subject),
        workspaceId === undefined ? [] : capsOf({ ledger, budgets }, workspaceId),
        quotas.violations.list({
          ...(workspaceId !== undefined && { workspaceId }),
          quotaId: query.quota_id,
          since: clock.now() - dayMs,
          limit: violationsShownMax,
        }),
      ]);
      const report = quotas.report();
      const data = {
        quotas: found.map(quotaToWire),
        usage: [...usage.map(usageToWire), ...money].filter(({ quota_id: id }) => fits(id)),
        violations: violations.map(violationToWire),
        approvals: approvalsIn(quotas, workspaceId).map(approvalToWire),
        metrics: {
          total_checks: report.checks,
          total_violations: report.violations,
          total_warnings: report.warnings,
          blocks_enforced: report.blocks,
          throttles_enforced: report.throttles,
          quota_resets: report.resets,
          waiting: report.waiting,
          store_failures: report.storeFailures,
        },
      };
      return { ...success(data, `${found.length} quotas count here.`), total: found.length };
    },
    async violations({ query }, call) {
      const workspaceId = workspaceOf(query.scope, call);
      const found = await quotas.violations.list({
        ...(workspaceId !== undefined && { workspaceId }),
        quotaId: query.quota_id,
        resolved: query.resolved,
        limit: query.limit,
      });
      return { ...success(found.map(violationToWire), `${found.length} violations.`), total: found.length };
    },
  };
}

function changingHandlers({
  quotas,
}: QuotaRouteDeps): Pick<QuotaHandlers, 'create' | 'update' | 'remove' | 'reset'> {
  const own = (id: string, scope: Scope, call: Call): QuotaDefinition => {
    const workspaceId = workspaceOf(scope, call) ?? null;
    const found = quotas.list().find((quota) => quota.id === id && quota.workspaceId === workspaceId);
    if (found) return found;
    throw new RaptorFlowError(
      'not_found',
      `There is no quota ${id} that is ${workspaceId === null ? 'the installation’s' : 'this workspace’s own'}.`,
    );
  };
  return {
    async create({ query, body }, call) {
      const workspaceId = workspaceOf(query.scope, call) ?? null;
      const made = await call.audited(
        {
          action: 'quota.create',
          chain: query.scope,
          details: { quota: asJson(body) },
          targetOf: ({ id }: QuotaDefinition) => ({ kind: 'quota', id }),
        },
        () => quotas.create(draftFromWire(body, workspaceId)),
      );
      return success(quotaToWire(made), `The quota “${made.name}” holds from the next request on.`);
    },
    async update({ params, query, body }, call) {
      const before = own(params.quota_id, query.scope, call);
      const after = await call.audited(
        {
          ...doing('quota.update', query.scope, before.id),
          details: { before: asJson(quotaToWire(before)), change: asJson(body) },
        },
        () => quotas.update(before, changeFromWire(body)),
      );
      return success(quotaToWire(after), `The quota “${after.name}” is changed.`);
    },
    async remove({ params, query }, call) {
      const quota = own(params.quota_id, query.scope, call);
      await call.audited(doing('quota.delete', query.scope, quota.id), () => quotas.delete(quota));
      return null;
    },
    async reset({ params, query }, call) {
      const quota = own(params.quota_id, query.scope, call);
      await call.audited(doing('quota.reset', query.scope, quota.id), () =>
        quotas.reset(quota, call.caller.userId),
      );
      return success(quotaToWire(quota), `“${quota.name}” begins at nothing for everybody.`);
    },
  };
}

function decidingHandlers({ quotas }: QuotaRouteDeps): Pick<QuotaHandlers, 'resolve' | 'decide'> {
  return {
    async resolve({ params, query }, call) {
      const workspaceId = workspaceOf(query.scope, call);
      const { violation_id: id } = params;
      const known = await quotas.violations.list({
        ...(workspaceId !== undefined && { workspaceId }),
        limit: violationsLookedAtMax,
      });
      if (!known.some((violation) => violation.id === id)) {
        throw new RaptorFlowError('not_found', `There is no violation ${id} here.`);
      }
      const resolved = await call.audited<QuotaViolation>(
        doing('quota_violation.resolve', query.scope, id),
        () => quotas.violations.resolve(id, call.caller.name),
      );
      return success(violationToWire(resolved), 'The violation is dealt with.');
    },
    async decide({ params, query, body }, call) {
      const { approval_id: id } = params;
      const waits = approvalsIn(quotas, workspaceOf(query.scope, call)).some((each) => each.id === id);
      if (!waits) throw new RaptorFlowError('not_found', `No request ${id} waits for an answer here.`);
      await call.audited(
        { ...doing('quota_approval.decide', query.scope, id), details: { approve: body.approve } },
        () =>
          body.approve
            ? quotas.approvals.approve(id, call.caller.name)
            : quotas.approvals.deny(id, call.caller.name),
      );
      const words = body.approve ? 'The request is granted.' : 'The request is refused.';
      return success({ approval_id: id, approved: body.approve }, words);
    },
  };
}

/** What is used of the caps of a workspace: its month, and the guilds, agents, campaigns, runs and chains of events that have a cap. */
async function capsOf(
  { ledger, budgets }: Pick<QuotaRouteDeps, 'ledger' | 'budgets'>,
  workspaceId: string,
): Promise<WireQuotaUsage[]> {
  const standing = await ledger.standing(workspaceId);
  const others = await budgets.list(workspaceId, standing.period);
  return [standing, ...others].flatMap((each) => budgetToUsage(each) ?? []);
}

function definitionsIn(quotas: Quotas, workspaceId: string | undefined): readonly QuotaDefinition[] {
  return workspaceId === undefined ? quotas.list() : quotas.list({ workspaceId });
}

function approvalsIn({ approvals }: Quotas, workspaceId: string | undefined): readonly QuotaApproval[] {
  return approvals
    .list()
    .filter(({ subject }) => workspaceId === undefined || subject.workspaceId === workspaceId);
}

function doing(action: string, scope: Scope, id: string) {
  const [kind = action] = action.split('.');
  return { action, chain: scope, target: { kind, id } } as const;
}
