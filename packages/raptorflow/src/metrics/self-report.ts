import type { InstrumentDefinition, Tags } from './definition.ts';
import type { ExposedFamily } from './exposition/family.ts';
import type { Metric } from './metric.ts';

const about = { category: 'system' } as const;
const seriesHeld: InstrumentDefinition = {
  ...about,
  name: 'raptorflow_metrics_series',
  unit: 'series',
  description: 'Series that the registry holds.',
};
const valuesDropped: InstrumentDefinition = {
  ...about,
  name: 'raptorflow_metrics_values_dropped',
  unit: 'values',
  description:
    'Recordings dropped because they were no valid numbers, by metric; without a metric, those that fitted none.',
};
const foldedWeight: InstrumentDefinition = {
  ...about,
  name: 'raptorflow_metrics_folded',
  unit: '1',
  description: 'Weight of recordings that limits folded into the series other, by metric.',
};
const seriesReplaced: InstrumentDefinition = {
  ...about,
  name: 'raptorflow_metrics_series_replaced',
  unit: 'series',
  description: 'Series that lost their place to a heavier one, by metric.',
};

/** What the registry tells scrapers about itself. Metrics with nothing to tell have no series. */
export function* selfFamilies(
  metrics: readonly Metric[],
  series: number,
  misfits: number,
): Generator<ExposedFamily> {
  yield family('gauge', seriesHeld, [[{}, series]]);
  const dropped: [Tags, number][] = [[{}, misfits]];
  const folded: [Tags, number][] = [];
  const replaced: [Tags, number][] = [];
  for (const metric of metrics) {
    const { valuesDropped: drops, folded: weight, replaced: times } = metric.toll();
    const tags = { metric: metric.definition.name };
    if (drops > 0) dropped.push([tags, drops]);
    if (weight > 0) folded.push([tags, weight]);
    if (times > 0) replaced.push([tags, times]);
  }
  yield family('counter', valuesDropped, dropped);
  if (folded.length > 0) yield family('counter', foldedWeight, folded);
  if (replaced.length > 0) yield family('counter', seriesReplaced, replaced);
}

function family(
  kind: 'counter' | 'gauge',
  definition: InstrumentDefinition,
  values: readonly (readonly [Tags, number])[],
): ExposedFamily {
  const series = values.map(([tags, value]) => ({ tags, labels: undefined, read: () => value }));
  return { kind, definition, series };
}
