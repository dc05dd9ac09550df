/** The machine: the monitor's switch, live charts, and the processes. */
import type { HostSamples } from '@raptorflow/contract';
import { Link, useSearch } from '@tanstack/react-router';

import { EmptyState, ErrorNotice, Loading, Notice } from '../../components/feedback.tsx';
import { pillClasses } from '../../components/pill.ts';
import { Clock } from '../../components/time.tsx';
import { useHostSamples } from '../../data/host.ts';
import { useIsOperator } from '../../data/session.ts';
import { formatDuration } from '../../format/time.ts';
import { HostCharts } from './host-charts.tsx';
import { percentText } from './host-series.ts';
import { ProcessPanel } from './process-panel.tsx';
import { RaptorPanel } from './raptor-panel.tsx';

const ranges = { '1min': ['1 minute', 60], '5min': ['5 minutes', 300] } as const;

/** The page. */
export function MachinePage() {
  const isOperator = useIsOperator();
  const samples = useHostSamples();
  return (
    <div className="space-y-4">
      <RaptorPanel />
      {samples.isPending ? (
        <Loading rows={6} label="Reading the machine" />
      ) : samples.data ? (
        <Machine reading={samples.data} isOperator={isOperator} error={samples.error} />
      ) : (
        <ErrorNotice
          label="Failed to read the machine"
          error={samples.error}
          retry={() => void samples.refetch()}
        />
      )}
      {isOperator ? <ProcessPanel /> : null}
    </div>
  );
}

function Machine({
  reading,
  isOperator,
  error,
}: {
  readonly reading: HostSamples;
  readonly isOperator: boolean;
  readonly error: Error | null;
}) {
  const { range } = useSearch({ from: '/w/$workspaceId/host/' });
  const [, seconds] = range === '5min' ? ranges['5min'] : ranges['1min'];
  const last = reading.items.at(-1);
  if (last === undefined) {
    return (
      <EmptyState icon="system" title="Nothing is measured">
        {reading.running
          ? 'The first sample is on its way.'
          : isOperator
            ? 'Raptor Mini is stopped. Start it above, and the machine’s figures appear within a second.'
            : 'Raptor Mini is stopped. The operator of this installation can start it.'}
      </EmptyState>
    );
  }
  return (
    <>
      {error === null ? null : (
        <Notice tone="warn">The server does not answer; the figures below are those of before.</Notice>
      )}
      {reading.running ? null : (
        <Notice tone="warn">Raptor Mini is stopped; the figures below are the last ones of before.</Notice>
      )}
      <div className="flex flex-wrap items-center justify-between gap-x-4 gap-y-2 text-xs text-muted">
        <p>
          Newest sample <Clock at={last.timestamp} />, one a second shown; measured every{' '}
          {formatDuration(reading.sample_rate_ms)} by {sourceText(reading.source)}
          {costText(reading.own_cpu_percent)}.
        </p>
        <RangeChoice seconds={seconds} />
      </div>
      <HostCharts samples={reading.items} toMs={Date.parse(last.timestamp)} seconds={seconds} />
      {last.gpus.length === 0 ? (
        <p className="text-muted">This machine has no GPU that is measured.</p>
      ) : null}
      <p className="text-xs text-muted">
        100 % of the processor is all of what this machine, or its container, may use
        {last.cpu === undefined ? '' : `: ${last.cpu.cores} cores, now ${percentText(last.cpu.percent)}`}.
      </p>
    </>
  );
}

// It is 0 until the monitor has watched itself for ten seconds, which is no cost that anybody measured.
function costText(percent: number | null): string {
  return percent === null || percent === 0 ? '' : `, at a cost of ${percent.toFixed(2)} % of one core`;
}

function sourceText(source: string): string {
  if (source === 'linux') return 'Linux’s own counters';
  return source === 'node-os' ? 'Node’s own figures' : source;
}

function RangeChoice({ seconds }: { readonly seconds: number }) {
  return (
    <div role="group" aria-label="How much to show" className="flex gap-1">
      {Object.entries(ranges).map(([name, [label, length]]) => (
        <Link
          key={name}
          to="."
          search={{ range: name }}
          resetScroll={false}
          aria-current={length === seconds ? 'true' : undefined}
          className={pillClasses}
        >
          {label}
        </Link>
      ))}
    </div>
  );
}
