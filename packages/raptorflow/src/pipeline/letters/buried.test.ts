import { describe, expect, test } from 'vitest';
import type { Bus, Trace, TraceNode } from '../../bus/index.ts';
import { Buried } from './buried.ts';

const node = (id: string, channel: string, children: readonly TraceNode[] = []): TraceNode =>
  ({ id, event: { channel }, children }) as unknown as TraceNode;
const event = (id: string, letters = 1): TraceNode =>
  node(id, 'pipeline.failed', letters === 0 ? [] : [node(`${id}-letter`, 'sys.dlq.max_retries_exceeded')]);
const traceOf = (...roots: readonly TraceNode[]): Trace => ({ roots }) as unknown as Trace;

/** A bus whose answers come when they are given. */
function slowBus(): {
  bus: Pick<Bus, 'trace'>;
  asked: string[];
  answer(trace: Trace | null | Error): Promise<void>;
} {
  const open: PromiseWithResolvers<Trace | null>[] = [];
  const asked: string[] = [];
  return {
    asked,
    bus: {
      trace(id) {
        asked.push(id);
        const answer = Promise.withResolvers<Trace | null>();
        open.push(answer);
        return answer.promise;
      },
    },
    async answer(trace) {
      await expect.poll(() => open.length).toBeGreaterThan(0);
      const next = open.shift();
      if (trace instanceof Error) next?.reject(trace);
      else next?.resolve(trace);
    },
  };
}

describe('what was buried before', () => {
  test('is asked about once for all events of a story', async () => {
    const { bus, asked, answer } = slowBus();
    const buried = new Buried(bus);
    const answers = ['a', 'b', 'c'].map((id) => buried.has({ id, requestId: 'story' }));
    await answer(traceOf(event('a'), event('b', 0), event('c'), event('d')));
    expect(await Promise.all(answers)).toEqual([true, false, true]);
    expect(await buried.has({ id: 'd', requestId: 'story' })).toBe(true);
    expect(asked).toEqual(['story']);
  });

  test('is told by an answer that is newer than the question', async () => {
    const { bus, asked, answer } = slowBus();
    const buried = new Buried(bus);
    const first = buried.has({ id: 'a', requestId: 'story' });
    await Promise.resolve();
    const second = buried.has({ id: 'b', requestId: 'story' });
    await answer(traceOf(event('a'), event('b', 0)));
    await answer(traceOf(event('a'), event('b')));
    expect(await Promise.all([first, second])).toEqual([true, true]);
    expect(asked).toHaveLength(2);
  });

  test('is not of events that stand beside others with a letter, nor of a story that is gone', async () => {
    const { bus, answer } = slowBus();
    const buried = new Buried(bus);
    const beside = buried.has({ id: 'a', requestId: 'story' });
    await answer(traceOf(node('run', 'lab', [event('a', 0), event('b')])));
    expect(await beside).toBe(false);
    const gone = buried.has({ id: 'a', requestId: 'story' });
    await answer(null);
    expect(await gone).toBe(false);
  });

  test('is asked about again when the bus did not answer', async () => {
    const { bus, answer } = slowBus();
    const buried = new Buried(bus);
    const failed = buried.has({ id: 'a', requestId: 'story' });
    await answer(new TypeError('away'));
    await expect(failed).rejects.toThrow('away');
    const again = buried.has({ id: 'a', requestId: 'story' });
    await answer(traceOf(event('a')));
    expect(await again).toBe(true);
  });
});
