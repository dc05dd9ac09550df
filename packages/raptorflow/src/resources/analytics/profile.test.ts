import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { profileOf, type UsageFigures } from './profile.ts';
import { beginning, hourMs, hoursOf, seriesOf, type Generator } from './testing/generated.ts';

function figuresOf(generator: Generator, hours: number, kind: 'held' | 'used' = 'held'): UsageFigures {
  const { figures } = profileOf(seriesOf({ kind }), hoursOf(generator, hours));
  expect(figures.status).toBe('measured');
  return figures as UsageFigures;
}

describe('a usage profile', () => {
  test('has total, peak, average, variance, growth, efficiency and waste by their formulas', () => {
    // 24 hours: 10 at even hours, 20 at odd ones.
    const figures = figuresOf((hour) => (hour % 2 === 0 ? 10 : 20), 24);
    expect(figures).toMatchObject({ samples: 24, gaps: 0, total: 360, peak: 20, average: 15, variance: 25 });
    expect(figures.peakAt).toBe(beginning + 2 * hourMs);
    expect(figures.efficiency).toBeCloseTo(15 / 20 - 25 / 400, 12);
    expect(figures.waste).toBe(0.25);
    expect(figuresOf((hour) => 7 + 2 * hour, 24).growthPerHour).toBeCloseTo(2, 9);
  });

  test('adds up what is used, and counts unit-hours of what is held, whatever the step', () => {
    expect(figuresOf(() => 3, 24, 'used').total).toBe(72);
    const half = { ...hoursOf(() => 3, 24), stepMs: hourMs / 2 };
    expect(profileOf(seriesOf(), half).figures).toMatchObject({ total: 36 });
    expect(profileOf(seriesOf({ kind: 'used' }), half).figures).toMatchObject({ total: 72 });
  });

  test('of level usage is fully efficient, and of no usage, too', () => {
    expect(figuresOf(() => 8, 24)).toMatchObject({ efficiency: 1, waste: 0, growthPerHour: 0 });
    expect(figuresOf(() => 0, 24)).toMatchObject({ efficiency: 1, waste: 0 });
  });

  test('says how many samples are missing instead of summing up a few', () => {
    expect(
      profileOf(
        seriesOf(),
        hoursOf(() => 1, 7),
      ).figures,
    ).toEqual({
      status: 'not_enough_data',
      samples: 7,
      needed: 10,
      missing: 3,
    });
  });

  test('keeps its shares between 0 and 1 and its average between least and peak, whatever comes', () => {
    fc.assert(
      fc.property(
        fc.array(fc.option(fc.double({ min: 0, max: 1e9, noNaN: true }), { nil: Number.NaN }), {
          minLength: 40,
          maxLength: 80,
        }),
        (values) => {
          const { figures } = profileOf(
            seriesOf(),
            hoursOf((hour) => values[hour] ?? Number.NaN, values.length),
          );
          if (figures.status !== 'measured') return;
          expect(figures.efficiency).toBeGreaterThanOrEqual(0);
          expect(figures.efficiency).toBeLessThanOrEqual(1);
          expect(figures.waste).toBeGreaterThanOrEqual(0);
          expect(figures.waste).toBeLessThanOrEqual(1);
          expect(figures.average).toBeLessThanOrEqual(figures.peak * (1 + 1e-12));
          expect(figures.samples + figures.gaps).toBe(values.length);
        },
      ),
    );
  });
});
