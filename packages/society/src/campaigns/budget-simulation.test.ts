import { array, assert, double, integer, property } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { seedOf, simulateBudget, wholeDollars } from './budget-simulation.ts';
import { channelAssumptions } from './channel-assumptions.ts';
import { platformIds } from '../guardians/index.ts';

const options = {
  budgetUsd: 4_000,
  channels: ['linkedin', 'x', 'email', 'blog'],
  weeks: 6,
  seed: 7,
} as const;

describe('the simulated budget', () => {
  it('assumes something about every channel', () => {
    expect(channelAssumptions.map((assumption) => assumption.channel).toSorted()).toEqual(
      [...platformIds].toSorted(),
    );
  });

  it('splits whole dollars that add up to the budget, and caps every channel', () => {
    const plan = simulateBudget({ ...options, runs: undefined });
    expect(plan?.lines.reduce((sum, line) => sum + line.usd, 0)).toBe(4_000);
    for (const line of plan?.lines ?? []) expect(line.usd).toBeLessThanOrEqual(1_601);
    expect(plan?.runs).toBe(10_000);
  });

  it('gives the same plan for the same seed and another for another', () => {
    expect(simulateBudget(options)).toEqual(simulateBudget(options));
    expect(simulateBudget({ ...options, seed: 8 })?.responses).not.toEqual(
      simulateBudget(options)?.responses,
    );
  });

  it('orders its quantiles and does at least as well as equal parts in most campaigns', () => {
    const plan = simulateBudget(options);
    expect(plan?.responses.p10).toBeLessThan(plan?.responses.p50 ?? 0);
    expect(plan?.responses.p50).toBeLessThan(plan?.responses.p90 ?? 0);
    expect(plan?.atLeastEqualSplit).toBeGreaterThan(0.5);
  });

  it('converges: twice the runs move the median by less than five per cent', () => {
    const once = simulateBudget({ ...options, runs: 5_000 })?.responses.p50 ?? 0;
    const twice = simulateBudget({ ...options, runs: 10_000 })?.responses.p50 ?? 0;
    expect(Math.abs(twice - once) / once).toBeLessThan(0.05);
  });

  it('spends everything on a single channel, and nothing without money or channels', () => {
    expect(simulateBudget({ ...options, channels: ['email'] })?.lines).toMatchObject([
      { channel: 'email', usd: 4_000, share: 1 },
    ]);
    expect(simulateBudget({ ...options, budgetUsd: 0 })).toBeUndefined();
    expect(simulateBudget({ ...options, channels: [] })).toBeUndefined();
  });

  it('brings more with more money, but never in proportion', () => {
    const small = simulateBudget({ ...options, budgetUsd: 1_000, runs: 2_000 })?.responses.p50 ?? 0;
    const large = simulateBudget({ ...options, budgetUsd: 100_000, runs: 2_000 })?.responses.p50 ?? 0;
    expect(large).toBeGreaterThan(small);
    expect(large).toBeLessThan(small * 100);
  });

  it('rounds to whole dollars without losing one', () => {
    assert(
      property(
        array(double({ min: 0, max: 1_000, noNaN: true }), { minLength: 1, maxLength: 13 }),
        (amounts) => {
          const total = Math.round(amounts.reduce((sum, amount) => sum + amount, 0));
          const whole = wholeDollars(amounts, total);
          expect(whole.reduce((sum, usd) => sum + usd, 0)).toBe(total);
          for (const [index, usd] of whole.entries())
            expect(Math.abs(usd - (amounts[index] ?? 0))).toBeLessThanOrEqual(1);
        },
      ),
    );
  });

  it('makes seeds that fit in 32 bits', () => {
    assert(
      property(integer({ min: 0, max: 1_000_000 }), (value) => {
        const seed = seedOf(String(value));
        expect(Number.isInteger(seed) && seed >= 0 && seed < 2 ** 32).toBe(true);
      }),
    );
  });
});
