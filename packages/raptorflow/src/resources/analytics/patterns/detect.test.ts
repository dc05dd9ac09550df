import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  beginning,
  hourMs,
  hoursOf,
  patternedSeries,
  quietSeries,
  seriesOf,
  stepAt,
  type Generator,
} from '../testing/generated.ts';
import { detectPatterns, type Detection } from './detect.ts';
import type { PatternEvidence, PatternKind } from './pattern.ts';

const dayMs = 24 * hourMs;
const options = { confidence: 0.99, seasonsMs: [dayMs, 7 * dayMs] };
const twoWeeks = 14 * 24;
const seeds = Array.from({ length: 40 }, (_, index) => index + 1);

function look(generator: Generator, hours = twoWeeks, gapShare = 0, seed = 1): Detection {
  return detectPatterns(seriesOf(), hoursOf(generator, hours, gapShare, seed), options);
}

const kindsOf = ({ patterns }: Detection): PatternKind[] => patterns.map(({ evidence }) => evidence.kind);

function evidenceOf<Kind extends PatternKind>(
  detection: Detection,
  kind: Kind,
): Extract<PatternEvidence, { kind: Kind }> {
  const found = detection.patterns.find(({ evidence }) => evidence.kind === kind);
  expect(found).toBeDefined();
  return found?.evidence as Extract<PatternEvidence, { kind: Kind }>;
}

describe('patterns in two weeks by the hour', () => {
  test.for([0, 0.1])(
    'are not found where there are none, more often than the confidence allows (gaps: %f)',
    async (gapShare, { annotate }) => {
      const alarms: string[] = [];
      for (const [name, make] of Object.entries(quietSeries)) {
        for (const seed of seeds) {
          for (const kind of kindsOf(look(make(seed), twoWeeks, gapShare, seed))) {
            alarms.push(`${name} ${seed}: ${kind}`);
          }
        }
      }
      const looked = Object.keys(quietSeries).length * seeds.length;
      await annotate(`${alarms.length} false alarms in ${looked} series without a pattern`);
      expect(alarms.length / looked, alarms.join('; ')).toBeLessThanOrEqual(0.01);
    },
  );

  test.for([0, 0.1])(
    'are found where they are, with precision and recall of at least 0.95 for every kind (gaps: %f)',
    async (gapShare, { annotate }) => {
      const counts = new Map<PatternKind, { true: number; false: number; missed: number }>();
      const countOf = (kind: PatternKind): { true: number; false: number; missed: number } => {
        const count = counts.get(kind) ?? { true: 0, false: 0, missed: 0 };
        counts.set(kind, count);
        return count;
      };
      for (const { kind, make } of Object.values(patternedSeries)) {
        for (const seed of seeds) {
          const found = kindsOf(look(make(seed), twoWeeks, gapShare, seed));
          if (!found.includes(kind)) countOf(kind).missed += 1;
          for (const each of found) countOf(each)[each === kind ? 'true' : 'false'] += 1;
        }
      }
      expect([...counts.keys()].sort()).toEqual([
        'gradual_growth',
        'leak',
        'periodic_spikes',
        'step_change',
        'underutilization',
      ]);
      for (const [kind, count] of counts) {
        const precision = count.true / (count.true + count.false);
        const recall = count.true / (count.true + count.missed);
        await annotate(`${kind}: precision ${precision.toFixed(3)}, recall ${recall.toFixed(3)}`);
        expect(precision, kind).toBeGreaterThanOrEqual(0.95);
        expect(recall, kind).toBeGreaterThanOrEqual(0.95);
      }
    },
  );
});

describe('a level that wanders', () => {
  test('is growth in at most one of a hundred series, although every stretch of it has a slope', () => {
    const wandering = quietSeries['a level that wanders'] ?? (() => () => 0);
    const found = Array.from({ length: 300 }, (_, seed) => kindsOf(look(wandering(seed + 1)))).flat();
    expect(found.length).toBeLessThanOrEqual(3);
  });
});

describe('what a pattern says', () => {
  test('growth: its rate with an interval that holds the true one, the season and the window', () => {
    let held = 0;
    for (const seed of seeds) {
      const detection = look(patternedSeries['a rise over days']?.make(seed) ?? (() => 0));
      const growth = evidenceOf(detection, 'gradual_growth');
      if (growth.growthPerHourLow <= 0.2 && growth.growthPerHourHigh >= 0.2) held += 1;
      expect(growth.growthPerHour).toBeCloseTo(0.2, 1);
      expect(detection.patterns[0]).toMatchObject({
        resourceType: 'file_handle',
        windowFrom: beginning,
        windowTo: beginning + 14 * dayMs,
        samples: twoWeeks,
        seasonMs: dayMs,
      });
      expect(detection.patterns[0]?.confidence).toBeGreaterThan(0.99);
    }
    expect(held / seeds.length).toBeGreaterThanOrEqual(0.9);
  });

  test('leak: how fast it grows between restarts, how many there were, and what came together since', () => {
    let open = 0;
    const detection = look((hour) => (open = hour % 100 === 99 ? 0 : open + 3));
    const leak = evidenceOf(detection, 'leak');
    expect(leak.resets).toBe(3);
    expect(leak.growthPerHour).toBeCloseTo(3, 0);
    expect(leak.risingShare).toBeGreaterThan(0.98);
    expect(leak.accumulated).toBe(3 * (twoWeeks - 300));
  });

  test('spikes: the period, also one that is no whole number of steps, the height, and when the next one comes', () => {
    for (const [period, seed] of [
      [6, 0],
      [8, 1],
      [24, 3],
      [24.5, 4],
    ] as const) {
      const detection = look(patternedSeries['spikes']?.make(seed) ?? (() => 0));
      const spikes = evidenceOf(detection, 'periodic_spikes');
      expect(spikes.periodMs / hourMs).toBeCloseTo(period, 0);
      expect(Math.abs(spikes.height - 60)).toBeLessThan(10);
      expect(spikes.durationMs).toBe(hourMs);
      expect(spikes.nextAt).toBeGreaterThanOrEqual(beginning + 14 * dayMs);
      expect(spikes.nextAt).toBeLessThanOrEqual(beginning + 14 * dayMs + spikes.periodMs);
    }
  });

  test('step change: the moment and both levels', () => {
    const errors = seeds.map((seed) => {
      const step = evidenceOf(look(patternedSeries['a new level']?.make(seed) ?? (() => 0)), 'step_change');
      expect(Math.abs(step.before - 100)).toBeLessThan(3);
      expect(Math.abs(step.after - 125)).toBeLessThan(3);
      return Math.abs((step.at - beginning) / hourMs - 1 - stepAt(seed));
    });
    expect(errors.sort((a, b) => a - b)[Math.floor(seeds.length / 2)]).toBe(0);
  });

  test('under-use: against the capacity where there is one, and never of what is used up', () => {
    const window = hoursOf((hour) => 10 + 5 * Math.sin(hour / 4), twoWeeks);
    const of = (series: Parameters<typeof seriesOf>[0]): Detection =>
      detectPatterns(seriesOf(series), window, options);
    expect(evidenceOf(of({ capacity: 100 }), 'underutilization')).toMatchObject({
      against: 'capacity',
      of: 100,
    });
    expect(kindsOf(of({ capacity: 40 }))).toEqual([]);
    expect(kindsOf(of({ capacity: 100, kind: 'used' }))).toEqual([]);
    expect(kindsOf(of({}))).toEqual([]);
  });
});

describe('too little data', () => {
  test('is said with the number of missing samples, for each pattern, and nothing is guessed', () => {
    const { patterns, undecided } = look((hour) => 5 * hour, 30);
    expect(patterns).toEqual([]);
    expect(undecided.map(({ pattern, needed, missing }) => [pattern, needed, missing])).toEqual([
      ['gradual_growth', 48, 18],
      ['step_change', 48, 18],
      ['leak', 48, 18],
    ]);
    expect(look((hour) => 5 * hour, 3).undecided).toHaveLength(5);
    expect(look(() => 5, 0).undecided).toHaveLength(5);
  });

  test('is what one day is for growth, and not where the usage has no season', () => {
    const window = hoursOf((hour) => 100 + 2 * hour, 60);
    const withSeason = detectPatterns(seriesOf(), window, { confidence: 0.99, seasonsMs: [7 * dayMs] });
    expect(withSeason.undecided.map(({ pattern }) => pattern)).toContain('leak');
    const without = detectPatterns(seriesOf(), window, { confidence: 0.99, seasonsMs: [] });
    expect(kindsOf(without)).toEqual(['leak']);
  });

  test('is what a window full of gaps is', () => {
    const { patterns, undecided } = look(
      patternedSeries['a rise in noise']?.make(1) ?? (() => 0),
      twoWeeks,
      0.9,
    );
    expect(patterns).toEqual([]);
    expect(undecided.length).toBeGreaterThan(0);
  });
});

describe('whatever the values are', () => {
  const wild = fc.array(
    fc.oneof(
      fc.constant(Number.NaN),
      fc.constantFrom(0, 1, -1, 1e15, 1e-15),
      fc.double({ min: -1e12, max: 1e12, noNaN: true }),
    ),
    { maxLength: 150 },
  );

  test('every pattern has a confidence that was asked for and a window of its own, and each kind is decided or not', () => {
    fc.assert(
      fc.property(wild, (values) => {
        const { patterns, undecided } = look((hour) => values[hour] ?? Number.NaN, values.length);
        for (const { confidence, evidence, windowTo } of patterns) {
          expect(confidence).toBeGreaterThanOrEqual(0.99);
          expect(confidence).toBeLessThan(1);
          expect(windowTo).toBe(beginning + values.length * hourMs);
          for (const figure of Object.values(evidence)) {
            expect(typeof figure === 'string' || Number.isFinite(figure)).toBe(true);
          }
        }
        const open = new Set(undecided.map(({ pattern }) => pattern));
        for (const { evidence } of patterns) expect(open.has(evidence.kind)).toBe(false);
      }),
      { numRuns: 300 },
    );
  });

  test('the unit does not matter: a thousand times as much shows the same', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...Object.keys(patternedSeries)),
        fc.integer({ min: 1, max: 500 }),
        (name, seed) => {
          const make = (): Generator => patternedSeries[name]?.make(seed) ?? (() => 0);
          const [one, other] = [make(), make()];
          expect(kindsOf(look((hour) => 1_024 * other(hour)))).toEqual(kindsOf(look(one)));
        },
      ),
      { numRuns: 40 },
    );
  });
});
