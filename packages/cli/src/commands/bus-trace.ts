import type { Client } from '@raptorflow/client';
import { formatDuration } from 'raptorflow/kernel';
import type { Command } from '../command.ts';
import { withConnection } from '../connection.ts';
import { formatMoney, formatTime } from '../figures.ts';
import type { Output, Tone } from '../output.ts';

type Trace = Awaited<ReturnType<Client['bus']['trace']>>;
type TraceEvent = Trace['events'][number];
type Handling = TraceEvent['handlings'][number];
type Run = Trace['runs'][number];
type Call = Trace['calls'][number];

/** `raptorflow bus trace`. */
export const busTrace: Command = {
  name: 'bus trace',
  summary:
    'Show what a request, or the request of an event, set off: events, groups, runs, model calls, times, cost.',
  operands: 'ID',
  operandCount: [1, 1],
  run: (invocation) =>
    withConnection(invocation, { own: 'allowed' }, async ({ client }) => {
      const [id = ''] = invocation.positionals;
      const trace = await client.bus.trace({ params: { id } });
      const { output } = invocation;
      output.result(trace);
      output.line(summaryOf(trace, output));
      for (const line of drawTree(trace, output)) output.line(line);
      for (const line of leftOut(trace)) output.line(output.tone('warning', line));
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

const runTones: Readonly<Record<Run['status'], Tone>> = {
  queued: 'dim',
  running: 'strong',
  waiting: 'warning',
  interrupted: 'warning',
  completed: 'good',
  failed: 'bad',
  cancelled: 'bad',
};

const callTones: Readonly<Record<Call['status'], Tone>> = {
  completed: 'good',
  failed: 'bad',
  uncertain: 'warning',
};

/** What is not shown, in sentences. */
function leftOut({ truncated, runs_left_out: runs, calls_left_out: calls }: Trace): string[] {
  return [
    ...(truncated ? ['There is more: only the oldest events are shown.'] : []),
    ...(runs === 0 ? [] : [`${countOf(runs, 'newer run')} left out.`]),
    ...(calls === 0 ? [] : [`${countOf(calls, 'model call')} left out.`]),
  ];
}

function countOf(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}

function summaryOf(trace: Trace, output: Output): string {
  const { counts } = trace;
  const parts = [
    `${countOf(counts.events, 'event')} in ${formatDuration(trace.duration_ms)}`,
    countOf(counts.attempts, 'attempt'),
    ...(['waiting', 'running', 'retrying', 'dead', 'expired'] as const)
      .filter((state) => counts[state] > 0)
      .map((state) => output.tone(tones[state], `${counts[state]} ${state}`)),
    ...(trace.runs.length === 0 ? [] : [countOf(trace.runs.length + trace.runs_left_out, 'run')]),
    ...(trace.calls.length === 0 ? [] : [countOf(trace.calls.length + trace.calls_left_out, 'model call')]),
    ...(trace.cost_usd === null ? [] : [formatMoney(trace.cost_usd)]),
  ];
  return `${output.tone('strong', trace.request_id)}: ${parts.join(', ')}`;
}

/** One line of the tree, with what stands below it. */
interface Branch {
  readonly depth: number;
  readonly title: string;
  readonly below: readonly string[];
}

/** The lines of the tree: each event with what groups did, below it its runs with their model calls, then what it caused. */
export function drawTree(trace: Trace, output: Output): string[] {
  const branches = branchesOf(trace, output);
  const goesOn = followers(branches);
  const lines: string[] = [];
  // For each depth, what stands in its column on the lines below.
  const columns: string[] = [];
  for (const [at, { depth, title, below }] of branches.entries()) {
    columns.length = depth;
    const before = columns.slice(1).join('');
    lines.push(`${before}${depth === 0 ? '' : goesOn[at] ? '├─ ' : '└─ '}${title}`);
    columns.push(depth === 0 ? '' : goesOn[at] ? '│  ' : '   ');
    const hasChildren = (branches[at + 1]?.depth ?? 0) > depth;
    const indent = `${columns.slice(1).join('')}${hasChildren ? '│  ' : '   '}`;
    for (const line of below) lines.push(`${indent}${line}`);
  }
  return lines;
}

function branchesOf({ events, runs, calls, event_id: marked }: Trace, output: Output): Branch[] {
  const shown = new Set(events.map(({ id }) => id));
  const runsOf = Map.groupBy(runs, ({ event_id: id }) => (id !== null && shown.has(id) ? id : null));
  const callsOf = Map.groupBy(calls, (call) => call.run_id);
  const callAt = (call: Call, depth: number): Branch => ({
    depth,
    title: callTitle(call, output),
    below: [],
  });
  const runAt = (run: Run, depth: number): Branch[] => [
    { depth, title: runTitle(run, output), below: run.error === null ? [] : [errorLine(run.error, output)] },
    ...(callsOf.get(run.id) ?? []).map((call) => callAt(call, depth + 1)),
  ];
  const ofEvent = (event: TraceEvent): Branch[] => [
    {
      depth: event.depth,
      title: `${titleOf(event, output)}${event.id === marked ? output.tone('strong', ' ◀') : ''}`,
      below: event.handlings.map((handling) => handlingLine(handling, output)),
    },
    ...(runsOf.get(event.id) ?? []).flatMap((run) => runAt(run, event.depth + 1)),
  ];
  return [
    ...events.flatMap(ofEvent),
    ...(runsOf.get(null) ?? []).flatMap((run) => runAt(run, 0)),
    ...(callsOf.get(null) ?? []).map((call) => callAt(call, 0)),
  ];
}

// Whether a sibling follows, found from the end, where the tree's open levels are known.
function followers(branches: readonly Branch[]): readonly boolean[] {
  const found: boolean[] = [];
  const open = new Set<number>();
  for (let at = branches.length - 1; at >= 0; at -= 1) {
    const depth = branches[at]?.depth ?? 0;
    found[at] = open.has(depth);
    for (const level of open) if (level > depth) open.delete(level);
    open.add(depth);
  }
  return found;
}

function runTitle(run: Run, output: Output): string {
  const { status, duration_ms: tookMs, attempt, agent_code: agent } = run;
  return [
    `run ${output.tone('strong', run.name)}`,
    ...(agent === null ? [] : [`by ${agent}`]),
    output.tone(runTones[status], status),
    ...(attempt > 1 ? [`begun ${attempt} times`] : []),
    ...(tookMs === null ? [] : [`in ${formatDuration(tookMs)}`]),
    formatMoney(run.cost_usd),
    output.tone('dim', run.id),
  ].join('  ');
}

function callTitle(call: Call, output: Output): string {
  const { requested_model: asked, model } = call;
  return [
    `call ${asked === null || asked === model ? model : `${asked} → ${model}`}`,
    output.tone(callTones[call.status], call.status),
    ...(call.error_code === null ? [] : [call.error_code]),
    ...(call.attempts > 1 ? [`after ${call.attempts} attempts`] : []),
    `in ${formatDuration(call.duration_ms)}`,
    `${call.prompt_tokens} + ${call.completion_tokens} tokens`,
    `${call.cost_estimated ? 'at most ' : ''}${formatMoney(call.cost_usd)}`,
  ].join('  ');
}

function errorLine({ code, message }: { code: string; message: string }, output: Output): string {
  return output.tone('dim', `${code}: ${message}`.slice(0, 100).replaceAll(/\s+/g, ' '));
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
