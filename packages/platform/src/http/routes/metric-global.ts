/** What is measured now, over all processes, within the caller's fence. */
import type { RouteReply, RouteRequest, routes, WireGlobalSeries } from '@raptorflow/contract';
import {
  mergeSnapshots,
  percentileOf,
  type HistogramValue,
  type MetricSnapshot,
  type MetricsSnapshot,
  type Tags,
} from 'raptorflow/metrics';
import type { Call } from '../call.ts';
import { fenceOf } from './metric-history.ts';

/** Where the present of all processes is read. */
export type MetricPresent = () => Promise<
  readonly { readonly source: string; readonly snapshot: MetricsSnapshot }[]
>;

type Query = RouteRequest<typeof routes.metrics.global>['query'];
type Reply = RouteReply<typeof routes.metrics.global>;

/** Answers a page of series, in the order of their metrics' names. */
export async function readGlobal(present: MetricPresent, query: Query, call: Call): Promise<Reply> {
  const fence = Object.entries(fenceOf(query, call));
  const processes = await present();
  const merged = mergeSnapshots(processes.map(({ snapshot }) => snapshot));
  const chosen = merged.metrics.filter(
    ({ definition: { name, category } }) =>
      (query.metric === undefined || name === query.metric) &&
      (query.metric_type === undefined || category === query.metric_type),
  );
  const { limit, offset } = query;
  const data: WireGlobalSeries[] = [];
  let total = 0;
  for (const metric of chosen) {
    for (const series of metric.series) {
      if (!fence.every(([name, value]) => series.tags[name] === value)) continue;
      if (total >= offset && data.length < limit) data.push(toWire(metric, series));
      total += 1;
    }
  }
  return {
    status: 'success',
    data,
    message: `${data.length} of ${total} series of ${processes.length} processes.`,
    processes: processes.map(({ source, snapshot }) => ({
      name: source,
      taken_at: new Date(snapshot.takenAt).toISOString(),
    })),
    pagination: { limit, offset, total },
  };
}

function toWire(
  { definition, kind }: MetricSnapshot,
  { tags, value }: { readonly tags: Tags; readonly value: unknown },
): WireGlobalSeries {
  const { name, unit, description, category } = definition;
  const told = { metric: name, type: kind, unit, description, category, tags: { ...tags } };
  switch (kind) {
    case 'counter':
    case 'gauge':
      return { ...told, value: finite(value), per_second: null, distribution: null };
    case 'rate': {
      const { total, perSecond } = value as { readonly total: number; readonly perSecond: readonly number[] };
      return { ...told, value: finite(total), per_second: [...perSecond], distribution: null };
    }
    case 'histogram':
      return {
        ...told,
        value: null,
        per_second: null,
        distribution: distributionOf(value as HistogramValue),
      };
    case 'custom':
      return { ...told, value: finite(value), per_second: null, distribution: null };
  }
}

function distributionOf(value: HistogramValue): NonNullable<WireGlobalSeries['distribution']> {
  const percentiles = [50, 95, 99].map((p) => percentileOf(value, p));
  const [p50 = null, p95 = null, p99 = null] = percentiles.map((found) =>
    found && !found.clipped ? found.value : null,
  );
  const bounds = percentiles.flatMap((found) => (found && !found.clipped ? found.relativeError : []));
  const { count, sum, min, max } = value;
  return { count, sum, min, max, p50, p95, p99, relative_error_max: Math.max(0, ...bounds) };
}

// JSON has no other numbers.
function finite(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
}
