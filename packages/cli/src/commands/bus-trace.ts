import type { Client } from '@raptorflow/client';
import { formatDuration } from 'raptorflow/kernel';
import type { Command } from '../command.ts';
import { withConnection } from '../connection.ts';
import { formatMoney, formatTime } from '../figures.ts';
import type { Output, Tone } from '../output.ts';

type Trace = Awaited<ReturnType<Client['bus']['trace']>>;
type TraceEvent = Trace['events'][number];
type Handling = TraceEvent['handlings'][number];

/** `raptorflow bus trace`. */
export const busTrace: Command = {
  name: 'bus trace',
  summary: 'Show what a request, or the request of an event, set off: events, groups, attempts, times, cost.',
  operands: 'ID',
  operandCount: [1, 1],
  run: (invocation) =>
    withConnection(invocation, { own: 'allowed' }, async ({ client }) => {
      const [id = ''] = invocation.positionals;
      const trace = await client.bus.trace({ params: { id } });
      const { output } = invocation;
      output.result(trace);
      output.line(summaryOf(trace, output));
      for (const line of drawTree(trace.events, output, trace.event_id)) output.line(line);
      if (trace.truncated)
        output.line(output.tone('warning', 'There is more: only the oldest events are shown.'));
    }),
};

const tones: Readonly<Record<Handling['state'], Tone>> = {
  waiting: 'dim',
  running: 'strong',
  retrying: 'warning',
  handled: 'good',
  dead: 'bad',
  expired: 'bad',
};

function summaryOf(trace: Trace, output: Output): string {
  const { counts } = trace;
  const parts = [
    `${counts.events} event${counts.events === 1 ? '' : 's'} in ${formatDuration(trace.duration_ms)}`,
    `${counts.attempts} attempt${counts.attempts === 1 ? '' : 's'}`,
    ...(['waiting', 'running', 'retrying', 'dead', 'expired'] as const)
      .filter((state) => counts[state] > 0)
      .map((state) => output.tone(tones[state], `${counts[state]} ${state}`)),
    ...(trace.cost_usd === null ? [] : [formatMoney(trace.cost_usd)]),
  ];
  return `${output.tone('strong', trace.request_id)}: ${parts.join(', ')}`;
}

/** The lines of the tree; what is asked for is marked with an arrow. */
export function drawTree(events: readonly TraceEvent[], output: Output, marked: string | null): string[] {
  const lines: string[] = [];
  const isLast = lastChildren(events);
  // For each depth, what stands in its column on the lines below.
  const columns: string[] = [];
  for (const [at, event] of events.entries()) {
    columns.length = Math.max(0, event.depth);
    const branch = event.depth === 0 ? '' : isLast.has(event.id) ? '└─ ' : '├─ ';
    const before = columns.slice(1).join('');
    const mark = event.id === marked ? output.tone('strong', ' ◀') : '';
    lines.push(`${before}${branch}${titleOf(event, output)}${mark}`);
    columns.push(event.depth === 0 ? '' : isLast.has(event.id) ? '   ' : '│  ');
    const hasChildren = events[at + 1]?.depth === event.depth + 1;
    const below = `${columns.slice(1).join('')}${hasChildren ? '│  ' : '   '}`;
    for (const handling of event.handlings) lines.push(`${below}${handlingLine(handling, output)}`);
  }
  return lines;
}

// The last child of each parent: the tree's lines end with it.
function lastChildren(events: readonly TraceEvent[]): ReadonlySet<string> {
  const last = new Map<string, string>();
  for (const { id, parent_id: parentId } of events) if (parentId !== null) last.set(parentId, id);
  return new Set(last.values());
}

function titleOf(event: TraceEvent, output: Output): string {
  const note = event.presence === 'stored' ? [] : [output.tone('warning', `(${event.presence})`)];
  if (event.type === null) return [output.tone('dim', event.id), ...note].join('  ');
  const facts = [
    ...(event.timestamp === null ? [] : [formatTime(event.timestamp).slice(11)]),
    ...(event.source_agent_id === null ? [] : [`by ${event.source_agent_id}`]),
    ...(event.workspace_id === null ? [] : [event.workspace_id]),
    event.id,
  ];
  return [
    output.tone('strong', event.type),
    event.channel ?? '',
    ...note,
    output.tone('dim', facts.join('  ')),
    ...(event.cost_usd === null ? [] : [formatMoney(event.cost_usd)]),
  ].join('  ');
}

function handlingLine(handling: Handling, output: Output): string {
  const { group, state, attempts, took_ms: tookMs, last_error: error } = handling;
  return [
    `· ${group}:`,
    output.tone(tones[state], state),
    ...(attempts > 1 ? [`after ${attempts} attempts`] : []),
    ...(tookMs === null ? [] : [`in ${formatDuration(tookMs)}`]),
    ...(error === null ? [] : [output.tone('dim', error.slice(0, 100).replaceAll(/\s+/g, ' '))]),
  ].join(' ');
}
