import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BoundedQueue } from './index.ts';

describe('BoundedQueue', () => {
  it('behaves as an array that refuses more than its limit', () => {
    const operation = fc.oneof(
      fc.record({ kind: fc.constant('push' as const), value: fc.integer() }),
      fc.record({ kind: fc.constant('shift' as const) }),
      fc.record({ kind: fc.constant('clear' as const) }),
    );
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 100 }),
        fc.array(operation, { maxLength: 400 }),
        (limit, operations) => {
          const queue = new BoundedQueue<number>(limit);
          let model: number[] = [];
          for (const step of operations) {
            if (step.kind === 'push') {
              const room = model.length < limit;
              expect(queue.push(step.value)).toBe(room);
              if (room) model.push(step.value);
            } else if (step.kind === 'shift') {
              expect(queue.shift()).toBe(model.shift());
            } else {
              queue.clear();
              model = [];
            }
            expect(queue.size).toBe(model.length);
          }
        },
      ),
    );
  });

  it('refuses a limit that is no positive whole number', () => {
    for (const limit of [0, -1, 1.5, Number.NaN])
      expect(() => new BoundedQueue(limit)).toThrow('at least one');
  });
});
