/** What a chart draws, as the drawing library takes it. */

/** A moment (epoch milliseconds) and a value; null where nothing was measured. */
export type ChartPoint = readonly [at: number, value: number | null];

/** One line. */
export interface ChartSeries {
  readonly label: string;
  readonly points: readonly ChartPoint[];
  /** How wrong values can be, as a fraction; null when they are exact. */
  readonly relativeError?: number | null;
  /** What has not come yet: the expected line, or a bound of it, which stands back. Default: measured. */
  readonly kind?: 'measured' | 'expected' | 'bound';
}

/** The lines, by their labels, between which the ground is tinted. */
export interface ChartBand {
  readonly upper: string;
  readonly lower: string;
}

/** A stretch of time that stands out. */
export interface ChartSpan {
  readonly fromMs: number;
  readonly toMs: number;
  readonly tone: 'bad' | 'warn' | 'run';
}

/** Columns over one axis of time, in seconds; a series without a value at a moment has null there. */
export function columnsOf(series: readonly ChartSeries[]): [number[], ...(number | null)[][]] {
  const moments = [...new Set(series.flatMap(({ points }) => points.map(([at]) => at)))].toSorted(
    (left, right) => left - right,
  );
  const columns = series.map(({ points }) => {
    const values = new Map(points);
    return moments.map((at) => values.get(at) ?? null);
  });
  return [moments.map((at) => at / 1_000), ...columns];
}

/** The value of a series at a moment, or its last one before that; null when there is none. */
export function valueAt({ points }: ChartSeries, at: number | null): number | null {
  if (at === null) return points.findLast(([, value]) => value !== null)?.[1] ?? null;
  return points.find(([moment]) => moment === at)?.[1] ?? null;
}

/** "±0.8 %"; empty for exact values. */
export function boundText(relativeError: number | null | undefined): string {
  if (relativeError === null || relativeError === undefined || relativeError === 0) return '';
  if (!Number.isFinite(relativeError)) return 'out of range';
  return `±${(relativeError * 100).toFixed(1)} %`;
}

/** What a chart shows, in words, for whoever cannot see it. */
export function describeChart(
  label: string,
  series: readonly ChartSeries[],
  format: (value: number) => string,
): string {
  const parts = series.map((one) => {
    const values = one.points.flatMap(([, value]) => value ?? []);
    const last = values.at(-1);
    if (last === undefined) return `${one.label}: no data`;
    const [least, most] = [Math.min(...values), Math.max(...values)];
    const when = (one.kind ?? 'measured') === 'measured' ? 'now' : 'at the end';
    return `${one.label}: ${when} ${format(last)}, between ${format(least)} and ${format(most)}`;
  });
  return parts.length === 0 ? `${label}: no data` : `${label}. ${parts.join('; ')}`;
}
