import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { FoldedWeights } from './folded-weights.ts';

const places = 8;
const stream = fc.array(fc.tuple(fc.integer({ min: 0, max: 40 }), fc.integer({ min: 1, max: 20 })), {
  maxLength: 500,
});

test('the true weight of a key always lies between what is stated, and heavy keys are always there', () => {
  fc.assert(
    fc.property(stream, (additions) => {
      const weights = new FoldedWeights<number>(places);
      const truth = new Map<string, number>();
      let total = 0;
      for (const [number, weight] of additions) {
        const key = `k${number}`;
        const proved = weights.add(key, number, weight);
        truth.set(key, (truth.get(key) ?? 0) + weight);
        total += weight;
        expect(proved).toBeLessThanOrEqual(truth.get(key) ?? 0);
      }
      expect(weights.all.length).toBeLessThanOrEqual(places);
      for (const { key, series, weight, errorMax } of weights.all) {
        expect(key).toBe(`k${series}`);
        const actual = truth.get(key) ?? 0;
        expect(actual).toBeLessThanOrEqual(weight);
        expect(actual).toBeGreaterThanOrEqual(weight - errorMax);
      }
      for (const [key, weight] of truth) {
        if (weight > total / places) expect(weights.get(key)).toBeDefined();
      }
      const shown = weights.heaviest(3).map(({ weight }) => weight);
      expect(shown).toEqual(shown.toSorted((a, b) => b - a));
    }),
  );
});

test('a removed key leaves the others in order', () => {
  fc.assert(
    fc.property(
      stream,
      fc.array(fc.integer({ min: 0, max: 40 }), { maxLength: 20 }),
      (additions, removals) => {
        const weights = new FoldedWeights<number>(places);
        for (const [number, weight] of additions) weights.add(`k${number}`, number, weight);
        for (const number of removals) {
          weights.remove(`k${number}`);
          expect(weights.get(`k${number}`)).toBeUndefined();
        }
        for (const entry of weights.all) {
          expect(weights.all[entry.place]).toBe(entry);
          const above = weights.all[(entry.place - 1) >> 1];
          if (entry.place > 0) expect(above?.weight).toBeLessThanOrEqual(entry.weight);
        }
      },
    ),
  );
});
