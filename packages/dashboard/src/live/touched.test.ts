import type { SocketFrame } from '@raptorflow/contract';
import { describe, expect, it } from 'vitest';

import { createInvalidator, touchedKeys } from './touched.ts';

const frame = (
  type: string,
  data: Record<string, unknown>,
  workspaceId: string | null = 'wsp_1',
): SocketFrame => ({
  type,
  data,
  event_id: 'evt_1',
  channel: 'sys.state.update',
  workspace_id: workspaceId,
  timestamp: '2026-01-01T00:00:00.000Z',
});

describe('what a frame makes stale', () => {
  it('is the campaign, the lists, its runs and the costs', () => {
    expect(touchedKeys(frame('state_update', { campaign_id: 'cmp_1' }))).toEqual([
      ['wsp_1', 'campaigns', 'list'],
      ['wsp_1', 'campaigns', 'cmp_1'],
      ['wsp_1', 'runs'],
      ['wsp_1', 'costs'],
    ]);
  });

  it('is the run or the agent that it names', () => {
    expect(touchedKeys(frame('state_update', { run_id: 'run_1' }))).toEqual([['wsp_1', 'runs']]);
    expect(touchedKeys(frame('heartbeat', {}))).toEqual([['wsp_1', 'agents']]);
    expect(touchedKeys(frame('alert.firing', {}))).toEqual([['wsp_1', 'alerts']]);
  });

  it('is nothing for events of no workspace', () => {
    expect(touchedKeys(frame('state_update', { campaign_id: 'cmp_1' }, null))).toEqual([]);
  });
});

describe('the invalidator', () => {
  function createRig() {
    const invalidated: string[][] = [];
    const timers: (() => void)[] = [];
    const touch = createInvalidator(
      (keys) => invalidated.push(keys.map((key) => key.join('/'))),
      400,
      (_delayMs, callback) => timers.push(callback),
    );
    return { invalidated, touch, pass: () => timers.shift()?.() };
  }

  it('acts at once on the first frame, then gathers, and never forgets the last', () => {
    const { invalidated, touch, pass } = createRig();
    touch([['w', 'runs']]);
    expect(invalidated).toEqual([['w/runs']]);
    for (let index = 0; index < 50; index += 1) touch([['w', 'runs']]);
    touch([['w', 'costs']]);
    expect(invalidated).toHaveLength(1);
    pass();
    expect(invalidated[1]).toEqual(['w/runs', 'w/costs']);
    pass();
    expect(invalidated).toHaveLength(2);
    touch([['w', 'agents']]);
    expect(invalidated[2]).toEqual(['w/agents']);
  });
});
