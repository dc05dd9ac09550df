/** Reads how things are used, what is advised because of it, and what comes; and carries advice out. */
import type { WireRecommendation, WireUsageProfile } from '@raptorflow/contract';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';

import { useLiveInterval } from '../live/live-context.ts';
import type { MetricScope } from './addressed-scope.ts';
import { useActiveAlerts, useIsMonitoringOff } from './alerts.ts';
import { useScope } from './scope.ts';

/** Usage is looked at every five minutes; what somebody else carries out should show sooner. */
const readEveryMs = 30_000;
/** A list holds no more. */
const shownMax = 100;

/** Whether usage is analysed at all: without monitoring there is nothing to look at. */
function useIsAnalysed(): boolean {
  const isOff = useIsMonitoringOff();
  return !useActiveAlerts('workspace').isPending && !isOff;
}

/** Which advice is listed. */
export interface AdviceFilter {
  readonly priority?: WireRecommendation['priority'] | undefined;
  readonly kind?: WireRecommendation['optimization_type'] | undefined;
}

/** What is advised, newest first, and what became of it. */
export function useRecommendations(scope: MetricScope, { priority, kind }: AdviceFilter) {
  const { api, workspaceId } = useScope();
  return useQuery({
    queryKey: [workspaceId, 'analytics', 'recommendations', scope, priority ?? '', kind ?? ''],
    queryFn: ({ signal }) => {
      const query = { scope, priority, optimization_type: kind, limit: shownMax };
      return api.analytics.recommendations({ query, signal });
    },
    enabled: useIsAnalysed(),
    refetchInterval: useLiveInterval(readEveryMs),
  });
}

/** The patterns that were found, newest first, and how many could not be decided. */
export function usePatterns(scope: MetricScope) {
  const { api, workspaceId } = useScope();
  return useQuery({
    queryKey: [workspaceId, 'analytics', 'patterns', scope],
    queryFn: ({ signal }) => api.analytics.patterns({ query: { scope, limit: shownMax }, signal }),
    enabled: useIsAnalysed(),
    refetchInterval: useLiveInterval(readEveryMs),
  });
}

/** How each series was used in each window. */
export function useUsageProfiles(scope: MetricScope) {
  const { api, workspaceId } = useScope();
  return useQuery({
    queryKey: [workspaceId, 'analytics', 'profiles', scope],
    queryFn: async ({ signal }) => (await api.analytics.profiles({ query: { scope }, signal })).data,
    enabled: useIsAnalysed(),
    refetchInterval: useLiveInterval(readEveryMs),
  });
}

/** The future of a series, so many hours ahead. */
export function useForecast(scope: MetricScope, seriesId: string, horizonHours: number) {
  const { api, workspaceId } = useScope();
  return useQuery({
    queryKey: [workspaceId, 'analytics', 'forecast', scope, seriesId, horizonHours],
    queryFn: async ({ signal }) => {
      const query = { scope, series_id: seriesId, horizon_hours: horizonHours };
      return (await api.analytics.forecast({ query, signal })).data;
    },
    enabled: useIsAnalysed(),
    // Another stretch of the same series replaces it; another series does not look like the one before.
    placeholderData: (before, query) => (query?.queryKey.includes(seriesId) === true ? before : undefined),
    refetchInterval: useLiveInterval(5 * 60_000),
  });
}

/** The metric and the tags that the id of a series names: `resource_count{status=idle,type=lock}`. */
export function namedIn(seriesId: string): {
  readonly metric: string;
  readonly tags: Readonly<Record<string, string>>;
} {
  const [, metric = seriesId, inside = ''] = /^([^{]+)\{(.+)\}$/u.exec(seriesId) ?? [];
  const pairs = inside.split(',').filter(Boolean);
  return {
    metric,
    tags: Object.fromEntries(
      pairs.map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]),
    ),
  };
}

/** What was measured of a series by the hour, in the days before now; none where its id does not say what it is of. */
export function useUsagePast(scope: MetricScope, series: WireUsageProfile['series'], days: number) {
  const { api, workspaceId } = useScope();
  const { series_id: seriesId, usage } = series;
  const { metric, tags } = namedIn(seriesId);
  const names = Object.keys(tags);
  return useQuery({
    queryKey: [workspaceId, 'analytics', 'past', scope, seriesId, days],
    queryFn: async ({ signal }) => {
      const to = Date.now();
      const query = {
        scope,
        metric,
        ...(names.length === 0 ? {} : { tags: names.map((name) => `${name}=${tags[name]}`).join(',') }),
        aggregation: usage === 'used' ? 'sum' : 'average',
        step: 3_600,
        from: new Date(to - days * 86_400_000).toISOString(),
        to: new Date(to).toISOString(),
        limit: 50,
      };
      const { data } = await api.metrics.history({ query, signal });
      // The address matches what has more tags, too.
      return data.find(({ tags: its }) => Object.keys(its).length === names.length)?.points ?? [];
    },
    enabled: useIsAnalysed(),
    refetchInterval: useLiveInterval(5 * 60_000),
  });
}

/** Does what is advised, once; afterwards everything that it may have changed is read again. */
export function useApplyAdvice(scope: MetricScope) {
  const { api, workspaceId } = useScope();
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: (recommendationId: string) =>
      api.analytics.apply({ params: { recommendation_id: recommendationId }, query: { scope } }),
    onSettled: () =>
      Promise.all(
        ['analytics', 'resources', 'quotas', 'cleanup'].map((room) =>
          queryClient.invalidateQueries({ queryKey: [workspaceId, room] }),
        ),
      ),
  });
}
