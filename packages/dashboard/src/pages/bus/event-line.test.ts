import { describe, expect, it } from 'vitest';

import {
  describeEvent,
  type EventLine,
  headlineOf,
  linesOfFrames,
  matchesFilter,
  mergeLines,
} from './event-line.ts';

const line = (id: string, second: number, data: Record<string, unknown> = {}): EventLine => ({
  id,
  type: 'state_update',
  channel: 'sys.state.update',
  timestamp: new Date(Date.UTC(2026, 0, 1, 0, 0, second)).toISOString(),
  data,
});

describe('lines of events', () => {
  it('leave out frames of the connection itself', () => {
    const own = {
      type: 'socket.heartbeat',
      data: {},
      event_id: null,
      channel: null,
      workspace_id: null,
      timestamp: '',
    };
    expect(linesOfFrames([own])).toEqual([]);
  });

  it('show each event once, newest first, up to the limit', () => {
    const merged = mergeLines([line('c', 3), line('b', 2)], [line('b', 2), line('a', 1)], 2);
    expect(merged.map((one) => one.id)).toEqual(['c', 'b']);
  });

  it('tell what happened from the payload or its update', () => {
    const payload = {
      state_type: 'agent',
      update: { agent_code: 'RES-004', status: 'completed', summary: '6 pains' },
    };
    expect(describeEvent(line('a', 1, payload))).toBe('Agent · RES-004 · Completed · 6 pains');
    expect(describeEvent(line('a', 1, { other: 1 }))).toBe('');
  });

  it('make a headline without saying anything twice', () => {
    expect(headlineOf({ ...line('a', 1, { status: 'completed' }), type: 'campaign_completed' })).toBe(
      'Campaign completed',
    );
    expect(headlineOf({ ...line('a', 1, { stage: 'quest' }), type: 'campaign_stage' })).toBe('Quest');
    expect(headlineOf({ ...line('a', 1, { status: 'alive' }), type: 'agent.beat' })).toBe(
      'Agent beat · Alive',
    );
    expect(headlineOf(line('a', 1))).toBe('State update');
  });

  it('match a filter word by word, in the payload too', () => {
    const one = line('evt_7', 1, { campaign_id: 'cmp_1' });
    expect(matchesFilter(one, '')).toBe(true);
    expect(matchesFilter(one, 'STATE cmp_1')).toBe(true);
    expect(matchesFilter(one, 'state cmp_2')).toBe(false);
  });
});
