/** The future of what is used: a forecast with its interval, and when a limit is reached. */
import type { WireCapacityForecast, WireUsageProfile } from '@raptorflow/contract';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useMemo, useState } from 'react';

import { TimeChart } from '../../components/chart/time-chart.tsx';
import { ErrorNotice, Loading, Notice } from '../../components/feedback.tsx';
import { SelectField } from '../../components/field.tsx';
import { Meter } from '../../components/meter.tsx';
import { Panel } from '../../components/panel.tsx';
import { pillClasses } from '../../components/pill.ts';
import type { MetricScope } from '../../data/addressed-scope.ts';
import { useForecast, useUsagePast, useUsageProfiles } from '../../data/analytics.ts';
import { useScope } from '../../data/scope.ts';
import { countOf, formatPercent } from '../../format/number.ts';
import {
  amountOf,
  exhaustionWords,
  methodOf,
  missingWords,
  shortAmountOf,
  windowWords,
} from './advice-words.ts';
import { forecastChart } from './forecast-chart.ts';
import { inOrder, mostTelling } from './profile-order.ts';
import { useSeriesLabel } from './series-name.tsx';

type Series = WireUsageProfile['series'];

const horizons = [24, 48, 168] as const;
/** As much past as tells how it came to this. */
const pastDays = 7;

/** The panel; which series it is about stands in the address. */
export function ForecastPanel({ scope }: { readonly scope: MetricScope }) {
  const profiles = useUsageProfiles(scope);
  const { series: asked } = useSearch({ from: '/w/$workspaceId/resources/advice' });
  const [hours, setHours] = useState<number>(48);
  const all = seriesIn(profiles.data ?? []);
  const chosen = all.find(({ series_id: id }) => id === asked) ?? mostTelling(profiles.data ?? []);
  return (
    <div id="forecast">
      <Panel
        title="What comes"
        actions={
          chosen === undefined ? undefined : (
            <div className="flex min-w-0 flex-wrap items-center gap-x-4 gap-y-2">
              <HorizonChoice hours={hours} onChange={setHours} />
              <SeriesChoice all={all} chosen={chosen} />
            </div>
          )
        }
      >
        {profiles.isPending ? <Loading rows={4} label="Reading what is used" /> : null}
        {profiles.error && profiles.data === undefined ? (
          <ErrorNotice error={profiles.error} retry={() => void profiles.refetch()} />
        ) : null}
        {chosen === undefined ? null : <Future scope={scope} series={chosen} hours={hours} />}
      </Panel>
    </div>
  );
}

/** Each series once, in the order of the list below. */
function seriesIn(profiles: readonly WireUsageProfile[]): readonly Series[] {
  return [...new Map(inOrder(profiles).map(({ series }) => [series.series_id, series])).values()];
}

function HorizonChoice({
  hours,
  onChange,
}: {
  readonly hours: number;
  readonly onChange: (hours: number) => void;
}) {
  return (
    <div role="group" aria-label="How far ahead" className="flex flex-wrap gap-1">
      {horizons.map((one) => (
        <button
          key={one}
          type="button"
          aria-pressed={one === hours}
          className={pillClasses}
          onClick={() => onChange(one)}
        >
          {windowWords(one)}
        </button>
      ))}
    </div>
  );
}

function SeriesChoice({ all, chosen }: { readonly all: readonly Series[]; readonly chosen: Series }) {
  const { workspaceId } = useScope();
  const search = useSearch({ from: '/w/$workspaceId/resources/advice' });
  const navigate = useNavigate();
  const labelOf = useSeriesLabel();
  return (
    <SelectField
      label="Of what"
      hideLabel
      className="w-full max-w-80 sm:w-80"
      value={chosen.series_id}
      options={all.map((series) => [series.series_id, labelOf(series)] as const)}
      onChange={(event) =>
        void navigate({
          to: '/w/$workspaceId/resources/advice',
          params: { workspaceId },
          search: { ...search, series: event.target.value },
          resetScroll: false,
        })
      }
    />
  );
}

function Future({
  scope,
  series,
  hours,
}: {
  readonly scope: MetricScope;
  readonly series: Series;
  readonly hours: number;
}) {
  const forecast = useForecast(scope, series.series_id, hours);
  if (forecast.isPending) return <Loading rows={5} label="Reading the forecast" />;
  if (!forecast.data) return <ErrorNotice error={forecast.error} retry={() => void forecast.refetch()} />;
  if (forecast.data.status === 'not_enough_data') return <TooFew missing={forecast.data} />;
  return <Forecast scope={scope} series={series} forecast={forecast.data} />;
}

function TooFew({
  missing,
}: {
  readonly missing: Extract<WireCapacityForecast, { status: 'not_enough_data' }>;
}) {
  const { samples, needed } = missing;
  return (
    <div className="mx-auto max-w-md space-y-3 py-8 text-center">
      <p className="font-semibold">{missingWords(missing)}</p>
      <Meter
        fraction={samples / Math.max(1, needed)}
        label={`${samples} of ${needed} samples for a forecast`}
      />
      <p className="text-muted">
        Nothing is foretold from fewer: they come by themselves while the server runs and this is measured.
      </p>
    </div>
  );
}

type Foretold = Extract<WireCapacityForecast, { status: 'forecast' }>;

function Forecast({
  scope,
  series,
  forecast,
}: {
  readonly scope: MetricScope;
  readonly series: Series;
  readonly forecast: Foretold;
}) {
  const labelOf = useSeriesLabel();
  const past = useUsagePast(scope, series, pastDays);
  const chart = useMemo(() => forecastChart(past.data ?? [], forecast), [past.data, forecast]);
  const format = useMemo(() => (value: number) => amountOf(series.unit, value), [series.unit]);
  const formatAxis = useMemo(() => (value: number) => shortAmountOf(series.unit, value), [series.unit]);
  const limit = exhaustionWords(forecast, series.unit);
  const isReached = forecast.exhaustion !== null && forecast.exhaustion.at !== null;
  return (
    <div className="space-y-3">
      <TimeChart
        label={`${labelOf(series)}, forecast`}
        series={chart.series}
        band={chart.band}
        fromMs={chart.fromMs}
        toMs={chart.toMs}
        threshold={forecast.exhaustion?.limit}
        format={format}
        formatAxis={formatAxis}
        height={240}
      />
      {limit === null ? null : <Notice tone={isReached ? 'warn' : 'none'}>{limit}</Notice>}
      <p className="text-xs text-muted">{methodSentence(forecast, series)}</p>
    </div>
  );
}

function methodSentence(
  { method, samples, coverage, season_hours: season, comparison }: Foretold,
  { unit, usage }: Series,
) {
  const repeats = season === null ? 'no season shows' : `a season of ${windowWords(season)}`;
  const tried = comparison.map((one) => `${methodOf(one.method)} ${amountOf(unit, one.error)}`).join(', ');
  return [
    ...(usage === 'used' ? ['Each point is what an hour uses up.'] : []),
    `By ${methodOf(method)} from ${countOf(samples, 'sample')}, ${repeats}; the band holds ${formatPercent(coverage)} of what comes.`,
    ...(tried === '' ? [] : [`Average error on values that were held back: ${tried}.`]),
  ].join(' ');
}
