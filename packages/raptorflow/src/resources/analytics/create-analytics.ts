import {
  createIds,
  Lifecycle,
  RaptorFlowError,
  silentLogger,
  systemClock,
  type Clock,
  type Ids,
  type Logger,
  type Timer,
} from '../../kernel/index.ts';
import { silentMeter, type Meter } from '../../metrics/index.ts';
import { AdviceBook } from './advice/advice-book.ts';
import type { ActionExecutor } from './advice/recommendation.ts';
import type { AdviceStore } from './advice/store.ts';
import type { Analytics, SeriesForecast, UsageFilter } from './analytics.ts';
import { forecastCapacity, type CapacityForecast } from './forecast/capacity.ts';
import { analyticsSettings, type AnalyticsOptions, type AnalyticsSettings } from './options.ts';
import type { NotEnoughData } from './profile.ts';
import { rangeOf, repeatMsOf, Rounds } from './rounds.ts';
import type { UsageSeries, UsageSource } from './usage.ts';

/** What an analysis needs from outside. */
export interface AnalyticsDeps {
  /** Where usage is read from; see `historyUsage`. */
  readonly source: UsageSource;
  /** Executes recommendations; without one they are only shown. */
  readonly executor?: ActionExecutor;
  /** Keeps over restarts which recommendations were carried out. Default: that is forgotten with the process. */
  readonly store?: AdviceStore | undefined;
  readonly clock?: Clock;
  readonly ids?: Ids;
  readonly log?: Logger;
  readonly meter?: Meter;
}

const msOfASecond = 1_000;
const hourMs = 3_600_000;

/** Builds an analysis of usage. Throws `invalid_options`. */
export function createAnalytics(options: AnalyticsOptions, deps: AnalyticsDeps): Analytics {
  const settings = analyticsSettings(options);
  const clock = deps.clock ?? systemClock;
  const log = (deps.log ?? silentLogger).child('analytics');
  const { limits } = settings;
  const advice = new AdviceBook(
    {
      entriesMax: limits.recommendationsMax,
      keepMs: limits.keepHours * hourMs,
      repeatMs: repeatMsOf(settings),
    },
    { clock, ids: deps.ids ?? createIds({ clock }), executor: deps.executor, log, store: deps.store },
  );
  const rounds = new Rounds(settings, advice, {
    source: deps.source,
    clock,
    log,
    meter: deps.meter ?? silentMeter,
  });
  const timer = periodically(clock, settings.intervalSeconds * msOfASecond, rounds);
  const lifecycle = new Lifecycle('The analysis of usage', {
    start: async () => {
      await advice.open(limits.recommendationsMax);
      timer.start();
    },
    stop: async () => {
      await timer.stop();
      await advice.close();
    },
  });
  return Object.freeze({
    get state() {
      return lifecycle.state;
    },
    start: () => lifecycle.start(),
    stop: (stopOptions) => lifecycle.stop(stopOptions),
    analyze: () => rounds.run(),
    report: () => rounds.report(),
    profiles: (filter = {}) => rounds.profiles.filter(({ series }) => isAskedFor(series, filter)),
    undecided: (filter = {}) => rounds.undecided.filter(({ series }) => isAskedFor(series, filter)),
    patterns: ({ pattern, ...filter } = {}) =>
      rounds
        .patterns()
        .filter(
          ({ series, evidence }) =>
            isAskedFor(series, filter) && (pattern === undefined || evidence.kind === pattern),
        ),
    recommendations: ({ type, priority, ...filter } = {}) =>
      advice
        .list()
        .filter(
          (each) =>
            isAskedFor(each.series, filter) &&
            (type === undefined || each.type === type) &&
            (priority === undefined || each.priority === priority),
        ),
    applyRecommendation: (id, { by, workspaceId }) =>
      advice.apply(id, by, (series) => isAskedFor(series, workspaceId === undefined ? {} : { workspaceId })),
    forecast: (query) => forecastOf(query, deps.source, settings, clock.now()),
  } satisfies Analytics);
}

/** Rounds at fixed intervals, the first at the start; stopping waits for the one under way. */
function periodically(
  clock: Clock,
  intervalMs: number,
  rounds: Rounds,
): { readonly start: () => void; readonly stop: () => Promise<void> } {
  let timer: Timer | undefined;
  // A round that fails has said so in the log and in the report.
  const round = (): void => void rounds.run().catch(() => undefined);
  return {
    start: () => {
      timer = clock.setInterval(round, intervalMs).unref();
      round();
    },
    stop: async () => {
      timer?.cancel();
      await rounds.end();
    },
  };
}

function isAskedFor(series: UsageSeries, { resourceType, workspaceId }: UsageFilter): boolean {
  return (
    (resourceType === undefined || series.resourceType === resourceType) &&
    (workspaceId === undefined || series.workspaceId === workspaceId)
  );
}

async function forecastOf(
  query: SeriesForecast,
  source: UsageSource,
  settings: AnalyticsSettings,
  now: number,
): Promise<CapacityForecast | NotEnoughData> {
  const { seriesId, horizonHours, limit, workspaceId, ...options } = query;
  const longest = settings.windows.reduce((a, b) => (b.hours > a.hours ? b : a));
  const readings = await source.read(rangeOf(longest, now));
  const found = readings.find(
    ({ series }) =>
      series.id === seriesId && isAskedFor(series, workspaceId === undefined ? {} : { workspaceId }),
  );
  if (!found) {
    throw new RaptorFlowError('not_found', `There is no usage of ${seriesId.slice(0, 80)}.`);
  }
  const bound = limit ?? found.series.capacity;
  return forecastCapacity(found.points, {
    ...options,
    horizon: Math.ceil((horizonHours * hourMs) / (longest.stepSeconds * msOfASecond)),
    ...(bound !== null && { limit: bound }),
  });
}
