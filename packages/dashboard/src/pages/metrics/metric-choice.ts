/** What the address says of the metrics page: which metric, summed up how, over which stretch. */
import type { WireMetricInfo } from '@raptorflow/contract';

/** Stretches that follow the present. */
export const ranges = {
  '15m': { label: '15 min', ms: 15 * 60_000 },
  '1h': { label: '1 hour', ms: 3_600_000 },
  '6h': { label: '6 hours', ms: 6 * 3_600_000 },
  '24h': { label: '24 hours', ms: 86_400_000 },
  '7d': { label: '7 days', ms: 7 * 86_400_000 },
} as const;

/** A name of {@link ranges}. */
export type RangeName = keyof typeof ranges;

/** All that can stand in the address. */
export interface MetricSearch {
  readonly metric?: string;
  readonly by?: string;
  readonly range?: string;
  /** Seconds since 1970; both, or neither. */
  readonly from?: string;
  readonly to?: string;
  readonly tags?: string;
  readonly scope?: string;
}

/** The stretch that is meant: one that stands still when the address has both its ends. */
export function spanOf({ range, from, to }: MetricSearch): {
  readonly range: RangeName | null;
  readonly span: { readonly lastMs: number } | { readonly fromMs: number; readonly toMs: number };
} {
  const [start, end] = [secondsIn(from), secondsIn(to)];
  if (start !== null && end !== null && start < end) {
    return { range: null, span: { fromMs: start * 1_000, toMs: end * 1_000 } };
  }
  const name: RangeName = range !== undefined && range in ranges ? (range as RangeName) : '1h';
  return { range: name, span: { lastMs: ranges[name].ms } };
}

function secondsIn(text: string | undefined): number | null {
  return text !== undefined && /^\d{1,12}$/u.test(text) ? Number(text) : null;
}

/** The aggregation that is meant; of a distribution the 95th percentile says most. */
export function aggregationOf(metric: WireMetricInfo, chosen: string | undefined): string {
  if (chosen !== undefined && metric.aggregations.includes(chosen)) return chosen;
  if (metric.aggregations.includes('p95')) return 'p95';
  if (metric.aggregations.includes('rate')) return 'rate';
  return metric.aggregations[0] ?? 'average';
}

/** Metrics whose name, meaning or category holds every word. */
export function matching(metrics: readonly WireMetricInfo[], words: string): readonly WireMetricInfo[] {
  const wanted = words.toLowerCase().split(/\s+/u).filter(Boolean);
  return metrics.filter(({ name, description, category }) => {
    const text = `${name} ${description} ${category}`.toLowerCase();
    return wanted.every((word) => text.includes(word));
  });
}
