/** Analysis of usage: a workspace's for its members, everything for the operator. */
import { routes } from '@raptorflow/contract';
import type { FastifyInstance } from 'fastify';
import { RaptorFlowError } from 'raptorflow/kernel';
import type { Analytics, Application, UsageFilter } from 'raptorflow/resources';
import type { Call } from '../call.ts';
import { registerRoutes, type RegisterDeps } from '../register.ts';
import { forecastToWire, patternToWire, profileToWire, recommendationToWire } from './analytics-wire.ts';
import { success } from './metrics-wire.ts';
import { workspaceOf } from './resources.ts';

/** What the routes of the analysis answer from. */
export interface AnalyticsRouteDeps extends RegisterDeps {
  /** Throws `unavailable` where monitoring is off. */
  readonly analytics: () => Analytics;
}

interface Scoped {
  readonly scope: 'workspace' | 'installation';
  readonly resource_type?: string | undefined;
}

/** Registers `/api/v1/metrics/analytics`. */
export function registerAnalyticsRoutes(app: FastifyInstance, deps: AnalyticsRouteDeps): void {
  const { analytics } = deps;
  registerRoutes(
    app,
    routes.analytics,
    {
      profiles({ query }, call) {
        const found = analytics().profiles(filterOf(query, call)).map(profileToWire);
        return { ...success(found, `${found.length} profiles.`), total: found.length };
      },
      patterns({ query }, call) {
        const filter = filterOf(query, call);
        const found = analytics().patterns({
          ...filter,
          ...(query.pattern_type !== undefined && { pattern: query.pattern_type }),
        });
        const shown = found.slice(0, query.limit).map(patternToWire);
        const undecided = analytics().undecided(filter).length;
        return { ...success(shown, `${found.length} patterns.`), total: found.length, undecided };
      },
      recommendations({ query }, call) {
        const found = analytics().recommendations({
          ...filterOf(query, call),
          ...(query.priority !== undefined && { priority: query.priority }),
          ...(query.optimization_type !== undefined && { type: query.optimization_type }),
        });
        const shown = found.slice(0, query.limit).map(recommendationToWire);
        return { ...success(shown, `${found.length} recommendations.`), total: found.length };
      },
      async apply({ params, query }, call) {
        const { recommendation_id: id } = params;
        const workspaceId = workspaceOf(query.scope, call);
        const { result } = await call.audited<Application>(
          {
            action: 'recommendation.apply',
            chain: query.scope,
            target: { kind: 'recommendation', id },
            resultOf: ({ outcome, result: words }) => ({ outcome, result: words }),
          },
          () =>
            analytics().applyRecommendation(id, {
              by: call.caller.name,
              ...(workspaceId !== undefined && { workspaceId }),
            }),
        );
        const after = analytics()
          .recommendations(workspaceId === undefined ? {} : { workspaceId })
          .find((advice) => advice.id === id);
        if (after) return success(recommendationToWire(after), result);
        throw new RaptorFlowError('not_found', `There is no recommendation ${id} any more.`);
      },
      async forecast({ query }, call) {
        const workspaceId = workspaceOf(query.scope, call);
        const found = await analytics().forecast({
          seriesId: query.series_id,
          horizonHours: query.horizon_hours,
          ...(query.limit !== undefined && { limit: query.limit }),
          ...(workspaceId !== undefined && { workspaceId }),
        });
        const words =
          found.status === 'forecast'
            ? `By ${found.method.replaceAll('_', ' ')}.`
            : `${found.missing} samples are missing.`;
        return success(forecastToWire(found), words);
      },
    },
    deps,
  );
}

function filterOf(query: Scoped, call: Call): UsageFilter {
  const workspaceId = workspaceOf(query.scope, call);
  return {
    ...(workspaceId !== undefined && { workspaceId }),
    ...(query.resource_type !== undefined && { resourceType: query.resource_type }),
  };
}
