/** The tree of a trace as a list of any length: lines lead from each event to what it caused. */
import type { BusTrace, BusTraceEvent } from '@raptorflow/contract';
import { Link } from '@tanstack/react-router';
import { useMemo } from 'react';

import { classes } from '../../components/class-names.ts';
import { Badge, fillOf, toneOf, type Tone } from '../../components/status.tsx';
import { useNow } from '../../components/time.tsx';
import { VirtualList } from '../../components/virtual-list.tsx';
import { useScope } from '../../data/scope.ts';
import { formatMoney, microsOf } from '../../format/money.ts';
import { formatDuration, formatMoment } from '../../format/time.ts';
import { HandlingLine } from './handling-line.tsx';
import { LetterLink, TraceLink } from './trace-link.tsx';
import { levelsMax, rowsOf, type TraceRow } from './trace-rows.ts';
import { CallLine, RunLine } from './work-line.tsx';

/** Levels that a phone has room for. */
const levelsOnPhone = 4;
/** The list begins at the event that was asked for when it would not be in sight otherwise. */
const inSight = 8;

/** The tree. */
export function TraceTree({ trace }: { readonly trace: BusTrace }) {
  const now = useNow();
  const moment = trace.settled ? 0 : now;
  const rows = useMemo(() => rowsOf(trace, moment), [trace, moment]);
  const asked = rows.findIndex((row) => row.id === trace.event_id);
  return (
    <VirtualList
      label="Events of the trace"
      items={rows}
      keyOf={(row) => row.id}
      {...(asked > inSight ? { startAt: asked } : {})}
      renderRow={(row) => <Row row={row} asked={asked > 0 && row.id === trace.event_id} />}
    />
  );
}

function Row({ row, asked }: { readonly row: TraceRow; readonly asked: boolean }) {
  return (
    <div className={classes('flex px-3 sm:px-4', asked && 'bg-accent-soft')}>
      <Lines row={row} levels={levelsMax} className="max-sm:hidden" />
      <Lines row={row} levels={levelsOnPhone} className="sm:hidden" />
      <div className="min-w-0 flex-1 py-2 pl-1.5">
        {row.kind === 'event' ? <EventBody row={row} asked={asked} /> : null}
        {row.kind === 'run' ? <RunLine run={row.run} bar={row.bar} /> : null}
        {row.kind === 'call' ? <CallLine call={row.call} bar={row.bar} /> : null}
      </div>
    </div>
  );
}

type EventRow = Extract<TraceRow, { readonly kind: 'event' }>;

function EventBody({ row, asked }: { readonly row: EventRow; readonly asked: boolean }) {
  const { event, handlings } = row;
  return (
    <>
      <EventHead row={row} asked={asked} />
      {handlings.length === 0 ? null : (
        <ul aria-label={`Groups of ${event.type ?? event.id}`} className="mt-1 space-y-1">
          {handlings.map(({ handling, bar }) => (
            <HandlingLine key={handling.group} handling={handling} bar={bar} />
          ))}
        </ul>
      )}
    </>
  );
}

const column = 'relative w-2.5 shrink-0 sm:w-4';
const down = 'absolute left-1/2 w-px bg-line-strong';

/**
 * The lines of the levels above, the elbow to this row, its mark, and the beginning of the line to its children. Rows deeper than
 * `levels` stand one below the other on a straight line.
 */
function Lines({
  row,
  levels,
  className,
}: {
  readonly row: TraceRow;
  readonly levels: number;
  readonly className: string;
}) {
  const { rails, depth, goesOn, hasChildren } = row;
  const isStraight = depth > levels;
  // A level's line comes down from an event one level above: the topmost level has none.
  const passing = rails.slice(1, isStraight ? levels + 1 : depth);
  return (
    <div aria-hidden="true" className={classes('flex', className)}>
      {passing.map((passes, index) => (
        // The place is the identity: a column of the picture.
        // oxlint-disable-next-line react/no-array-index-key
        <span key={index} className={column}>
          {passes ? <span className={classes(down, 'inset-y-0')} /> : null}
        </span>
      ))}
      {isStraight || depth === 0 ? null : (
        <span className={column}>
          <span className={classes(down, 'top-0', goesOn ? 'bottom-0' : 'h-[1.125rem]')} />
          <span className="absolute top-[1.125rem] right-0 left-1/2 h-px bg-line-strong" />
        </span>
      )}
      <span className={column}>
        {isStraight ? <span className={classes(down, 'top-0 h-[1.125rem]')} /> : null}
        {hasChildren || (isStraight && goesOn) ? (
          <span className={classes(down, 'top-[1.125rem] bottom-0')} />
        ) : null}
        <span
          className={classes(
            'absolute top-[0.9375rem] left-1/2 size-[0.4375rem] -translate-x-[0.1875rem]',
            markOf(row),
          )}
        />
      </span>
    </div>
  );
}

// Events are round, runs are square, calls are hollow: what a row is does not hang on its colour.
function markOf(row: TraceRow): string {
  if (row.kind === 'run') return fillOf(toneOf(row.run.status));
  if (row.kind === 'call') return 'rounded-full border border-line-strong bg-surface';
  return `rounded-full ${dotOf(row.event)}`;
}

function dotOf(event: BusTraceEvent): string {
  if (event.presence === 'refused' || isLetter(event)) return 'bg-bad';
  return event.presence === 'stored' ? 'bg-accent' : 'bg-line-strong';
}

function isLetter(event: BusTraceEvent): boolean {
  return event.channel?.startsWith('sys.dlq.') === true;
}

function EventHead({ row, asked }: { readonly row: EventRow; readonly asked: boolean }) {
  const { event, offsetMs } = row;
  const facts = [
    event.channel,
    event.source_agent_id === null ? null : `from ${event.source_agent_id}`,
    event.destination_guild === null ? null : `to ${event.destination_guild}`,
    event.hops === null || event.hops === 0 ? null : `hop ${event.hops}`,
    event.cost_usd === null || microsOf(event.cost_usd) === 0 ? null : formatMoney(event.cost_usd),
  ].filter((fact) => fact !== null);
  return (
    <div className="flex items-baseline gap-x-3">
      <div className="flex min-w-0 flex-1 flex-wrap items-baseline gap-x-2 gap-y-0.5">
        <h3 className="font-medium break-all">
          <EventName event={event} />
        </h3>
        {event.priority === 'critical' ? <Badge tone="bad">Critical</Badge> : null}
        <Presence event={event} />
        {asked ? <Badge>The one you asked for</Badge> : null}
        <span className="min-w-0 text-xs break-words text-muted">{facts.join(' · ')}</span>
        {isLetter(event) ? (
          <LetterLink id={event.id} className="text-xs text-accent hover:underline">
            Open the dead letter
          </LetterLink>
        ) : null}
      </div>
      <span
        className="shrink-0 text-xs text-muted tabular"
        title={event.timestamp === null ? undefined : formatMoment(event.timestamp)}
      >
        {offsetMs === null ? 'time unknown' : `+${offsetMs === 0 ? '0 ms' : formatDuration(offsetMs)}`}
      </span>
    </div>
  );
}

function EventName({ event }: { readonly event: BusTraceEvent }) {
  const { workspaceId } = useScope();
  const name = event.type ?? event.id;
  if (event.presence !== 'stored' && event.presence !== 'elsewhere') return <>{name}</>;
  return (
    <Link
      to="/w/$workspaceId/bus/messages/$eventId"
      params={{ workspaceId, eventId: event.id }}
      className="hover:underline"
    >
      {name}
    </Link>
  );
}

const presences: Readonly<
  Record<Exclude<BusTraceEvent['presence'], 'stored'>, readonly [word: string, tone: Tone, why: string]>
> = {
  gone: ['Gone', 'none', 'its channel no longer keeps it'],
  refused: ['Refused', 'bad', 'never published; its dead letter holds it'],
  elsewhere: ['Elsewhere', 'none', 'it belongs to another request'],
  hidden: ['Hidden', 'none', 'it belongs to another workspace'],
};

function Presence({ event }: { readonly event: BusTraceEvent }) {
  if (event.presence === 'stored') return null;
  const [word, tone, why] = presences[event.presence];
  return (
    <>
      <Badge tone={tone}>{word}</Badge>
      <span className="text-xs text-muted">{why}</span>
      {event.presence === 'elsewhere' && event.request_id !== null ? (
        <TraceLink id={event.request_id} className="text-xs text-accent hover:underline">
          Trace that one
        </TraceLink>
      ) : null}
    </>
  );
}
