import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bucketOf, mergeHistogramValues, percentileOf, percentileRelativeError, Sketch } from './sketch.ts';

/** The nearest-rank percentile of the values themselves. */
function exactPercentile(values: readonly number[], p: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(1, Math.ceil((p / 100) * sorted.length)) - 1] ?? Number.NaN;
}

const inRange = fc.oneof(
  fc.constant(0),
  fc.double({ min: 1e-3, max: 4e6, noNaN: true }),
  fc.double({ min: 0.5, max: 2, noNaN: true }),
  fc.integer({ min: 1, max: 100_000 }),
);

describe('a sketch', () => {
  test('answers every percentile of any values in its range within the stated bound, which is below one percent', () => {
    expect(percentileRelativeError).toBeLessThanOrEqual(0.01);
    const percentiles = [0, 1, 25, 50, 75, 90, 95, 99, 99.9, 100];
    fc.assert(
      fc.property(fc.array(inRange, { minLength: 1, maxLength: 300 }), (values) => {
        const sketch = new Sketch(1e-3);
        for (const value of values) expect(sketch.record(value)).toBe(true);
        for (const p of percentiles) {
          const found = sketch.percentile(p);
          const exact = p === 0 ? Math.min(...values) : exactPercentile(values, p);
          expect(found?.clipped).toBe(false);
          expect(Math.abs((found?.value ?? Number.NaN) - exact)).toBeLessThanOrEqual(
            exact * (found?.relativeError ?? 0) * (1 + 1e-12),
          );
        }
      }),
    );
  });

  test('keeps count, minimum and maximum exact, and the sum as floating-point addition gives it', () => {
    const sketch = new Sketch(1e-3);
    for (const value of [3, 0, 12.5, 0.25]) sketch.record(value);
    expect(sketch.value()).toMatchObject({ count: 4, sum: 15.75, min: 0, max: 12.5, zeros: 1 });
  });

  test('merges to exactly what one sketch would have seen', () => {
    fc.assert(
      fc.property(
        fc.array(inRange, { maxLength: 100 }),
        fc.array(inRange, { minLength: 1, maxLength: 100 }),
        (left, right) => {
          const [a, b, both] = [new Sketch(1e-3), new Sketch(1e-3), new Sketch(1e-3)];
          for (const value of left) a.record(value);
          for (const value of right) b.record(value);
          for (const value of [...left, ...right]) both.record(value);
          const merged = mergeHistogramValues([a.value(), b.value()]);
          const expected = both.value();
          expect({ ...merged, sum: 0 }).toEqual({ ...expected, sum: 0 });
          expect(merged?.sum).toBeCloseTo(expected.sum, 3);
          for (const p of [1, 50, 99]) {
            expect(percentileOf(merged ?? expected, p)).toEqual(both.percentile(p));
          }
        },
      ),
    );
  });

  test('never holds more than 8 KB of buckets, and says so where a value lies outside its range', () => {
    const sketch = new Sketch(1e-3);
    for (let exponent = -30; exponent <= 60; exponent += 0.01) sketch.record(2 ** exponent);
    expect(sketch.bytes).toBeLessThanOrEqual(8_192);
    const { below, above, count, buckets } = sketch.value();
    const inside = buckets.reduce((sum, [, each]) => sum + each, 0);
    expect(below).toBeGreaterThan(0);
    expect(above).toBeGreaterThan(0);
    expect(below + above + inside).toBe(count);
    expect(sketch.percentile(1)).toMatchObject({ clipped: true, relativeError: Infinity });
    expect(sketch.percentile(99)).toMatchObject({ clipped: true });
    expect(sketch.percentile(100)).toEqual({ value: sketch.max, relativeError: 0, clipped: false });
  });

  test('refuses what is no finite number from zero upwards, and changes nothing then', () => {
    const sketch = new Sketch(1e-3);
    for (const bad of [Number.NaN, Infinity, -1]) expect(sketch.record(bad)).toBe(false);
    // @ts-expect-error callers without types may pass anything
    expect(sketch.record('5')).toBe(false);
    expect(sketch.value()).toMatchObject({ count: 0, sum: 0, min: 0, max: 0 });
    expect(sketch.percentile(50)).toBeUndefined();
    expect(mergeHistogramValues([])).toBeUndefined();
  });

  test('merges sketches of other ranges by what lies in its own, and copies that went through JSON like others', () => {
    const [wide, narrow] = [new Sketch(1e-3), new Sketch(1)];
    for (const value of [0.01, 0.5, 2, 5e6]) wide.record(value);
    narrow.record(3);
    narrow.merge(wide.value());
    expect(narrow.value()).toMatchObject({ count: 5, below: 2, above: 1, min: 0.01, max: 5e6 });
    const plain = JSON.parse(JSON.stringify(wide.value()));
    expect(mergeHistogramValues([plain, plain])).toEqual(mergeHistogramValues([wide.value(), wide.value()]));
    for (const p of [1, 50, 99]) expect(percentileOf(plain, p)).toEqual(percentileOf(wide.value(), p));
  });

  test('says how many values lie in or below a bucket, whether they are in its range or not', () => {
    const sketch = new Sketch(1);
    for (const value of [0, 0.5, 1, 2, 2, 1e10]) sketch.record(value);
    const counts = new Float64Array(5);
    sketch.countUpTo(Int32Array.from([0.1, 1, 2, 1e9, 1e11], bucketOf), counts);
    expect([...counts]).toEqual([1, 3, 5, 5, 6]);
    expect(new Sketch(1).value()).toMatchObject({ count: 0 });
  });

  test('counts on when a bucket outgrows 8 bits, and 16, by recording and by merging', () => {
    const [one, merged] = [new Sketch(1e-3), new Sketch(1e-3)];
    let sent = 0;
    for (const upTo of [200, 300, 65_000, 70_000]) {
      for (; sent < upTo; sent += 1) {
        one.record(7);
        one.record(1 + (sent % 50));
      }
      expect(one.value().buckets.reduce((sum, [, count]) => sum + count, 0)).toBe(2 * sent);
    }
    const small = new Sketch(1e-3);
    for (let time = 0; time < 250; time += 1) small.record(7);
    for (let time = 0; time < 300; time += 1) merged.merge(small.value());
    const [[, count] = []] = merged.value().buckets;
    expect(count).toBe(75_000);
    expect(merged.percentile(50)).toEqual(small.percentile(50));
  });

  test('counts on when a bucket has seen more values than 32 bits hold', () => {
    const nearlyFull = new Sketch(1e-3);
    nearlyFull.record(7);
    const value = nearlyFull.value();
    const bucket = value.buckets[0]?.[0] ?? -1;
    nearlyFull.merge({ ...value, count: 2 ** 32 - 2, sum: 0, buckets: [[bucket, 2 ** 32 - 2]] });
    nearlyFull.record(7);
    nearlyFull.record(7);
    expect(nearlyFull.bytes).toBeLessThanOrEqual(8_192);
    expect(nearlyFull.value()).toMatchObject({ count: 2 ** 32 + 1, buckets: [[bucket, 2 ** 32 + 1]] });
    expect(nearlyFull.percentile(50)?.value).toBeCloseTo(7, 0);
  });
});
