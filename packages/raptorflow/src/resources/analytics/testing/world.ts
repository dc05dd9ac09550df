import { createFakeClock, type FakeClock } from '../../../kernel/testing/index.ts';
import type { ActionExecutor, RecommendedAction } from '../advice/recommendation.ts';
import type { AdviceStore } from '../advice/store.ts';
import type { Analytics } from '../analytics.ts';
import { createAnalytics } from '../create-analytics.ts';
import type { AnalyticsOptions } from '../options.ts';
import type { UsageReading, UsageSeries, UsageSource } from '../usage.ts';
import { beginning, hourMs, seriesOf, type Generator } from './generated.ts';

/** A source whose series are functions of the hour, an executor that notes what it is told, and a clock that stands still. */
export interface AnalyticsWorld {
  readonly clock: FakeClock;
  readonly analytics: Analytics;
  readonly done: { readonly action: RecommendedAction; readonly by: string }[];
  /** What the source holds; may be changed. */
  readonly usage: { series: UsageSeries; at: Generator }[];
  /** Set to let the source or the executor fail, or to hold the executor up. */
  readonly faults: { source?: Error; executor?: Error; hold?: Promise<void> };
}

/** So many hours of past there are when an analysis begins. */
const pastHours = 14 * 24;

/** Builds an analysis of these series. */
export function analyticsWorld(
  usage: readonly { readonly series?: Partial<UsageSeries>; readonly at: Generator }[],
  options: AnalyticsOptions = {},
  withExecutor = true,
  store?: AdviceStore,
): AnalyticsWorld {
  const clock = createFakeClock(beginning + pastHours * hourMs);
  const held = usage.map(({ series, at }, index) => ({
    series: seriesOf({ id: `series ${index}`, ...series }),
    at,
  }));
  const done: { action: RecommendedAction; by: string }[] = [];
  const faults: AnalyticsWorld['faults'] = {};
  const source: UsageSource = {
    read: ({ from, to, stepMs }) => {
      if (faults.source) return Promise.reject(faults.source);
      const count = Math.round((to - from) / stepMs);
      const moments = Array.from({ length: count }, (_, index) => from + (index + 1) * stepMs);
      const readings: UsageReading[] = held.map(({ series, at }) => ({
        series,
        points: moments.map((moment) => ({ at: moment, value: at((moment - beginning) / hourMs - 1) })),
      }));
      return Promise.resolve(readings);
    },
  };
  const executor: ActionExecutor = {
    async apply(action, { by }) {
      await faults.hold;
      if (faults.executor) throw faults.executor;
      done.push({ action, by });
      return 'done';
    },
  };
  const hourly = { windows: [{ hours: pastHours, stepSeconds: 3_600 }], ...options };
  const analytics = createAnalytics(hourly, { source, clock, store, ...(withExecutor && { executor }) });
  return { clock, analytics, done, usage: held, faults };
}
