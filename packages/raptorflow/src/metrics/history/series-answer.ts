import type { Clock } from '../../kernel/index.ts';
import { answerPoints, type Aggregator } from './answer.ts';
import { readPointsMax, type QueryPlan } from './plan.ts';
import type { HistorySeries } from './query.ts';
import { readGroups, type SeriesGroup } from './series-reading.ts';
import { Slices } from './slices.ts';
import type { HistoryStore } from './store.ts';

/** Answers groups of series, some at a time, so that memory holds no more points than an answer of moderate size is made from. */
export async function answerSeries(
  groups: readonly SeriesGroup[],
  plan: QueryPlan,
  aggregatorAt: (place: number) => Aggregator | undefined,
  { store, clock }: { readonly store: HistoryStore; readonly clock: Clock },
): Promise<{ readonly series: HistorySeries[]; readonly damaged: number }> {
  const pointsEach = (plan.to - plan.from) / plan.resolution.stepMs;
  const atOnce = Math.max(1, Math.floor(readPointsMax / pointsEach));
  const grid = { ...plan, now: clock.now() };
  const slices = new Slices(clock);
  const series: HistorySeries[] = [];
  let damaged = 0;
  for (let next = 0; next < groups.length; next += atOnce) {
    const some = groups.slice(next, next + atOnce);
    const read = await readGroups(store, clock, some, plan);
    damaged += read.damaged;
    for (const [index, { tags, kind, members }] of some.entries()) {
      const aggregator = aggregatorAt(next + index);
      if (!aggregator) continue;
      series.push({
        tags,
        kind,
        unit: members[0]?.unit ?? '',
        sources: [...new Set(members.map(({ source }) => source))].toSorted(),
        points: answerPoints(read.points[index] ?? [], grid, aggregator),
      });
      if (slices.isOver) await slices.pause();
    }
  }
  return { series, damaged };
}
