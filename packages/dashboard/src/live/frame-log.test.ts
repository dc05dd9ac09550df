import type { SocketFrame } from '@raptorflow/contract';
import { describe, expect, it, vi } from 'vitest';

import { createFrameLog } from './frame-log.ts';

const frame = (eventId: string): SocketFrame => ({
  type: 'note',
  data: {},
  event_id: eventId,
  channel: 'sys.state.update',
  workspace_id: 'wsp_1',
  timestamp: '2026-01-01T00:00:00.000Z',
});

function createRig(framesMax: number) {
  const waiting: (() => void)[] = [];
  const log = createFrameLog(framesMax, (callback) => waiting.push(callback));
  const turn = () => {
    for (const callback of waiting.splice(0)) callback();
  };
  return { log, turn, waiting };
}

describe('the frame log', () => {
  it('tells its readers once for all frames of a turn, newest first', () => {
    const { log, turn, waiting } = createRig(10);
    const listener = vi.fn<() => void>();
    log.subscribe(listener);
    for (const id of ['a', 'b', 'c']) log.push(frame(id));
    expect(waiting).toHaveLength(1);
    turn();
    expect(listener).toHaveBeenCalledTimes(1);
    expect(log.snapshot().map((one) => one.event_id)).toEqual(['c', 'b', 'a']);
  });

  it('keeps the newest and counts all, also when the page is asleep for long', () => {
    const { log, turn } = createRig(3);
    for (let index = 0; index < 100; index += 1) log.push(frame(String(index)));
    turn();
    expect(log.snapshot().map((one) => one.event_id)).toEqual(['99', '98', '97']);
    expect(log.received()).toBe(100);
  });

  it('answers the same array until something changes', () => {
    const { log, turn } = createRig(3);
    log.push(frame('a'));
    turn();
    expect(log.snapshot()).toBe(log.snapshot());
    log.clear();
    expect(log.snapshot()).toEqual([]);
  });

  it('forgets a reader that left', () => {
    const { log, turn } = createRig(3);
    const listener = vi.fn<() => void>();
    log.subscribe(listener)();
    log.push(frame('a'));
    turn();
    expect(listener).not.toHaveBeenCalled();
  });
});
