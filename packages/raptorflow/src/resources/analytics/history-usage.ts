import type { HistoryAggregation, HistoryAnswer, HistoryQuery, Tags } from '../../metrics/index.ts';
import type { UsageKind, UsageRange, UsageReading, UsageSeries, UsageSource } from './usage.ts';

/** A metric of the history that says how much of something is used. */
export interface UsageMeter {
  readonly metric: string;
  readonly tags?: Tags;
  /** What its series are about, or the tag that says so. Default: the tag `resource_type`, or else the metric itself. */
  readonly resourceType?: string | { readonly tag: string };
  readonly kind: UsageKind;
  readonly unit: string;
  /**
   * How the samples of a step become one value. Default: the sum of what is used, and of what is held the last value, because that is put together
   * over processes by the gauge's own rule; `max` shows peaks within a step and takes the highest process.
   */
  readonly aggregation?: HistoryAggregation;
  /** What is there to be used, for the series with these tags. Default: unknown. */
  readonly capacityOf?: (tags: Tags) => { readonly capacity: number; readonly quotaId?: string } | null;
  /** The task whose schedule makes the usage of the series with these tags. Default: none. */
  readonly taskOf?: (tags: Tags) => string | null;
}

/** What is needed of a history. */
export interface UsageHistory {
  query(query: HistoryQuery): Promise<HistoryAnswer>;
}

/** Series of one meter that are read; the source reports no more. */
const seriesPerMeterMax = 1_000;

/** Reads usage from the history of metrics: every series of every meter, all processes together. Counters are read as their increase. */
export function historyUsage(history: UsageHistory, meters: readonly UsageMeter[]): UsageSource {
  return {
    async read(range) {
      const answers = await Promise.all(meters.map((meter) => readMeter(history, meter, range)));
      return answers.flat();
    },
  };
}

async function readMeter(
  history: UsageHistory,
  meter: UsageMeter,
  { from, to, stepMs }: UsageRange,
): Promise<readonly UsageReading[]> {
  const answer = await history.query({
    metric: meter.metric,
    ...(meter.tags && { tags: meter.tags }),
    from,
    to,
    step: stepMs,
    aggregation: meter.aggregation ?? (meter.kind === 'held' ? 'last' : 'sum'),
    limit: seriesPerMeterMax,
  });
  return answer.series.map(({ tags, points }) => ({ series: seriesOf(meter, tags), points }));
}

function seriesOf(meter: UsageMeter, tags: Tags): UsageSeries {
  const labels = Object.entries(tags)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${name}=${value}`);
  const bound = meter.capacityOf?.(tags) ?? null;
  return {
    id: labels.length === 0 ? meter.metric : `${meter.metric}{${labels.join(',')}}`,
    resourceType: resourceTypeOf(meter, tags),
    kind: meter.kind,
    unit: meter.unit,
    workspaceId: tags['workspace_id'] ?? null,
    capacity: bound?.capacity ?? null,
    quotaId: bound?.quotaId ?? null,
    taskId: meter.taskOf?.(tags) ?? null,
  };
}

function resourceTypeOf({ metric, resourceType = { tag: 'resource_type' } }: UsageMeter, tags: Tags): string {
  return typeof resourceType === 'string' ? resourceType : (tags[resourceType.tag] ?? metric);
}
