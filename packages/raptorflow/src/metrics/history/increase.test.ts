import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { mergeHistogramValues, Sketch } from '../sketch.ts';
import { Accumulator, roundedDifference } from './accumulator.ts';
import {
  bucketAbove,
  bucketBelow,
  bucketOf,
  boundAbove,
  boundBelow,
  estimateOf,
  keyOf,
  lowerEdge,
} from './buckets.ts';
import { CounterIncrease, HistogramIncrease } from './increase.ts';

const values = fc.array(
  fc.oneof(
    fc.constant(0),
    fc.double({ min: 1e-6, max: 1e9, noNaN: true }),
    fc.integer({ min: 1, max: 1_000 }),
  ),
  { maxLength: 30 },
);

describe('buckets', () => {
  test('are those of the sketch that the registry records into', () => {
    fc.assert(
      fc.property(fc.double({ min: 1e-3, max: 4e6, noNaN: true }), (value) => {
        const sketch = new Sketch(1e-3);
        sketch.record(value);
        expect(sketch.value().buckets).toEqual([[bucketOf(value), 1]]);
      }),
    );
  });

  test('answer for every double that is not too small within the bound, and ascend with the values', () => {
    const number = fc
      .double({ noNaN: true, noDefaultInfinity: true })
      .filter((value) => Math.abs(value) > 1e-300 && Math.abs(value) < 1e300);
    fc.assert(
      fc.property(number, number, (a, b) => {
        expect(Math.abs(estimateOf(keyOf(a)) - a)).toBeLessThanOrEqual((Math.abs(a) / 129) * (1 + 1e-12));
        if (a < b) expect(keyOf(a)).toBeLessThanOrEqual(keyOf(b));
      }),
    );
  });

  test('are found again from their bounds, and not from the values in them', () => {
    fc.assert(
      fc.property(fc.double({ min: 1e-9, max: 1e9, noNaN: true }), (value) => {
        const bucket = bucketOf(value);
        expect(bucketAbove(boundBelow(bucket))).toBe(bucket);
        expect(bucketBelow(boundAbove(bucket))).toBe(bucket);
        expect(boundBelow(bucket)).toBeLessThan(lowerEdge(bucket));
        expect(boundAbove(bucket)).toBeGreaterThan(value);
      }),
    );
    for (const value of [1, 100, 0.5, 12.34]) {
      expect([bucketAbove(value), bucketBelow(value)]).toEqual([undefined, undefined]);
    }
  });
});

describe('increases', () => {
  test('of a histogram, put together again, are the histogram: whatever it was given and whenever it began anew', () => {
    const steps = fc.array(fc.record({ values, isAnew: fc.boolean() }), { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(steps, (all) => {
        const increase = new HistogramIncrease();
        const sum = new Accumulator();
        const truth: ReturnType<Sketch['value']>[] = [];
        let sketch = new Sketch(1e-3);
        for (const [index, { values: given, isAnew }] of all.entries()) {
          // Beginning anew with more than before could not be told from going on: then nothing has shrunk.
          if (isAnew && given.length < sketch.count) {
            truth.push(sketch.value());
            sketch = new Sketch(1e-3);
          }
          const before = sketch.count;
          for (const value of given) sketch.record(value);
          const point = increase.next(index, sketch.value());
          expect(point.count).toBe(sketch.count - before);
          if (given.length > 0) {
            expect(point.min).toBeLessThanOrEqual(Math.min(...given));
            expect(point.max).toBeGreaterThanOrEqual(Math.max(...given));
          }
          sum.add(point, true);
        }
        truth.push(sketch.value());
        const merged = mergeHistogramValues(truth);
        const found = sum.point(0, true).sketch;
        expect(Array.from(found?.keys ?? [], (key, index) => [key, found?.counts[index]])).toEqual(
          merged?.buckets,
        );
        expect(found).toMatchObject({ zeros: merged?.zeros, below: merged?.below, above: merged?.above });
        expect(Math.abs(sum.sum - (merged?.sum ?? 0))).toBeLessThanOrEqual((merged?.sum ?? 0) * 1e-9);
      }),
    );
  });

  test('of a counter are never negative, and have no digits that its total cannot hold', () => {
    const counter = new CounterIncrease();
    expect([0.1, 0.3, 0.6, 0.2].map((value) => counter.next(0, value).sum)).toEqual([0.1, 0.2, 0.3, 0.2]);
    expect(roundedDifference(1_000_000.3, 1_000_000.1)).toBe(0.2);
    expect(roundedDifference(2 ** 52, 1)).toBe(2 ** 52 - 1);
  });
});

describe('an accumulator', () => {
  test('is exact for few samples, and within the bound for many, negative ones included', () => {
    const many = fc.array(fc.integer({ min: -1_000, max: 1_000 }), { minLength: 1, maxLength: 600 });
    fc.assert(
      fc.property(many, fc.integer({ min: 0, max: 100 }), (samples, p) => {
        const all = new Accumulator();
        for (const [at, value] of samples.entries()) {
          all.add({ at, count: 1, sum: value, min: value, max: value, last: value, sketch: null }, true);
        }
        const sorted = samples.toSorted((a, b) => a - b);
        const exact = sorted[Math.max(1, Math.ceil((p / 100) * sorted.length)) - 1] ?? Number.NaN;
        const found = all.percentile(p, 0);
        expect(Math.abs((found?.value ?? Number.NaN) - exact)).toBeLessThanOrEqual(
          Math.abs(exact) * (found?.relativeError ?? 0) * (1 + 1e-9),
        );
        if (samples.length <= 256) expect(found?.relativeError).toBe(0);
      }),
    );
  });

  test('marks what lies outside of a histogram’s range as clipped', () => {
    const sketch = new Sketch(1);
    for (const value of [0.001, 0.002, 5, 1e12, 2e12]) sketch.record(value);
    const all = new Accumulator();
    all.add(new HistogramIncrease().next(0, sketch.value()), true);
    expect(all.percentile(10, 1)).toMatchObject({ clipped: true, relativeError: Infinity });
    expect(all.percentile(50, 1)).toMatchObject({ clipped: false });
    expect(all.percentile(90, 1)).toMatchObject({ clipped: true });
  });
});
