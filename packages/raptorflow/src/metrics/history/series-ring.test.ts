import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { seededRandom, systemClock } from '../../kernel/index.ts';
import { percentileOf, Sketch } from '../sketch.ts';
import { HistogramIncrease } from './increase.ts';
import { LiveTable } from './live-table.ts';
import { samplePoint } from './point.ts';
import { SeriesRing } from './series-ring.ts';

const step = 10_000;
const slots = 20;
const ringOf = (kind: 'counter' | 'gauge' | 'histogram', lowest = 0): SeriesRing =>
  new SeriesRing({ tags: {}, kind, lowest }, step, slots);

describe('the ring of a live series', () => {
  test('sums up any window of any samples, with gaps, as the samples themselves say', () => {
    const sample = fc.record({
      gap: fc.integer({ min: 1, max: 30 }),
      value: fc.integer({ min: -50, max: 50 }),
    });
    fc.assert(
      fc.property(
        fc.array(sample, { minLength: 1, maxLength: 60 }),
        fc.nat(700_000),
        fc.nat(700_000),
        (samples, a, b) => {
          const ring = ringOf('gauge');
          const kept: { at: number; value: number }[] = [];
          let at = 1e12;
          for (const { gap, value } of samples) {
            at += gap * step;
            ring.put(samplePoint(at, value));
            kept.push({ at, value });
          }
          const [from, to] = [at - Math.max(a, b), at - Math.min(a, b)];
          const inside = kept
            .filter((one) => one.at > from && one.at <= to && one.at > at - slots * step)
            .map(({ value }) => value);
          const expected =
            inside.length === 0
              ? null
              : {
                  count: inside.length,
                  sum: inside.reduce((sum, value) => sum + value, 0),
                  min: Math.min(...inside),
                  max: Math.max(...inside),
                  first: inside[0],
                  last: inside.at(-1),
                };
          expect(ring.window(from, to)).toEqual(expected);
          const sorted = inside.toSorted((x, y) => x - y);
          const median = sorted[Math.ceil(sorted.length / 2) - 1];
          expect(ring.percentile(50, from, to)).toEqual(
            median === undefined ? null : { value: median, relativeError: 0, clipped: false },
          );
        },
      ),
    );
  });

  test('answers percentiles of histograms as one sketch of the window would, and extremes within the bound', () => {
    const random = seededRandom(3);
    const all = new Sketch(1e-3);
    const increase = new HistogramIncrease();
    const ring = ringOf('histogram', 1e-3);
    const byStep: number[][] = [];
    for (let index = 0; index < 50; index += 1) {
      const values = Array.from({ length: Math.floor(random.next() * 20) }, () =>
        random.next() < 0.1 ? 0 : Math.exp(random.next() * 12 - 4),
      );
      for (const value of values) all.record(value);
      byStep.push(values);
      ring.put(increase.next((index + 1) * step, all.value()));
    }
    for (const [from, to] of [
      [40, 50],
      [35, 36],
      [31, 45],
    ] as const) {
      const inside = byStep.slice(from, to).flat();
      const window = new Sketch(1e-3);
      for (const value of inside) window.record(value);
      const summary = ring.window(from * step, to * step);
      expect(summary?.count).toBe(inside.length);
      expect(summary?.sum).toBeCloseTo(
        inside.reduce((sum, value) => sum + value, 0),
        6,
      );
      expect(summary?.min).toBeLessThanOrEqual(Math.min(...inside));
      expect(summary?.max).toBeGreaterThanOrEqual(Math.max(...inside));
      for (const p of [10, 50, 90, 99]) {
        const [mine, theirs] = [ring.percentile(p, from * step, to * step), percentileOf(window.value(), p)];
        const error = Math.abs((mine?.value ?? 0) - (theirs?.value ?? 1));
        expect(error).toBeLessThanOrEqual((theirs?.value ?? 0) * 0.016);
        expect(mine?.relativeError).toBeLessThanOrEqual(1 / 129);
      }
      const top = ring.percentile(100, from * step, to * step);
      expect(Math.abs((top?.value ?? 0) - Math.max(...inside))).toBeLessThanOrEqual(
        Math.max(...inside) / 129 + 1e-9,
      );
    }
    expect(ring.percentile(50, 60 * step, 70 * step)).toBeNull();
  });

  test('answers ten thousand windows of five minutes in far less than the five milliseconds that alert rules have', () => {
    const rings = Array.from(
      { length: 100 },
      () => new SeriesRing({ tags: {}, kind: 'gauge', lowest: 0 }, step, 90),
    );
    for (let index = 1; index <= 200; index += 1)
      for (const ring of rings) ring.put(samplePoint(index * step, index));
    const times: number[] = [];
    let total = 0;
    for (let round = 0; round < 20; round += 1) {
      const begunAt = systemClock.monotonic();
      for (let rule = 0; rule < 100; rule += 1) {
        for (const ring of rings) total += ring.window(170 * step, 200 * step)?.count ?? 0;
      }
      times.push(systemClock.monotonic() - begunAt);
    }
    expect(total).toBe(20 * 100 * 100 * 30);
    // The fastest of many: the test shares its processors with others.
    expect(Math.min(...times)).toBeLessThan(5);
  });
});

describe('the live table', () => {
  test('selects by metric and tags, and changes its generation when series come or go', () => {
    const table = new LiveTable(60_000);
    const rings = ['a', 'b'].map(
      (user) => new SeriesRing({ tags: { user, route: '/' }, kind: 'counter', lowest: 0 }, step, slots),
    );
    for (const ring of rings) table.add('calls', ring);
    const before = table.generation;
    expect(table.select('calls', {})).toEqual(rings);
    expect(table.select('calls', { user: 'b', route: '/' })).toEqual(rings.slice(1));
    expect(table.select('calls', { user: 'c' })).toEqual([]);
    expect(table.select('others', {})).toEqual([]);
    table.prune((ring) => ring === rings[0]);
    expect(table.generation).toBeGreaterThan(before);
    expect(table.select('calls', {})).toEqual(rings.slice(0, 1));
  });

  test('has no percentiles of counters', () => {
    const ring = ringOf('counter');
    ring.put(samplePoint(step, 5));
    expect(ring.percentile(50, 0, step)).toBeNull();
  });
});
