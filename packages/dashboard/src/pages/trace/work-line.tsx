/** The work that was done for an event: a run, and the model calls it made. */
import type { BusTraceCall, BusTraceRun } from '@raptorflow/contract';
import { Link } from '@tanstack/react-router';

import { StatusBadge, toneOf } from '../../components/status.tsx';
import { useScope } from '../../data/scope.ts';
import { formatMoney, microsOf } from '../../format/money.ts';
import { countOf, formatCount } from '../../format/number.ts';
import { formatDuration } from '../../format/time.ts';
import { TimeBar, timedLine } from './time-bar.tsx';
import type { Bar } from './trace-rows.ts';

/** A run: what it is, whose, how it stands, how long it took. */
export function RunLine({ run, bar }: { readonly run: BusTraceRun; readonly bar: Bar | null }) {
  const { workspaceId } = useScope();
  const { error, duration_ms: took } = run;
  const facts = [
    run.agent_code === null ? null : `by ${run.agent_name ?? run.agent_code}, ${run.agent_code}`,
    run.attempt > 1 ? `begun ${formatCount(run.attempt)} times` : null,
    microsOf(run.cost_usd) === 0 ? null : formatMoney(run.cost_usd),
  ].filter((fact) => fact !== null);
  return (
    <>
      <div className={timedLine}>
        <span className="flex min-w-0 flex-wrap items-center gap-x-2 gap-y-0.5">
          <span className="text-xs text-muted">Run</span>
          <h4 className="font-medium break-words">
            {run.workspace_id === workspaceId ? (
              <Link
                to="/w/$workspaceId/runs/$runId"
                params={{ workspaceId, runId: run.id }}
                className="hover:underline"
              >
                {run.name}
              </Link>
            ) : (
              run.name
            )}
          </h4>
          <StatusBadge status={run.status} />
          <span className="min-w-0 text-xs break-words text-muted">{facts.join(' · ')}</span>
        </span>
        <TimeBar bar={bar} tone={toneOf(run.status)} />
        <span className="text-right text-xs text-muted tabular">
          {took === null ? 'not yet' : formatDuration(took)}
        </span>
      </div>
      {error === null ? null : (
        <p className="mt-0.5 text-xs break-words text-bad">
          {error.code}: {error.message}
        </p>
      )}
    </>
  );
}

/** A model call: which model, its tokens, cost and end. */
export function CallLine({ call, bar }: { readonly call: BusTraceCall; readonly bar: Bar | null }) {
  const { requested_model: asked, model } = call;
  const facts = [
    `${formatCount(call.prompt_tokens)} + ${formatCount(call.completion_tokens)} tokens`,
    costOf(call),
    call.attempts > 1 ? countOf(call.attempts, 'attempt') : null,
  ].filter((fact) => fact !== null);
  return (
    <div className={timedLine}>
      <span className="flex min-w-0 flex-wrap items-center gap-x-2 gap-y-0.5 text-xs">
        <span className="text-muted">Model call</span>
        <span className="min-w-0 break-all">
          {asked === null || asked === model ? model : `${asked} → ${model}`}
        </span>
        {call.status === 'completed' ? null : <StatusBadge status={call.status} />}
        {call.error_code === null ? null : <span className="text-bad">{call.error_code}</span>}
        <span className="min-w-0 break-words text-muted">{facts.join(' · ')}</span>
      </span>
      <TimeBar bar={bar} tone={call.status === 'completed' ? 'run' : toneOf(call.status)} />
      <span className="text-right text-xs text-muted tabular">{formatDuration(call.duration_ms)}</span>
    </div>
  );
}

function costOf({ cost_usd: cost, cost_estimated: estimated }: BusTraceCall): string | null {
  if (microsOf(cost) === 0) return null;
  return estimated ? `at most ${formatMoney(cost)}` : formatMoney(cost);
}
