/** What metrics were, as the wire asks for it: the caller's fence, defaults, and pages over several metrics. */
import type {
  metricHistorySchema,
  RouteReply,
  RouteRequest,
  routes,
  WireHistorySeries,
  WireMetricInfo,
} from '@raptorflow/contract';
import { RaptorFlowError, type Clock } from 'raptorflow/kernel';
import type { Aggregation, MetricSnapshot, MetricsSnapshot, Tags } from 'raptorflow/metrics';
import type { Call } from '../call.ts';

/** A question about one metric. Times are epoch milliseconds. */
export interface HistoryQuestion {
  readonly metric: string;
  readonly tags: Tags;
  readonly from: number;
  readonly to: number;
  readonly step?: number;
  readonly aggregation: Aggregation | { readonly percentile: number };
  /** 0 only counts. */
  readonly limit: number;
  readonly offset: number;
}

/** Where the past of metrics is read. */
export interface MetricPast {
  query(question: HistoryQuestion): Promise<{
    readonly series: readonly {
      readonly tags: Tags;
      readonly points: readonly {
        readonly at: number;
        readonly value: number | null;
        readonly relativeError: number | null;
        readonly clipped: boolean;
      }[];
    }[];
    readonly total: number;
    readonly stepMs: number;
    readonly resolutionMs: number;
  }>;
}

/** What reading metrics needs. */
export interface MetricReaderDeps {
  readonly metrics: { snapshot(): MetricsSnapshot };
  readonly past: MetricPast;
  readonly clock: Clock;
}

type Query = RouteRequest<typeof routes.metrics.history>['query'];
type Reply = RouteReply<typeof routes.metrics.history>;

const hourMs = 3_600_000;
/** An answer has about so many points for each series. */
const pointsAimed = 240;
/** Metrics that one answer without a name looks into. */
const metricsMax = 200;

/** The metrics that a caller may see: as the operator all, else those with series of the workspace. */
export function listMetrics(
  { metrics }: Pick<MetricReaderDeps, 'metrics'>,
  call: Call,
  category: string | undefined,
): WireMetricInfo[] {
  return metrics.snapshot().metrics.flatMap((metric) => {
    const { definition } = metric;
    if (category !== undefined && definition.category !== category) return [];
    const seen = visibleSeries(metric, call);
    if (seen.length === 0 && !call.caller.operator) return [];
    return [
      {
        name: definition.name,
        type: metric.kind,
        unit: definition.unit,
        description: definition.description,
        category: definition.category,
        aggregations: [...(definition.aggregations ?? [])],
        series: seen.length,
        folded: call.caller.operator ? metric.lookupsFolded : 0,
        tag_names: [...new Set(seen.flatMap(({ tags }) => Object.keys(tags)))].toSorted(),
      },
    ];
  });
}

function visibleSeries(
  metric: MetricSnapshot,
  { caller, workspaceId }: Call,
): readonly { readonly tags: Tags }[] {
  if (caller.operator) return metric.series;
  return [...metric.series].filter(({ tags }) => tags['workspace_id'] === workspaceId);
}

/** Answers the past of one metric, or of all of a category, within the caller's fence. */
export async function readHistory(deps: MetricReaderDeps, query: Query, call: Call): Promise<Reply> {
  const { to, from } = spanOf(query, deps.clock.now());
  const step =
    query.step === undefined ? Math.max(1_000, Math.ceil((to - from) / pointsAimed)) : query.step * 1_000;
  const fence = fenceOf(query, call);
  const tags = {
    ...tagsOf(query.tags),
    ...(query.agent_id !== undefined && { agent_id: query.agent_id }),
    ...fence,
  };
  const data: WireHistorySeries[] = [];
  let total = 0;
  let [stepMs, resolutionMs] = [step, step];
  for (const metric of metricsOf(deps, query)) {
    const { definition } = metric;
    const aggregation = query.aggregation ?? definition.aggregations?.[0] ?? 'average';
    const page = await deps.past.query({
      metric: definition.name,
      tags,
      from,
      to,
      step,
      aggregation: aggregationOf(aggregation),
      limit: query.limit - data.length,
      offset: Math.max(0, query.offset - total),
    });
    ({ stepMs, resolutionMs } = page);
    total += page.total;
    for (const series of page.series) data.push(toWire(definition, aggregation, series));
  }
  return {
    status: 'success',
    data,
    message: `${data.length} of ${total} series, from ${iso(from)} to ${iso(to)}.`,
    step_seconds: stepMs / 1_000,
    resolution_seconds: resolutionMs / 1_000,
    from: iso(from),
    to: iso(to),
    pagination: { limit: query.limit, offset: query.offset, total },
  } satisfies (typeof metricHistorySchema)['_zod']['input'];
}

function metricsOf({ metrics }: MetricReaderDeps, query: Query): readonly MetricSnapshot[] {
  const all = metrics.snapshot().metrics;
  if (query.metric === undefined) {
    return all
      .filter(
        ({ definition }) => query.metric_type === undefined || definition.category === query.metric_type,
      )
      .slice(0, metricsMax);
  }
  const found = all.find(({ definition }) => definition.name === query.metric);
  if (found) return [found];
  throw new RaptorFlowError(
    'not_found',
    `There is no metric "${query.metric}"; GET /api/v1/metrics lists them.`,
  );
}

/** The tags that every series has to have which the caller may see. Throws `forbidden`. */
export function fenceOf({ scope }: Pick<Query, 'scope'>, call: Call): Tags {
  // Members see what is theirs; only the operator sees what is of nobody or of all.
  if (scope === 'workspace') return { workspace_id: call.workspaceId };
  if (call.caller.operator) return {};
  throw new RaptorFlowError(
    'forbidden',
    'Metrics of the whole installation are for its operator; leave scope out to see those of the workspace.',
  );
}

function spanOf({ from, to }: Query, now: number): { from: number; to: number } {
  const end = to === undefined ? now : Date.parse(to);
  const start = from === undefined ? end - hourMs : Date.parse(from);
  if (start < end) return { from: start, to: end };
  throw new RaptorFlowError(
    'invalid_input',
    `from has to be before to: ${iso(start)} is not before ${iso(end)}.`,
  );
}

function tagsOf(text: string | undefined): Tags {
  return Object.fromEntries(
    (text ?? '')
      .split(',')
      .filter(Boolean)
      .map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]),
  );
}

const plain: ReadonlySet<string> = new Set(['sum', 'average', 'min', 'max', 'count', 'rate']);

function aggregationOf(text: string): HistoryQuestion['aggregation'] {
  return plain.has(text) ? (text as Aggregation) : { percentile: Number(text.slice(1)) };
}

function toWire(
  { name, unit, category }: MetricSnapshot['definition'],
  aggregation: string,
  series: Awaited<ReturnType<MetricPast['query']>>['series'][number],
): WireHistorySeries {
  return {
    metric: name,
    unit: aggregation === 'rate' ? `${unit}/s` : aggregation === 'count' ? '1' : unit,
    category,
    aggregation,
    tags: { ...series.tags },
    points: series.points.map(({ at, value, relativeError, clipped }) => ({
      at: iso(at),
      value,
      relative_error_max: relativeError === 0 ? null : relativeError,
      clipped,
    })),
  };
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
