/** What is measured: the list of metrics, and one of them over time. */
import { useSearch } from '@tanstack/react-router';
import { useDeferredValue, useState } from 'react';

import { EmptyState, ErrorNotice, Loading } from '../../components/feedback.tsx';
import { TextField } from '../../components/field.tsx';
import { PageHeader, Panel } from '../../components/panel.tsx';
import { useIsMonitoringOff } from '../../data/alerts.ts';
import { useMetricList } from '../../data/metrics.ts';
import { useIsOperator } from '../../data/session.ts';
import { countOf } from '../../format/number.ts';
import { MonitoringOff } from '../alerts/monitoring-off.tsx';
import { MetricChart } from './metric-chart.tsx';
import { matching } from './metric-choice.ts';
import { MetricLinks } from './metric-links.tsx';

/** The metrics page. */
export function MetricsPage() {
  const search = useSearch({ from: '/w/$workspaceId/metrics' });
  const list = useMetricList();
  const isOperator = useIsOperator();
  const isOff = useIsMonitoringOff();
  const [words, setWords] = useState('');
  const wanted = useDeferredValue(words);
  if (isOff) {
    return (
      <>
        <PageHeader title="Metrics" />
        <MonitoringOff />
      </>
    );
  }
  if (list.isPending) return <Loading rows={8} label="Reading the metrics" />;
  if (!list.data) return <ErrorNotice error={list.error} retry={() => void list.refetch()} />;
  const metrics = list.data.data;
  const chosen = metrics.find(({ name }) => name === search.metric) ?? metrics[0];
  const found = matching(metrics, wanted);
  return (
    <>
      <PageHeader
        title="Metrics"
        note={
          isOperator
            ? 'What every part of the installation does, sampled every ten seconds.'
            : 'What agents and models do in this workspace, sampled every ten seconds.'
        }
      />
      {chosen === undefined ? (
        <EmptyState icon="metrics" title="Nothing is measured yet">
          Metrics of this workspace appear with its first run or model call.
        </EmptyState>
      ) : (
        <div className="grid grid-cols-1 gap-4 md:grid-cols-[16rem_minmax(0,1fr)]">
          <Panel flush className="order-2 md:order-1 md:max-h-[calc(100vh-9rem)] md:overflow-y-auto">
            <div className="border-b border-line p-3">
              <TextField
                label="Find a metric"
                hideLabel
                type="search"
                placeholder={`Find in ${countOf(metrics.length, 'metric')}`}
                value={words}
                onChange={(event) => setWords(event.target.value)}
              />
            </div>
            <MetricLinks metrics={found} chosen={chosen.name} search={search} />
          </Panel>
          <div className="order-1 min-w-0 md:order-2">
            <MetricChart metric={chosen} search={search} />
          </div>
        </div>
      )}
    </>
  );
}
