/** How each thing was used: its figures over a window, or how many samples are missing to say so. */
import type { WireUsageProfile } from '@raptorflow/contract';
import { Link, useSearch } from '@tanstack/react-router';
import { useState } from 'react';

import { buttonClasses } from '../../components/button.tsx';
import { type Column, DataTable, wholeListing } from '../../components/data-table.tsx';
import { EmptyState } from '../../components/feedback.tsx';
import { Panel } from '../../components/panel.tsx';
import { pillClasses } from '../../components/pill.ts';
import type { MetricScope } from '../../data/addressed-scope.ts';
import { useUsageProfiles } from '../../data/analytics.ts';
import { useScope } from '../../data/scope.ts';
import { countOf, formatCount, formatPercent } from '../../format/number.ts';
import { formatMoment } from '../../format/time.ts';
import { amountOf, missingWords, windowWords } from './advice-words.ts';
import { inOrder, shortestMeasured, windowsOf } from './profile-order.ts';
import { SeriesName, useSeriesLabel } from './series-name.tsx';

/** The panel with its choice of windows. */
export function ProfilesPanel({ scope }: { readonly scope: MetricScope }) {
  const profiles = useUsageProfiles(scope);
  const windows = windowsOf(profiles.data ?? []);
  const [asked, setAsked] = useState<number | null>(null);
  const hours = asked ?? shortestMeasured(profiles.data ?? []) ?? windows[0] ?? 24;
  const shown = inOrder((profiles.data ?? []).filter((one) => one.time_window_hours === hours));
  return (
    <Panel
      flush
      title="How things are used"
      note={profiles.data === undefined ? undefined : countOf(shown.length, 'series', 'series')}
      actions={
        windows.length < 2 ? undefined : (
          <div role="group" aria-label="Over which time" className="flex flex-wrap gap-1">
            {windows.map((one) => (
              <button
                key={one}
                type="button"
                aria-pressed={one === hours}
                className={pillClasses}
                onClick={() => setAsked(one)}
              >
                {windowWords(one)}
              </button>
            ))}
          </div>
        )
      }
    >
      <DataTable
        label="How things are used"
        columns={columns}
        listing={wholeListing(shown, profiles)}
        keyOf={(row) => row.series.series_id}
        empty={
          <EmptyState icon="metrics" title="Nothing has been measured yet">
            What is held and used up here is looked at every five minutes, from the server’s start on.
            {scope === 'workspace' ? ' Start a campaign: its runs and their costs are counted.' : ''}
          </EmptyState>
        }
      />
    </Panel>
  );
}

type Measured = Extract<WireUsageProfile['figures'], { status: 'measured' }>;

const columns: readonly Column<WireUsageProfile>[] = [
  {
    header: 'What',
    width: 'minmax(0, 5fr)',
    onPhone: 'title',
    cell: (row) => (
      <span className="block min-w-0">
        <SeriesName series={row.series} />
        {row.figures.status === 'measured' ? null : (
          <span className="block text-xs text-muted">{missingWords(row.figures)}</span>
        )}
      </span>
    ),
  },
  figure('Average', '5.5rem', 'on average', ({ average_usage: average }, unit) => amountOf(unit, average)),
  {
    ...figure('Peak', '5.5rem', 'at the peak', ({ peak_usage: peak }, unit) => amountOf(unit, peak)),
    cell: (row) =>
      whenMeasured(row, (figures) => (
        <span title={`At ${formatMoment(figures.peak_at)}`}>
          {amountOf(row.series.unit, figures.peak_usage)}
          <span className="sm:hidden"> at the peak</span>
        </span>
      )),
  },
  figure('Growth an hour', '7rem', 'an hour more', growthWords),
  figure('Even', '3.5rem', 'even', ({ efficiency_score: efficiency }) => formatPercent(efficiency)),
  figure('Idle', '3.5rem', 'idle', ({ waste_percentage: waste }) => formatPercent(waste / 100)),
  {
    ...figure('Samples', '4.5rem', 'samples', ({ samples }) => formatCount(samples)),
    cell: (row) =>
      whenMeasured(row, ({ samples, gaps }) => (
        <span title={gaps === 0 ? undefined : `${formatCount(gaps)} are missing`}>
          {formatCount(samples)}
          <span className="sm:hidden"> samples</span>
        </span>
      )),
  },
  { header: 'Ahead', width: '6.5rem', align: 'end', cell: (row) => <ForecastLink series={row.series} /> },
];

function figure(
  header: string,
  width: string,
  phoneWords: string,
  words: (figures: Measured, unit: string) => string,
): Column<WireUsageProfile> {
  return {
    header,
    width,
    align: 'end',
    cell: (row) =>
      whenMeasured(row, (figures) => (
        <span className="whitespace-nowrap">
          {words(figures, row.series.unit)}
          <span className="sm:hidden"> {phoneWords}</span>
        </span>
      )),
  };
}

function whenMeasured({ figures }: WireUsageProfile, cell: (figures: Measured) => React.ReactNode) {
  return figures.status === 'measured' ? cell(figures) : null;
}

function growthWords({ growth_rate_per_hour: growth, growth_rate_error: error }: Measured, unit: string) {
  // A slope that is smaller than its own error is none.
  if (Math.abs(growth) <= error) return 'none';
  return `${growth > 0 ? '+' : '−'}${amountOf(unit, Math.abs(growth))}`;
}

function ForecastLink({ series }: { readonly series: WireUsageProfile['series'] }) {
  const { workspaceId } = useScope();
  const search = useSearch({ from: '/w/$workspaceId/resources/advice' });
  const labelOf = useSeriesLabel();
  return (
    <Link
      to="/w/$workspaceId/resources/advice"
      params={{ workspaceId }}
      search={{ ...search, series: series.series_id }}
      hash="forecast"
      aria-label={`Forecast ${labelOf(series)}`}
      className={buttonClasses('outline')}
    >
      Forecast
    </Link>
  );
}
