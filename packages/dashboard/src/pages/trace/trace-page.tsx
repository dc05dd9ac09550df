/** What a request set off: its events as a tree, what groups did with each, the runs and model calls made for them, the cost. */
import type { BusTrace } from '@raptorflow/contract';
import { Link, useNavigate, useParams } from '@tanstack/react-router';
import { type SyntheticEvent, useState } from 'react';

import { Button, buttonClasses } from '../../components/button.tsx';
import { EmptyState, ErrorNotice, Loading, Notice } from '../../components/feedback.tsx';
import { TextField } from '../../components/field.tsx';
import { Figure, Panel } from '../../components/panel.tsx';
import { Badge, Dot } from '../../components/status.tsx';
import { Ago } from '../../components/time.tsx';
import { useScope } from '../../data/scope.ts';
import { useTrace } from '../../data/trace.ts';
import { formatMoney } from '../../format/money.ts';
import { countOf, formatCount } from '../../format/number.ts';
import { formatDuration } from '../../format/time.ts';
import { TraceTree } from './trace-tree.tsx';
import { readId } from './trace-rows.ts';

/** The page without an id: where to get one. */
export function TraceSearchPage() {
  return (
    <div className="space-y-4">
      <TraceSearch given="" />
      <Panel flush>
        <EmptyState icon="bus" title="Follow a story" action={<ToTail tone="solid" />}>
          Give the id of an event or of a request: you see every event that it set off, what each group did
          with it, the runs and model calls made for it, how long that took and what it cost. A campaign’s id
          is its request. Events of the live tail, dead letters and runs lead here, too.
        </EmptyState>
      </Panel>
    </div>
  );
}

/** The trace of one id. */
export function TracePage() {
  const { id } = useParams({ from: '/w/$workspaceId/bus/trace/$id' });
  return (
    <div className="space-y-4">
      <TraceSearch key={id} given={id} />
      <TraceOf id={id} />
    </div>
  );
}

function TraceOf({ id }: { readonly id: string }) {
  const trace = useTrace(readId(id));
  if (readId(id) === null || trace.data === null) return <Unknown id={id} />;
  if (trace.isPending) return <Loading rows={6} label="Reading the trace" />;
  if (!trace.data) return <ErrorNotice error={trace.error} retry={() => void trace.refetch()} />;
  return (
    <>
      <Totals trace={trace.data} />
      {trace.data.truncated ? (
        <Notice tone="warn">
          This story is longer: the oldest {countOf(trace.data.counts.events, 'event')} are shown. What came
          after them is in its channels, and in the live tail while it happens.
        </Notice>
      ) : null}
      <WorkLeftOut trace={trace.data} />
      <Panel
        flush
        title="What it set off"
        note="each event below what caused it, with the runs and model calls made for it"
        actions={
          trace.data.settled ? (
            <Badge>Settled</Badge>
          ) : (
            <Badge tone="run">
              <Dot tone="run" live />
              Under way
            </Badge>
          )
        }
      >
        <TraceTree key={id} trace={trace.data} />
      </Panel>
    </>
  );
}

function WorkLeftOut({ trace }: { readonly trace: BusTrace }) {
  const { runs_left_out: runs, calls_left_out: calls } = trace;
  if (runs + calls === 0) return null;
  const what = [
    ...(runs === 0 ? [] : [countOf(runs, 'run')]),
    ...(calls === 0 ? [] : [countOf(calls, 'model call')]),
  ].join(' and ');
  return (
    <Notice tone="warn">
      The newest {what} of this story are left out. They are on the page Runs, and counted in the cost.
    </Notice>
  );
}

function Unknown({ id }: { readonly id: string }) {
  return (
    <Panel flush>
      <EmptyState icon="search" title="Nothing is known of this id" action={<ToTail tone="outline" />}>
        No event <code className="break-all">{id}</code> is in this workspace, nor one of a request of that
        id; or its channel no longer keeps it. Check that the id is whole, or take one from the live tail or
        the dead letters.
      </EmptyState>
    </Panel>
  );
}

function ToTail({ tone }: { readonly tone: 'solid' | 'outline' }) {
  const { workspaceId } = useScope();
  return (
    <Link to="/w/$workspaceId/bus/tail" params={{ workspaceId }} className={buttonClasses(tone)}>
      Open the live tail
    </Link>
  );
}

function TraceSearch({ given }: { readonly given: string }) {
  const { workspaceId } = useScope();
  const navigate = useNavigate();
  const [text, setText] = useState(given);
  const wrong = text.trim() !== '' && readId(text) === null;
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    const id = readId(text);
    if (id !== null) void navigate({ to: '/w/$workspaceId/bus/trace/$id', params: { workspaceId, id } });
  };
  return (
    <form role="search" aria-label="Trace" onSubmit={submit} className="flex items-start gap-2">
      <TextField
        label="Event or request id to trace"
        hideLabel
        type="search"
        placeholder="Event id or request id: evt_…, req_…, cmp_…"
        className="max-w-xl flex-1"
        required
        problem={wrong ? 'An id has letters, digits, “.”, “_”, “:” and “-” only.' : undefined}
        value={text}
        onChange={(event) => setText(event.target.value)}
      />
      <Button type="submit" icon="search" className="max-sm:h-9">
        Trace
      </Button>
    </form>
  );
}

const states = ['waiting', 'running', 'retrying', 'handled', 'dead', 'expired'] as const;

function Totals({ trace }: { readonly trace: BusTrace }) {
  const { counts } = trace;
  const handlings = states.reduce((sum, state) => sum + counts[state], 0);
  const told = states
    .filter((state) => counts[state] > 0)
    .map((state) => `${formatCount(counts[state])} ${state}`);
  return (
    <section aria-label="Totals" className="space-y-2">
      <p className="text-muted">
        Request <RequestName id={trace.request_id} />, begun <Ago at={trace.started_at} />
      </p>
      <div className="grid grid-cols-2 gap-3 sm:grid-cols-5">
        <Figure
          label="Events"
          value={formatCount(counts.events)}
          note={
            counts.missing === 0 ? 'all of them stored' : `${formatCount(counts.missing)} more not stored`
          }
        />
        <Figure
          label="Handlings"
          value={formatCount(handlings)}
          note={told.join(', ') || 'no group reads these'}
        />
        <Figure
          label="Attempts"
          value={formatCount(counts.attempts)}
          note={counts.retrying > 0 ? 'more will follow' : 'of handlers, all together'}
        />
        <Figure
          label={trace.settled ? 'Took' : 'Takes, so far'}
          value={formatDuration(trace.duration_ms)}
          note="first event to last act"
        />
        <div className="grid max-sm:col-span-2">
          <Figure
            label="Cost"
            value={trace.cost_usd === null ? 'unknown' : formatMoney(trace.cost_usd)}
            note={workOf(trace)}
          />
        </div>
      </div>
    </section>
  );
}

function workOf({ runs, runs_left_out: runsOut, calls, calls_left_out: callsOut }: BusTrace): string {
  const called = countOf(calls.length + callsOut, 'model call');
  return runs.length === 0 ? called : `${called} in ${countOf(runs.length + runsOut, 'run')}`;
}

/** A campaign's events carry its id as their request. */
function RequestName({ id }: { readonly id: string }) {
  const { workspaceId } = useScope();
  if (!id.startsWith('cmp_')) return <code className="text-xs break-all select-all">{id}</code>;
  return (
    <Link
      to="/w/$workspaceId/campaigns/$campaignId"
      params={{ workspaceId, campaignId: id }}
      className="break-all text-accent hover:underline"
    >
      {id}
    </Link>
  );
}
