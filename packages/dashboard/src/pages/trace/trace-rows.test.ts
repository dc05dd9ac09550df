import type {
  BusTrace,
  BusTraceCall,
  BusTraceEvent,
  BusTraceHandling,
  BusTraceRun,
} from '@raptorflow/contract';
import { describe, expect, it } from 'vitest';

import { readId, rowsOf } from './trace-rows.ts';

const start = Date.UTC(2026, 0, 1);
const at = (ms: number): string => new Date(start + ms).toISOString();

const handling = (fields: Partial<BusTraceHandling>): BusTraceHandling => ({
  group: 'readers',
  state: 'handled',
  attempts: 1,
  began_at: at(0),
  ended_at: at(100),
  took_ms: 100,
  last_error: null,
  dead_letter_id: null,
  ...fields,
});

const event = (id: string, depth: number, handlings: readonly BusTraceHandling[] = []): BusTraceEvent => ({
  id,
  parent_id: null,
  depth,
  presence: 'stored',
  type: 'step',
  channel: 'sys.state.update',
  workspace_id: 'wsp_1',
  source_agent_id: null,
  destination_guild: null,
  priority: 'normal',
  request_id: 'req_1',
  hops: depth,
  timestamp: at(depth * 10),
  cost_usd: null,
  handlings: [...handlings],
});

const run = (id: string, eventId: string | null, fields: Partial<BusTraceRun> = {}): BusTraceRun => ({
  id,
  event_id: eventId,
  parent_run_id: null,
  workspace_id: 'wsp_1',
  agent_id: null,
  agent_code: null,
  agent_name: null,
  run_type: 'research',
  name: 'Research',
  status: 'completed',
  attempt: 1,
  error: null,
  cost_usd: '0.000000',
  created_at: at(0),
  started_at: at(250),
  completed_at: at(750),
  duration_ms: 500,
  ...fields,
});

const call = (id: string, runId: string | null): BusTraceCall => ({
  id,
  run_id: runId,
  workspace_id: 'wsp_1',
  requested_model: 'fast',
  model: 'offline',
  provider: 'offline',
  status: 'completed',
  attempts: 1,
  error_code: null,
  prompt_tokens: 1,
  completion_tokens: 1,
  cost_usd: '0.000000',
  cost_estimated: false,
  started_at: at(500),
  ended_at: at(600),
  duration_ms: 100,
});

const trace = (events: readonly BusTraceEvent[], settled = true, work: Partial<BusTrace> = {}): BusTrace => ({
  request_id: 'req_1',
  event_id: null,
  started_at: at(0),
  ended_at: at(1000),
  duration_ms: 1000,
  settled,
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
  events: [...events],
  runs: [],
  runs_left_out: 0,
  calls: [],
  calls_left_out: 0,
  ...work,
});

describe('the rows of a trace', () => {
  it('know which lines of the tree go on below them', () => {
    // a ─┬─ b ── c
    //    └─ d
    // e
    const rows = rowsOf(
      trace([event('a', 0), event('b', 1), event('c', 2), event('d', 1), event('e', 0)]),
      start,
    );
    expect(rows.map((row) => [row.id, row.rails, row.goesOn, row.hasChildren])).toEqual([
      ['a', [], true, true],
      ['b', [true], true, true],
      ['c', [true, true], false, false],
      ['d', [true], false, false],
      ['e', [], false, false],
    ]);
  });

  it('tell when an event came after the beginning, and nothing where that is not known', () => {
    const rows = rowsOf(trace([event('a', 3), { ...event('b', 0), timestamp: null }]), start);
    expect(rows.map((row) => row.offsetMs)).toEqual([30, null]);
  });

  it('place handlings between the beginning and the end', () => {
    const [row] = rowsOf(
      trace([
        event('a', 0, [
          handling({ began_at: at(250), ended_at: at(750) }),
          handling({ began_at: at(1000), ended_at: at(1000) }),
          handling({ began_at: null }),
        ]),
      ]),
      start,
    );
    const bars = row?.kind === 'event' ? row.handlings.map(({ bar }) => bar) : [];
    expect(bars[0]).toEqual({ offset: 0.25, length: 0.5 });
    expect((bars[1]?.offset ?? 0) + (bars[1]?.length ?? 0)).toBeLessThanOrEqual(1);
    expect(bars[1]?.length).toBeGreaterThan(0);
    expect(bars[2]).toBeNull();
  });

  it('let a running handling reach to now', () => {
    const running = handling({ state: 'running', began_at: at(1000), ended_at: null });
    const [row] = rowsOf(trace([event('a', 0, [running])], false), start + 2000);
    expect(row).toMatchObject({ handlings: [{ bar: { offset: 0.5, length: 0.5 } }] });
  });

  it('put runs below the events they were started for, before what these caused, and calls below their runs', () => {
    const rows = rowsOf(
      trace([event('a', 0), event('b', 1)], true, {
        runs: [run('run_1', 'a'), run('run_2', 'b', { started_at: null, completed_at: null })],
        calls: [call('call_1', 'run_1'), call('call_2', 'run_1')],
      }),
      start,
    );
    expect(rows.map((row) => [row.id, row.depth, row.goesOn, row.hasChildren])).toEqual([
      ['a', 0, false, true],
      ['run_1', 1, true, true],
      ['call_1', 2, true, false],
      ['call_2', 2, false, false],
      ['b', 1, false, true],
      ['run_2', 2, false, false],
    ]);
    expect(rows[1]).toMatchObject({ bar: { offset: 0.25, length: 0.5 }, offsetMs: 250 });
    expect(rows[2]).toMatchObject({ bar: { offset: 0.5, length: 0.1 }, offsetMs: 500 });
    expect(rows[5]).toMatchObject({ bar: null, offsetMs: 0 });
  });

  it('put what belongs to no event that is shown at the end', () => {
    const rows = rowsOf(
      trace([event('a', 0)], true, {
        runs: [run('run_1', null), run('run_2', 'not-shown')],
        calls: [call('call_1', null), call('call_2', 'run_2')],
      }),
      start,
    );
    expect(rows.map((row) => [row.id, row.depth])).toEqual([
      ['a', 0],
      ['run_1', 0],
      ['run_2', 0],
      ['call_2', 1],
      ['call_1', 0],
    ]);
  });

  it('take thousands of events of one chain', () => {
    const long = Array.from({ length: 3_000 }, (_, depth) => event(String(depth), depth));
    const rows = rowsOf(trace(long), start);
    expect(rows).toHaveLength(3_000);
    expect(rows.every((row) => !row.goesOn)).toBe(true);
  });
});

describe('an id in the search field', () => {
  it('is taken without the spaces around it, and refused when it cannot be one', () => {
    expect(readId('  evt_1-a ')).toBe('evt_1-a');
    for (const text of ['', 'two words', 'a/b', 'x'.repeat(201)]) expect(readId(text)).toBeNull();
  });
});
