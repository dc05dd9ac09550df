import { expect, it } from 'vitest';
import { createOutput } from '../output.ts';
import { drawTree } from './bus-trace.ts';

type Trace = Parameters<typeof drawTree>[0];
type TraceEvent = Trace['events'][number];
type Run = Trace['runs'][number];
type Call = Trace['calls'][number];

const silent = { write: () => true };
const output = createOutput({ json: false, colours: false }, { out: silent, err: silent });

function event(
  id: string,
  parentId: string | null,
  depth: number,
  more: Partial<TraceEvent> = {},
): TraceEvent {
  return {
    id,
    parent_id: parentId,
    depth,
    presence: 'stored',
    type: `type.${id}`,
    channel: 'lab.a',
    workspace_id: null,
    source_agent_id: null,
    destination_guild: null,
    priority: 'normal',
    request_id: 'ask-1',
    hops: depth,
    timestamp: null,
    cost_usd: null,
    handlings: [],
    ...more,
  };
}

const at = '2026-11-20T12:00:00.000Z';

function traceOf(events: TraceEvent[], more: Partial<Trace> = {}): Trace {
  return {
    request_id: 'ask-1',
    event_id: null,
    started_at: at,
    ended_at: at,
    duration_ms: 0,
    settled: true,
    counts: {
      events: events.length,
      missing: 0,
      attempts: 0,
      waiting: 0,
      running: 0,
      retrying: 0,
      handled: 0,
      dead: 0,
      expired: 0,
    },
    cost_usd: null,
    truncated: false,
    events,
    runs: [],
    runs_left_out: 0,
    calls: [],
    calls_left_out: 0,
    ...more,
  };
}

function runOf(id: string, eventId: string | null, more: Partial<Run> = {}): Run {
  return {
    id,
    event_id: eventId,
    parent_run_id: null,
    workspace_id: 'wsp_1',
    agent_id: 'agt_1',
    agent_code: 'RES-001',
    agent_name: 'Scout',
    run_type: 'research',
    name: 'Research: RES-001',
    status: 'completed',
    attempt: 1,
    error: null,
    cost_usd: '0.001500',
    created_at: at,
    started_at: at,
    completed_at: at,
    duration_ms: 120,
    ...more,
  };
}

function callOf(id: string, runId: string | null, more: Partial<Call> = {}): Call {
  return {
    id,
    run_id: runId,
    workspace_id: 'wsp_1',
    requested_model: 'research',
    model: 'gpt-6-sol',
    provider: 'openai',
    status: 'completed',
    attempts: 1,
    error_code: null,
    prompt_tokens: 100,
    completion_tokens: 20,
    cost_usd: '0.001500',
    cost_estimated: false,
    started_at: at,
    ended_at: at,
    duration_ms: 90,
    ...more,
  };
}

const handled = {
  group: 'team',
  state: 'handled',
  attempts: 2,
  began_at: null,
  ended_at: null,
  took_ms: 20,
  last_error: 'Error: no\npaper',
  dead_letter_id: null,
} as const;

it('draws a tree with its handlings below each event, and marks what was asked for', () => {
  const lines = drawTree(
    traceOf(
      [
        event('a', null, 0, { handlings: [handled] }),
        event('b', 'a', 1, {
          handlings: [{ ...handled, state: 'waiting', attempts: 0, took_ms: null, last_error: null }],
        }),
        event('c', 'b', 2),
        event('d', 'a', 1, { cost_usd: '0.001500' }),
        event('e', null, 0, { presence: 'gone', type: null, channel: null }),
        event('f', 'e', 1, { source_agent_id: 'agent-1' }),
      ],
      { event_id: 'c' },
    ),
    output,
  );
  expect(lines).toEqual([
    'type.a  lab.a  a',
    '│  · team: handled after 2 attempts in 20ms Error: no paper',
    '├─ type.b  lab.a  b',
    '│  │  · team: waiting',
    '│  └─ type.c  lab.a  c ◀',
    '└─ type.d  lab.a  d  $0.0015',
    'e  (gone)',
    '└─ type.f  lab.a  by agent-1  f',
  ]);
});

it('draws runs below the events that they were started for, and model calls below their runs', () => {
  const lines = drawTree(
    traceOf([event('a', null, 0, { handlings: [handled] }), event('b', 'a', 1), event('c', 'a', 1)], {
      runs: [
        runOf('run_1', 'a'),
        runOf('run_2', 'c', {
          status: 'failed',
          attempt: 2,
          agent_code: null,
          error: { code: 'timeout', message: 'Too\nlate.' },
        }),
        runOf('run_3', 'not-shown', { duration_ms: null, status: 'running' }),
      ],
      calls: [
        callOf('call_1', 'run_1'),
        callOf('call_2', 'run_1', {
          requested_model: 'gpt-6-sol',
          status: 'uncertain',
          error_code: 'timeout',
          attempts: 3,
          cost_estimated: true,
        }),
        callOf('call_3', null, { requested_model: null }),
      ],
    }),
    output,
  );
  expect(lines).toEqual([
    'type.a  lab.a  a',
    '│  · team: handled after 2 attempts in 20ms Error: no paper',
    '├─ run Research: RES-001  by RES-001  completed  in 120ms  $0.0015  run_1',
    '│  ├─ call research → gpt-6-sol  completed  in 90ms  100 + 20 tokens  $0.0015',
    '│  └─ call gpt-6-sol  uncertain  timeout  after 3 attempts  in 90ms  100 + 20 tokens  at most $0.0015',
    '├─ type.b  lab.a  b',
    '└─ type.c  lab.a  c',
    '   └─ run Research: RES-001  failed  begun 2 times  in 120ms  $0.0015  run_2',
    '         timeout: Too late.',
    'run Research: RES-001  by RES-001  running  $0.0015  run_3',
    'call gpt-6-sol  completed  in 90ms  100 + 20 tokens  $0.0015',
  ]);
});
