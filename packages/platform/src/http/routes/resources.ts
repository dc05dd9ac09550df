/** What is open: a workspace's for its members, everything for the operator. */
import { routes } from '@raptorflow/contract';
import type { FastifyInstance } from 'fastify';
import { RaptorFlowError, type Clock } from 'raptorflow/kernel';
import type { Leak, Quotas, Resources } from 'raptorflow/resources';
import type { Call } from '../call.ts';
import { registerRoutes, type Handlers, type RegisterDeps } from '../register.ts';
import { success } from './metrics-wire.ts';
import { cleanupToWire, leakToWire, resourceToWire, summaryToWire } from './resources-wire.ts';

/** What the routes of resources answer from. */
export interface ResourceRouteDeps extends RegisterDeps {
  readonly resources: Resources;
  readonly quotas: Pick<Quotas, 'violations'>;
  /** What the process calls itself. */
  readonly process: string;
  readonly clock: Clock;
}

type Scope = 'workspace' | 'installation';

const dayMs = 86_400_000;
/** The registry holds no more. */
const openMax = 100_000;
const violationsMax = 1_000;
/** Stands for every kind where something is closed. */
const everyType = 'all';

/** The workspace that is looked at; undefined for the whole process. Throws `forbidden`. */
export function workspaceOf(scope: Scope, call: Call): string | undefined {
  if (scope === 'workspace') return call.workspaceId;
  if (call.caller.operator) return undefined;
  throw new RaptorFlowError(
    'forbidden',
    'What belongs to the whole installation is for its operator; leave scope out to see what is the workspace’s.',
  );
}

const within = (workspaceId: string | undefined): { readonly workspaceId?: string } =>
  workspaceId === undefined ? {} : { workspaceId };

/** Registers `/api/v1/metrics/resources`. */
export function registerResourceRoutes(app: FastifyInstance, deps: ResourceRouteDeps): void {
  registerRoutes(app, routes.resources, { ...readingHandlers(deps), ...changingHandlers(deps) }, deps);
}

type ResourceHandlers = Handlers<typeof routes.resources>;

function readingHandlers(deps: ResourceRouteDeps): Pick<ResourceHandlers, 'summary' | 'list' | 'leaks'> {
  const { resources, quotas, clock } = deps;
  return {
    async summary({ query }, call) {
      const workspaceId = workspaceOf(query.scope, call);
      const recent = await quotas.violations.list({
        ...within(workspaceId),
        resolved: false,
        since: clock.now() - dayMs,
        limit: violationsMax,
      });
      const own =
        workspaceId === undefined
          ? undefined
          : {
              open: resources.list({ workspaceId, limit: openMax }),
              leaks: resources.leaks.list({ workspaceId, limit: openMax }).length,
            };
      const about = {
        process: deps.process,
        accuracy: resources.leaks.accuracy(),
        violations: recent.length,
        own,
      };
      const data = summaryToWire(resources.summary(), about);
      return success(data, `${data.total_resources} resources are open.`);
    },
    list({ query }, call) {
      const found = resources
        .list({
          ...within(workspaceOf(query.scope, call)),
          ...(query.resource_type !== undefined && { type: query.resource_type }),
          ...(query.status !== undefined && { status: query.status }),
          ...(query.owner !== undefined && { owner: query.owner }),
          ...(query.agent_id !== undefined && { agentId: query.agent_id }),
          ...(query.run_id !== undefined && { runId: query.run_id }),
          limit: query.limit,
        })
        .map(resourceToWire);
      return { ...success(found, `${found.length} resources.`), total: found.length };
    },
    leaks({ query }, call) {
      const filter = {
        ...within(workspaceOf(query.scope, call)),
        ...(query.severity !== undefined && { severity: query.severity }),
      };
      const all = resources.leaks.list({ ...filter, limit: openMax });
      const shown = all.slice(0, query.limit).map((leak) => leakToWire(leak, clock.now()));
      return { ...success(shown, `${all.length} leaks.`), total: all.length };
    },
  };
}

function changingHandlers({
  resources,
}: ResourceRouteDeps): Omit<ResourceHandlers, 'summary' | 'list' | 'leaks'> {
  const ownLeak = (id: string, workspaceId: string | undefined): Leak => {
    const found = resources.leaks.list(within(workspaceId)).find((leak) => leak.id === id);
    if (found) return found;
    throw new RaptorFlowError('not_found', `There is no leak ${id} here; it may be closed by now.`);
  };
  return {
    scan() {
      const { found, durationMs, ...counts } = resources.leaks.scan();
      const data = { ...counts, found: found.length, duration_ms: durationMs };
      return success(data, `${data.scanned} resources were looked at, ${data.found} leaks found.`);
    },
    async judge({ params, query, body }, call) {
      const { id } = ownLeak(params.leak_id, workspaceOf(query.scope, call));
      const doing = {
        action: 'resource_leak.judge',
        chain: query.scope,
        target: { kind: 'resource_leak', id },
        details: { right: body.right },
      } as const;
      await call.audited(doing, () =>
        body.right ? resources.leaks.confirm(id) : resources.leaks.reject(id),
      );
      const words = body.right ? 'The verdict is confirmed.' : 'The verdict is taken back.';
      return success({ leak_id: id, right: body.right }, words);
    },
    async cleanup({ params, query }, call) {
      const { resource_type: type } = params;
      const request = {
        ...within(workspaceOf(query.scope, call)),
        ...(type !== everyType && { type }),
        ...(query.owner !== undefined && { owner: query.owner }),
        ...(query.run_id !== undefined && { runId: query.run_id }),
        force: query.force,
      };
      const report = await call.audited(
        {
          action: 'resource.cleanup',
          chain: query.scope,
          target: { kind: 'resource_type', id: type },
          details: { force: query.force },
          resultOf: ({
            cleaned,
            failed,
            bytesFreed,
          }: {
            cleaned: number;
            failed: number;
            bytesFreed: number;
          }) => ({
            cleaned,
            failed,
            bytes_freed: bytesFreed,
          }),
        },
        () => resources.cleanup(request),
      );
      const left = report.active > 0 ? `, ${report.active} in use were left alone` : '';
      const failed = report.failed > 0 ? `, ${report.failed} could not be closed` : '';
      return success(cleanupToWire(type, report), `${report.cleaned} resources were closed${failed}${left}.`);
    },
  };
}
