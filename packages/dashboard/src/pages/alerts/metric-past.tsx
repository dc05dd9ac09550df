/** How a metric went, to choose a threshold by, while the rule is not complete. */
import { useMemo } from 'react';

import type { MetricScope } from '../../data/addressed-scope.ts';
import { TimeChart } from '../../components/chart/time-chart.tsx';
import { EmptyState, ErrorNotice, Loading } from '../../components/feedback.tsx';
import { useMetricHistory } from '../../data/metrics.ts';
import { metricFormat, seriesLabels } from '../../format/metric.ts';
import type { Tags } from './tag-lines.ts';

/** The chart of the metric alone. */
export function MetricPast({
  scope,
  metric,
  aggregation,
  tags,
  lastMs,
}: {
  readonly scope: MetricScope;
  readonly metric: string;
  readonly aggregation: string;
  readonly tags: Tags;
  readonly lastMs: number;
}) {
  const span = useMemo(() => ({ lastMs }), [lastMs]);
  // The history sums up stretches, of which the newest sample is no sum.
  const by = aggregation === 'last' ? 'average' : aggregation;
  const history = useMetricHistory({ metric, aggregation: by, scope, tags: addressOf(tags), span });
  const found = history.data?.data;
  const series = useMemo(() => {
    const labels = seriesLabels(found ?? []);
    return (found ?? []).map(({ points }, index) => ({
      label: labels[index] ?? '',
      points: points.map(({ at, value }) => [Date.parse(at), value] as const),
    }));
  }, [found]);
  const unit = found?.[0]?.unit ?? '1';
  const format = useMemo(() => metricFormat(unit), [unit]);
  if (history.isPending) return <Loading rows={5} label="Reading the history" />;
  if (!history.data) return <ErrorNotice error={history.error} retry={() => void history.refetch()} />;
  if (series.length === 0) {
    return (
      <EmptyState icon="metrics" title="No samples in this past">
        Nothing of this metric was measured. Choose a longer past, or fewer tags.
      </EmptyState>
    );
  }
  return (
    <TimeChart
      label={`${metric}, ${by}`}
      series={series}
      fromMs={Date.parse(history.data.from)}
      toMs={Date.parse(history.data.to)}
      format={format}
      height={240}
    />
  );
}

// The address of the history takes tags in one line, and values without commas.
function addressOf(tags: Tags): string | undefined {
  const parts = Object.entries(tags)
    .filter(([, value]) => !value.includes(','))
    .map(([name, value]) => `${name}=${value}`);
  return parts.length === 0 ? undefined : parts.join(',');
}
