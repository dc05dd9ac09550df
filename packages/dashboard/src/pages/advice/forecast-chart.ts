/** A forecast as lines: what was measured, what is expected, and the bounds around it. */
import type { WireCapacityForecast, WireHistorySeries } from '@raptorflow/contract';

import type { ChartBand, ChartSeries } from '../../components/chart/chart-data.ts';

type Foretold = Extract<WireCapacityForecast, { status: 'forecast' }>;
type PastPoint = Pick<WireHistorySeries['points'][number], 'at' | 'value'>;

/** The lines and the stretch that they cover. */
export interface ForecastChart {
  readonly series: readonly ChartSeries[];
  readonly band: ChartBand;
  readonly fromMs: number;
  readonly toMs: number;
}

/** Puts past and future on one axis; the expected line begins where the past ends, so that they meet. */
export function forecastChart(
  past: readonly PastPoint[],
  { points, step_seconds: step }: Foretold,
): ForecastChart {
  const measured = past.map(({ at, value }) => [Date.parse(at), value] as const);
  const firstMs = Date.parse(points[0]?.at ?? '') || 0;
  const before = measured.filter(([at]) => at < firstMs);
  const last = before.findLast(([, value]) => value !== null);
  // A past that ended long ago is no beginning of what comes.
  const joint = last !== undefined && firstMs - last[0] <= 2 * step * 1_000 ? [last] : [];
  const line = (name: 'value' | 'low' | 'high') => [
    ...joint,
    // Nothing is used less than not at all, whatever the arithmetic of a bound says.
    ...points.map((point) => [Date.parse(point.at), Math.max(0, point[name])] as const),
  ];
  return {
    series: [
      ...(before.length === 0 ? [] : [{ label: 'Measured', points: before }]),
      { label: 'Expected', points: line('value'), kind: 'expected' },
      { label: 'Highest', points: line('high'), kind: 'bound' },
      { label: 'Lowest', points: line('low'), kind: 'bound' },
    ],
    band: { upper: 'Highest', lower: 'Lowest' },
    fromMs: before[0]?.[0] ?? firstMs,
    toMs: Date.parse(points.at(-1)?.at ?? '') || firstMs,
  };
}
