/** Reads what is measured, and how it went. */
import { keepPreviousData, useQuery } from '@tanstack/react-query';

import { useLiveInterval } from '../live/live-context.ts';
import { useScope } from './scope.ts';

/** Whose series: the workspace's own, or as the operator those of the installation. */
export type MetricScope = 'workspace' | 'installation';

/** A stretch of one metric. */
export interface MetricQuestion {
  readonly metric: string;
  readonly aggregation: string;
  readonly scope: MetricScope;
  readonly tags: string | undefined;
  /** Milliseconds up to now, or a stretch that stands still. */
  readonly span: { readonly lastMs: number } | { readonly fromMs: number; readonly toMs: number };
}

/** Series that one chart can tell apart. */
const seriesMax = 12;
/** As often as samples are taken. */
const sampledEveryMs = 10_000;

/** Every metric that the caller may see. */
export function useMetricList() {
  const { api, workspaceId } = useScope();
  return useQuery({
    queryKey: [workspaceId, 'metrics', 'list'],
    queryFn: ({ signal }) => api.metrics.list({ query: {}, signal }),
    refetchInterval: useLiveInterval(60_000),
  });
}

/** How a metric went; follows the present unless the stretch stands still. */
export function useMetricHistory({ metric, aggregation, scope, tags, span }: MetricQuestion) {
  const { api, workspaceId } = useScope();
  const follows = useLiveInterval(sampledEveryMs);
  return useQuery({
    queryKey: [workspaceId, 'metrics', 'history', metric, aggregation, scope, tags ?? '', span],
    queryFn: ({ signal }) => {
      const toMs = 'lastMs' in span ? Date.now() : span.toMs;
      const fromMs = 'lastMs' in span ? toMs - span.lastMs : span.fromMs;
      return api.metrics.history({
        query: {
          metric,
          aggregation,
          scope,
          limit: seriesMax,
          from: new Date(fromMs).toISOString(),
          to: new Date(toMs).toISOString(),
          ...(tags === undefined ? {} : { tags }),
        },
        signal,
      });
    },
    placeholderData: keepPreviousData,
    refetchInterval: 'lastMs' in span ? follows : false,
  });
}
