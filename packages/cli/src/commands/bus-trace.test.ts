import { expect, it } from 'vitest';
import { createOutput } from '../output.ts';
import { drawTree } from './bus-trace.ts';

type TraceEvent = Parameters<typeof drawTree>[0][number];

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
    output,
    'c',
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
