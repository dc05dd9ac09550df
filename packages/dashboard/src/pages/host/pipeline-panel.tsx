/** The pipelines: what they are done with, how fast they are, and what remains. */
import type { PeriscopePipeline } from '@raptorflow/contract';

import { EmptyState, ErrorNotice, Loading } from '../../components/feedback.tsx';
import { Meter } from '../../components/meter.tsx';
import { Panel } from '../../components/panel.tsx';
import { StatusBadge } from '../../components/status.tsx';
import { Elapsed } from '../../components/time.tsx';
import { VirtualList } from '../../components/virtual-list.tsx';
import { usePipelines } from '../../data/periscope.ts';
import { formatCount, formatRate } from '../../format/number.ts';
import { formatDuration } from '../../format/time.ts';
import { progressOf } from './pipeline-progress.ts';

/** The panel. */
export function PipelinePanel() {
  const pipelines = usePipelines();
  const items = pipelines.data?.items ?? [];
  const processes = new Set(items.map(({ process }) => process)).size;
  return (
    <Panel flush title="Pipelines" note="that take items in, convert them and store them">
      {pipelines.isPending ? (
        <Loading rows={3} label="Reading the pipelines" />
      ) : pipelines.data === undefined ? (
        <div className="p-4">
          <ErrorNotice
            label="Failed to read the pipelines"
            error={pipelines.error}
            retry={() => void pipelines.refetch()}
          />
        </div>
      ) : items.length === 0 ? (
        <EmptyState icon="arrow" title="No pipeline has run yet">
          A pipeline appears when signals or documents are first taken in.
        </EmptyState>
      ) : (
        <VirtualList
          label="Pipelines"
          items={items}
          keyOf={({ name, process, started_at: started }) => `${process} ${name} ${started}`}
          renderRow={(pipeline) => <Row pipeline={pipeline} telling={processes > 1} />}
        />
      )}
    </Panel>
  );
}

function Row({
  pipeline,
  telling,
}: {
  readonly pipeline: PeriscopePipeline;
  /** Whether there are several processes, so that it says something which one it is. */
  readonly telling: boolean;
}) {
  const { name, process, state, ingested, skipped, failed, converted } = pipeline;
  const { share, leftMs } = progressOf(pipeline);
  const counts = `${formatCount(ingested)} taken in, ${formatCount(converted)} converted, ${formatCount(skipped)} skipped, ${formatCount(failed)} failed`;
  return (
    <article aria-label={name} className="space-y-1.5 px-4 py-3">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
        <h3 className="font-medium break-all">{name}</h3>
        <StatusBadge status={state} />
        {telling ? <span className="text-xs break-all text-muted">in {process}</span> : null}
        <span className="ml-auto text-xs text-muted">
          {state === 'running' ? `${formatRate(pipeline.items_per_second)} · ` : 'took '}
          <Elapsed from={pipeline.started_at} to={pipeline.ended_at} durationMs={null} />
        </span>
      </div>
      {share === null ? null : (
        <Meter
          fraction={share}
          tone={state === 'failed' ? 'bad' : state === 'ended' ? 'ok' : 'run'}
          label={`${name}: ${Math.round(share * 100)} % done`}
        />
      )}
      <p className="text-xs text-muted">
        {counts}
        {pipeline.remaining === null || state !== 'running'
          ? ''
          : `, ${formatCount(pipeline.remaining)} remaining`}
        {leftMs === null ? '' : ` (about ${formatDuration(leftMs)})`}
      </p>
    </article>
  );
}
