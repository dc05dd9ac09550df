/** One metric over time: summed up as chosen, by series, with zoom. */
import type { WireMetricHistory, WireMetricInfo } from '@raptorflow/contract';
import { Link, useNavigate } from '@tanstack/react-router';
import { useCallback, useMemo, useState } from 'react';

import { Button } from '../../components/button.tsx';
import type { ChartSeries } from '../../components/chart/chart-data.ts';
import { TimeChart } from '../../components/chart/time-chart.tsx';
import { EmptyState, ErrorNotice, Loading, Notice } from '../../components/feedback.tsx';
import { Icon } from '../../components/icon.tsx';
import { Panel } from '../../components/panel.tsx';
import { pillClasses } from '../../components/pill.ts';
import { useMetricHistory } from '../../data/metrics.ts';
import { useScope } from '../../data/scope.ts';
import { useIsOperator } from '../../data/session.ts';
import { metricFormat, seriesLabels } from '../../format/metric.ts';
import { countOf } from '../../format/number.ts';
import { formatMoment, formatSpan } from '../../format/time.ts';
import { useAlertRights } from '../alerts/alert-rights.ts';
import { aggregationOf, type MetricSearch, ranges, spanOf } from './metric-choice.ts';

/** The chart with its choices. */
export function MetricChart({
  metric,
  search,
}: {
  readonly metric: WireMetricInfo;
  readonly search: MetricSearch;
}) {
  const isOperator = useIsOperator();
  const { workspaceId } = useScope();
  const navigate = useNavigate();
  const { range, span } = spanOf(search);
  const aggregation = aggregationOf(metric, search.by);
  const history = useMetricHistory({
    metric: metric.name,
    aggregation,
    scope: isOperator && search.scope !== 'workspace' ? 'installation' : 'workspace',
    tags: search.tags,
    span,
  });
  const zoom = useCallback(
    (fromMs: number, toMs: number) => {
      const stretch = { from: String(Math.floor(fromMs / 1_000)), to: String(Math.ceil(toMs / 1_000)) };
      const { range: _range, ...rest } = search;
      void navigate({
        to: '/w/$workspaceId/metrics',
        params: { workspaceId },
        search: { ...rest, metric: metric.name, ...stretch },
        resetScroll: false,
      });
    },
    [navigate, workspaceId, search, metric.name],
  );
  return (
    <Panel
      title={<span className="font-mono">{metric.name}</span>}
      note={metric.unit === '1' ? undefined : `in ${metric.unit.replace('micro_usd', 'US dollars')}`}
      actions={
        <div className="flex flex-wrap items-center gap-x-4 gap-y-2">
          <Ranges range={range} metric={metric} search={search} />
          <AlertLink metric={metric} aggregation={aggregation} search={search} />
        </div>
      }
    >
      <p className="mb-3 max-w-2xl text-sm text-muted">{metric.description}</p>
      <Choices metric={metric} aggregation={aggregation} search={search} isOperator={isOperator} />
      {history.isPending ? (
        <Loading rows={4} label="Reading the history" />
      ) : history.data ? (
        <Plot history={history.data} label={`${metric.name}, ${aggregation}`} onZoom={zoom} />
      ) : (
        <ErrorNotice error={history.error} retry={() => void history.refetch()} />
      )}
      {metric.folded > 0 ? (
        <div className="mt-3">
          <Notice tone="warn">
            {countOf(metric.folded, 'look-up')} went into the series “other”, because the metric has as many
            series as it may have.
          </Notice>
        </div>
      ) : null}
    </Panel>
  );
}

/** The way from what is seen to a rule about it, for those who may write rules. */
function AlertLink({
  metric,
  aggregation,
  search,
}: {
  readonly metric: WireMetricInfo;
  readonly aggregation: string;
  readonly search: MetricSearch;
}) {
  const { workspaceId } = useScope();
  const { mayChangeRules } = useAlertRights();
  if (!mayChangeRules) return null;
  const { tags, scope } = search;
  return (
    <Link
      to="/w/$workspaceId/alerts/new-rule"
      params={{ workspaceId }}
      search={{ metric: metric.name, by: aggregation, tags: tags ?? '', scope: scope ?? '' }}
      className="inline-flex items-center gap-1 text-xs text-accent hover:underline"
    >
      <Icon name="alerts" className="size-3.5" />
      Alert on this
    </Link>
  );
}

function Plot({
  history,
  label,
  onZoom,
}: {
  readonly history: WireMetricHistory;
  readonly label: string;
  readonly onZoom: (fromMs: number, toMs: number) => void;
}) {
  const { data, pagination } = history;
  const series = useMemo((): readonly ChartSeries[] => {
    const labels = seriesLabels(data);
    return data.map(({ points }, index) => ({
      label: labels[index] ?? '',
      points: points.map(({ at, value }) => [Date.parse(at), value] as const),
      relativeError: points.find((point) => point.relative_error_max !== null)?.relative_error_max ?? null,
    }));
  }, [data]);
  const format = useMemo(() => metricFormat(data[0]?.unit ?? '1'), [data]);
  if (data.length === 0) {
    return (
      <EmptyState icon="metrics" title="No samples in this stretch">
        {`Nothing was measured from ${formatMoment(history.from)} to ${formatMoment(history.to)}. Choose a longer stretch, or fewer tags.`}
      </EmptyState>
    );
  }
  return (
    <>
      <TimeChart
        label={label}
        series={series}
        fromMs={Date.parse(history.from)}
        toMs={Date.parse(history.to)}
        format={format}
        onZoom={onZoom}
        height={260}
      />
      <p className="mt-3 text-xs text-muted">
        {`Each point sums up ${formatSpan(history.step_seconds)}. Drag over the chart to look closer.`}
        {pagination.total > data.length
          ? ` ${data.length} of ${pagination.total} series are shown; name tags to choose others.`
          : ''}
      </p>
    </>
  );
}

function Ranges({
  range,
  metric,
  search,
}: {
  readonly range: string | null;
  readonly metric: WireMetricInfo;
  readonly search: MetricSearch;
}) {
  const { workspaceId } = useScope();
  const { from: _from, to: _to, ...rest } = search;
  return (
    <div className="-my-1 flex flex-wrap gap-1">
      {Object.entries(ranges).map(([name, { label }]) => (
        <Link
          key={name}
          to="/w/$workspaceId/metrics"
          params={{ workspaceId }}
          search={{ ...rest, metric: metric.name, range: name }}
          resetScroll={false}
          activeOptions={{ exact: true }}
          aria-current={name === range ? 'true' : undefined}
          className={pillClasses}
        >
          {label}
        </Link>
      ))}
      {range === null ? <span className={pillClasses}>A stretch of its own</span> : null}
    </div>
  );
}

function Choices({
  metric,
  aggregation,
  search,
  isOperator,
}: {
  readonly metric: WireMetricInfo;
  readonly aggregation: string;
  readonly search: MetricSearch;
  readonly isOperator: boolean;
}) {
  const { workspaceId } = useScope();
  const choice = (name: string, isCurrent: boolean, more: MetricSearch) => (
    <Link
      key={name}
      to="/w/$workspaceId/metrics"
      params={{ workspaceId }}
      search={{ ...search, metric: metric.name, ...more }}
      resetScroll={false}
      activeOptions={{ exact: true }}
      aria-current={isCurrent ? 'true' : undefined}
      className={pillClasses}
    >
      {name}
    </Link>
  );
  const isOwn = search.scope === 'workspace';
  return (
    <div className="mb-3 flex flex-wrap items-center gap-x-4 gap-y-2">
      <div className="flex flex-wrap gap-1">
        {metric.aggregations.map((name) => choice(name, name === aggregation, { by: name }))}
      </div>
      {isOperator ? (
        <div className="flex flex-wrap gap-1">
          {choice('Installation', !isOwn, { scope: 'installation' })}
          {choice('This workspace', isOwn, { scope: 'workspace' })}
        </div>
      ) : null}
      <TagFilter key={search.tags ?? ''} metric={metric} search={search} />
    </div>
  );
}

function TagFilter({ metric, search }: { readonly metric: WireMetricInfo; readonly search: MetricSearch }) {
  const { workspaceId } = useScope();
  const navigate = useNavigate();
  const [text, setText] = useState(search.tags ?? '');
  if (metric.tag_names.length === 0) return null;
  return (
    <form
      className="flex min-w-48 flex-1 gap-2"
      onSubmit={(event) => {
        event.preventDefault();
        const tags = text.trim();
        const { tags: _tags, ...rest } = search;
        void navigate({
          to: '/w/$workspaceId/metrics',
          params: { workspaceId },
          search: { ...rest, metric: metric.name, ...(tags === '' ? {} : { tags }) },
          resetScroll: false,
        });
      }}
    >
      <input
        aria-label="Tags"
        value={text}
        onChange={(event) => setText(event.target.value)}
        placeholder={`${metric.tag_names[0] ?? 'name'}=value`}
        className="h-8 min-w-0 flex-1 rounded-md border border-line-strong bg-surface px-2.5 font-mono text-xs placeholder:text-muted"
      />
      <Button type="submit">Filter</Button>
    </form>
  );
}
