import { isRaptorFlowError, seededRandom } from 'raptorflow/kernel';
import { describe, expect, it } from 'vitest';
import { Growth } from './growth.ts';

/** Looks at these values one after the other: at which look growth was told, and at which it was taken back. */
function looked(
  values: readonly (number | undefined)[],
  growthMin = 10,
): { told: number[]; retracted: number[]; growth: Growth } {
  const growth = new Growth(8);
  let at = 0;
  growth.watch({ name: 'figure', unit: 'things', growthMin, read: () => values[at] });
  const told: number[] = [];
  const retracted: number[] = [];
  for (; at < values.length; at += 1) {
    const seen = growth.look(at);
    if (seen.found.length > 0) told.push(at);
    if (seen.retracted > 0) retracted.push(at);
  }
  return { told, retracted, growth };
}

const ramp = (count: number, step: number): number[] =>
  Array.from({ length: count }, (_, at) => 20 + at * step);

describe('growth', () => {
  it('is told once of a figure that rises at every look', () => {
    const { told, growth } = looked(ramp(20, 5));
    expect(told).toEqual([7]);
    expect(growth.list()).toMatchObject([
      { reason: 'growth', type: 'figure', severity: 'high', evidence: { from: 25, to: 115 } },
    ]);
    expect(growth.list()[0]?.description).toContain(
      'figure keeps growing: from 25 to 115 things over 20 looks',
    );
    expect(growth.list()[0]?.suggestedAction).toMatch(/^HIGH PRIORITY: /);
  });

  it('is told of a rise with noise on it', () => {
    const random = seededRandom(3);
    expect(looked(ramp(30, 5).map((value) => value + random.next() * 8)).told).toHaveLength(1);
  });

  it.each([
    ['stands still', Array.from({ length: 40 }, () => 100)],
    ['swings', Array.from({ length: 40 }, (_, at) => 100 + 50 * Math.sin(at))],
    ['saws', Array.from({ length: 40 }, (_, at) => 100 + (at % 5) * 40)],
    ['grows by too little', ramp(40, 0.2)],
    ['grows by a small share of what it is', ramp(40, 5).map((value) => value + 10_000)],
    [
      'is high once',
      [...Array.from({ length: 20 }, () => 100), 900, ...Array.from({ length: 20 }, () => 100)],
    ],
    ['has filled up before anybody was sure', [10, 40, 80, ...Array.from({ length: 30 }, () => 100)]],
  ])('is not told of a figure that %s', (_what, values) => {
    expect(looked(values).told).toEqual([]);
  });

  it('is not told of chance', () => {
    const random = seededRandom(5);
    let told = 0;
    for (let round = 0; round < 200; round += 1) {
      told += looked(Array.from({ length: 24 }, () => 100 + 60 * random.next())).told.length;
    }
    expect(told).toBe(0);
  });

  it('is taken back when the figure falls by half of what it grew', () => {
    const { told, retracted, growth } = looked([...ramp(10, 10), 100, 40, 30]);
    expect([told, retracted]).toEqual([[7], [11]]);
    expect(growth.open).toBe(0);
  });

  it('passes over looks at which there was nothing to see', () => {
    expect(looked(ramp(8, 10).flatMap((value) => [value, undefined])).told).toEqual([14]);
  });

  it('has one figure of a name, and watches it no more when it is told so', () => {
    const growth = new Growth(8);
    const figure = { name: 'x', unit: 'y', growthMin: 1, read: () => 1 };
    const stop = growth.watch(figure);
    try {
      growth.watch(figure);
      expect.unreachable();
    } catch (error) {
      expect(isRaptorFlowError(error, 'conflict')).toBe(true);
    }
    stop();
    expect(growth.has('x')).toBe(false);
    growth.watch(figure);
  });
});
