import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeFrame, encodeFrame, seriesPerShard, shardOf, slotOf, type FrameEntry } from './frame.ts';
import { samplePoint, type Point, type PointLayout } from './point.ts';

const at = 1_790_000_000_000;
const number = fc.double({ noNaN: true });
const count = fc.integer({ min: 1, max: 2 ** 50 });
const buckets = fc.uniqueArray(
  fc.tuple(fc.integer({ min: -130_000, max: 130_000 }), fc.integer({ min: 1, max: 10 ** 6 })),
  { selector: ([key]) => key, maxLength: 8 },
);

const entry = fc
  .record({
    slot: fc.nat(seriesPerShard - 1),
    layout: fc.constantFrom<PointLayout>('sample', 'counter', 'gauge', 'histogram'),
    numbers: fc.tuple(number, number, number, number),
    count,
    buckets,
    ends: fc.tuple(fc.nat(9), fc.nat(9), fc.nat(9)),
  })
  .map(
    ({
      slot,
      layout,
      numbers: [sum, min, max, last],
      count: samples,
      buckets: pairs,
      ends: [zeros, below, above],
    }): FrameEntry => {
      if (layout === 'sample') return { slot, layout, point: samplePoint(at, last) };
      const isHistogram = layout === 'histogram';
      const sorted = pairs.toSorted(([a], [b]) => a - b);
      const inside = sorted.reduce((total, [, each]) => total + each, 0);
      const keys = Int32Array.from(sorted, ([key]) => key);
      const counts = Float64Array.from(sorted, ([, each]) => each);
      const point: Point = {
        at,
        count: isHistogram ? inside + zeros + below + above : samples,
        sum,
        min,
        max,
        last: isHistogram ? 0 : last,
        sketch: layout === 'counter' ? null : { zeros, below, above, keys, counts },
      };
      return { slot, layout, point };
    },
  );
const entries = fc
  .uniqueArray(entry, { selector: ({ slot }) => slot, maxLength: seriesPerShard })
  .map((list) => list.toSorted((a, b) => a.slot - b.slot));

describe('a frame', () => {
  test('gives back its points, all or those of some slots', () => {
    fc.assert(
      fc.property(entries, fc.uniqueArray(fc.nat(seriesPerShard - 1)), (list, some) => {
        const frame = encodeFrame(at, list);
        expect(decodeFrame(frame)).toEqual(list);
        const wanted = new Set(some);
        expect(decodeFrame(frame, wanted)).toEqual(list.filter(({ slot }) => wanted.has(slot)));
      }),
    );
  });

  test('that is cut or changed is an error of kind corrupt', () => {
    const frame = encodeFrame(at, [
      { slot: 1, layout: 'sample', point: samplePoint(at, 1.5) },
      { slot: 9, layout: 'sample', point: samplePoint(at, -7) },
    ]);
    const corrupt = expect.objectContaining({ kind: 'corrupt' });
    for (let length = 0; length < frame.length; length += 1) {
      expect(() => decodeFrame(frame.subarray(0, length))).toThrow(corrupt);
    }
    for (let bit = 0; bit < frame.length * 8; bit += 1) {
      const damaged = frame.slice();
      damaged[bit >> 3] = (damaged[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(() => decodeFrame(damaged)).toThrow(corrupt);
    }
  });

  test('has its place by the number of a series', () => {
    expect([0, 63, 64, 200].map((each) => [shardOf(each), slotOf(each)])).toEqual([
      [0, 0],
      [0, 63],
      [1, 0],
      [3, 8],
    ]);
  });
});
