import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Lifetimes } from './lifetimes.ts';

describe('lifetimes of a place', () => {
  it('have percentiles that are at most half an octave too high and never too low', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 2 ** 31 - 1 }), { minLength: 1, maxLength: 300 }),
        fc.constantFrom(0.5, 0.9, 0.99),
        (values, share) => {
          const lifetimes = new Lifetimes(2, 1);
          for (const value of values) lifetimes.learn(1, value);
          const exact = values.toSorted((a, b) => a - b)[Math.ceil(values.length * share) - 1] ?? 0;
          const found = lifetimes.percentileMs(1, share) ?? 0;
          expect(found).toBeGreaterThanOrEqual(exact);
          expect(found).toBeLessThanOrEqual(exact * 1.5 + 1);
        },
      ),
    );
  });

  it('are not moved by one that was kept for a day', () => {
    const lifetimes = new Lifetimes(20, 1);
    for (let count = 0; count < 200; count += 1) lifetimes.learn(1, 100);
    const before = lifetimes.limitMs(1);
    lifetimes.learn(1, 86_400_000);
    expect(lifetimes.limitMs(1)).toBe(before);
  });

  it('follow what changes, although thousands were seen before', () => {
    const lifetimes = new Lifetimes(20, 1);
    for (let count = 0; count < 100_000; count += 1) lifetimes.learn(1, 10);
    for (let count = 0; count < 200; count += 1) lifetimes.learn(1, 10_000);
    expect(lifetimes.percentileMs(1, 0.99)).toBeGreaterThan(10_000);
  });

  it('are asked for twice as much after each wrong verdict, and for less after right ones, within bounds', () => {
    const lifetimes = new Lifetimes(2, 1);
    lifetimes.learn(1, 100);
    lifetimes.learn(1, 100);
    const limit = lifetimes.limitMs(1) ?? 0;
    lifetimes.noteWrong(1);
    expect(lifetimes.limitMs(1)).toBe(2 * limit);
    for (let count = 0; count < 20; count += 1) lifetimes.noteWrong(1);
    expect(lifetimes.limitMs(1)).toBe(64 * limit);
    for (let count = 0; count < 20; count += 1) lifetimes.noteRight(1);
    expect(lifetimes.limitMs(1)).toBe(limit);
  });

  it('are trusted again after many releases', () => {
    const lifetimes = new Lifetimes(2, 1);
    for (let count = 0; count < 128; count += 1) lifetimes.learn(1, 100);
    const limit = lifetimes.limitMs(1) ?? 0;
    lifetimes.noteWrong(1);
    lifetimes.noteWrong(1);
    for (let count = 0; count < 128; count += 1) lifetimes.learn(1, 100);
    expect(lifetimes.limitMs(1)).toBe(2 * limit);
    for (let count = 0; count < 256; count += 1) lifetimes.learn(1, 100);
    expect(lifetimes.limitMs(1)).toBe(limit);
  });

  it('never make a limit lower than learnedAgeMsMin or higher than a day, and none before samplesMin', () => {
    const lifetimes = new Lifetimes(2, 60_000);
    lifetimes.learn(1, 1);
    expect(lifetimes.limitMs(1)).toBeUndefined();
    lifetimes.learn(1, 1);
    expect(lifetimes.limitMs(1)).toBe(60_000);
    for (let count = 0; count < 2; count += 1) lifetimes.learn(2, 86_000_000);
    expect(lifetimes.limitMs(2)).toBe(86_400_000);
  });

  it('of one place say nothing about another, however many there are', () => {
    const lifetimes = new Lifetimes(2, 1);
    lifetimes.reserve(1_000);
    for (let count = 0; count < 2; count += 1) lifetimes.learn(1_000, 50);
    lifetimes.reserve(5_000);
    expect([lifetimes.samples(999), lifetimes.samples(1_000), lifetimes.samples(5_000)]).toEqual([0, 2, 0]);
  });
});
