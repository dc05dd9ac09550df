import { expect, it } from 'vitest';
import { costWindowMs, OwnCost } from './own-cost.ts';

it('the own cost is percent of a core over a whole window, and no more than its thread has worked', () => {
  let thread = 0;
  const cost = new OwnCost(1, () => thread);
  cost.begin(0);
  expect(cost.percent).toBe(0);
  thread = 30;
  expect(cost.add(500, costWindowMs)).toBe('fair');
  expect([cost.percent, cost.totalMs]).toEqual([0.3, 30]);
});

it('a window is judged once, at its end', () => {
  let thread = 0;
  const cost = new OwnCost(1, () => thread);
  cost.begin(0);
  thread = 10_000;
  expect(cost.add(101, costWindowMs - 1)).toBeUndefined();
  expect(cost.add(0, costWindowMs)).toBe('too-dear');
  thread = 20_000;
  expect(cost.add(24, 2 * costWindowMs)).toBe('easy');
  thread = 30_000;
  expect(cost.add(100, 3 * costWindowMs)).toBe('fair');
  expect(cost.totalMs).toBe(225);
});
