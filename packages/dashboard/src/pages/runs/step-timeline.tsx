/** A run's steps as bars on its time line; each opens to what went in and came out. */
import type { RunStep } from '@raptorflow/contract';
import { classes } from '../../components/class-names.ts';
import { Disclosure } from '../../components/disclosure.tsx';
import { EmptyState, ErrorNotice, Loading } from '../../components/feedback.tsx';
import { Payload } from '../../components/payload.tsx';
import { Dot, fillOf, toneOf } from '../../components/status.tsx';
import { Clock, Elapsed, useNow } from '../../components/time.tsx';
import { VirtualList } from '../../components/virtual-list.tsx';
import { useRunSteps } from '../../data/runs.ts';
import { formatMoney } from '../../format/money.ts';
import { countOf } from '../../format/number.ts';
import { humanize } from '../../format/words.ts';
import { boundsOf, spanOf } from './timeline.ts';

/** The time line. */
export function StepTimeline({ runId, ended }: { readonly runId: string; readonly ended: boolean }) {
  const steps = useRunSteps(runId);
  const now = useNow();
  if (steps.isPending) return <Loading rows={6} label="Reading the steps" />;
  if (steps.error) {
    return (
      <div className="p-4">
        <ErrorNotice error={steps.error} retry={steps.retry} />
      </div>
    );
  }
  if (steps.items.length === 0) {
    return (
      <EmptyState icon="runs" title={ended ? 'This run took no steps' : 'No step yet'}>
        {ended
          ? 'It called no model or tool and published nothing by itself. Its journal says when it started and ended.'
          : 'Steps appear as the run calls models and tools and publishes events.'}
      </EmptyState>
    );
  }
  const bounds = boundsOf(steps.items, now);
  return (
    <VirtualList
      label="Steps"
      items={steps.items}
      keyOf={(step) => String(step.sequence)}
      hasMore={steps.hasMore}
      loadMore={steps.loadMore}
      renderRow={(step) => <Step step={step} span={spanOf(step, bounds, now)} />}
    />
  );
}

function Step({ step, span }: { readonly step: RunStep; readonly span: { offset: number; length: number } }) {
  const tone = toneOf(step.status);
  return (
    <Disclosure
      summary={
        <span className="grid min-w-0 flex-1 grid-cols-[minmax(0,1fr)_auto] items-center gap-x-4 gap-y-1 sm:grid-cols-[minmax(0,5fr)_minmax(0,4fr)_5rem]">
          <span className="flex min-w-0 items-center gap-2">
            <Dot tone={tone} live={tone === 'run'} />
            <span className="sr-only">{step.status}</span>
            <span className="min-w-0 truncate font-medium">{step.name}</span>
            <span className="text-xs whitespace-nowrap text-muted">{humanize(step.kind).toLowerCase()}</span>
          </span>
          <span aria-hidden="true" className="relative h-1.5 rounded-full bg-hover max-sm:hidden">
            <span
              className={classes('absolute inset-y-0 rounded-full', fillOf(tone))}
              style={{ left: `${span.offset * 100}%`, width: `${span.length * 100}%` }}
            />
          </span>
          <span className="text-right text-xs text-muted">
            <Elapsed from={step.started_at} to={step.completed_at} durationMs={step.duration_ms} />
          </span>
        </span>
      }
    >
      <StepDetail step={step} />
    </Disclosure>
  );
}

function StepDetail({ step }: { readonly step: RunStep }) {
  const tokens = step.prompt_tokens + step.completion_tokens;
  return (
    <>
      <p className="flex flex-wrap gap-x-4 gap-y-1 text-xs text-muted">
        <span>
          step {step.sequence}, started <Clock at={step.started_at} />
        </span>
        {step.model === null ? null : <span>model {step.model}</span>}
        {tokens === 0 ? null : (
          <span>
            {countOf(step.prompt_tokens, 'token')} in, {countOf(step.completion_tokens, 'token')} out
          </span>
        )}
        {step.kind === 'model_call' ? <span>{formatMoney(step.cost_usd)}</span> : null}
      </p>
      {step.error ? (
        <p className="text-bad">
          {step.error.message} <code className="text-xs">{step.error.code}</code>
        </p>
      ) : null}
      <div className="grid gap-3 lg:grid-cols-2">
        <div className="min-w-0">
          <h3 className="mb-1 text-xs text-muted">In</h3>
          <Payload label="what went in" value={step.input ?? 'nothing'} />
        </div>
        <div className="min-w-0">
          <h3 className="mb-1 text-xs text-muted">Out</h3>
          <Payload label="what came out" value={step.output ?? 'nothing'} />
        </div>
      </div>
    </>
  );
}
