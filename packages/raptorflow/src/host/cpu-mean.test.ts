import { expect, it } from 'vitest';
import { CpuMean } from './cpu-mean.ts';

it('the mean of the processors is over five seconds, each sample by the time that it is about', () => {
  const mean = new CpuMean();
  expect(mean.add(40, 200)).toBe(40);
  expect(mean.add(100, 400)).toBe(80);
  for (let sample = 0; sample < 25; sample += 1) mean.add(0, 200);
  expect(mean.add(50, 1_000)).toBeCloseTo(10, 9);
  expect(mean.add(70, 60_000)).toBeCloseTo(70, 9);
});

it('the mean keeps no more samples than fit, however often they come', () => {
  const mean = new CpuMean();
  for (let sample = 0; sample < 1_000; sample += 1) mean.add(sample < 900 ? 100 : 0, 1);
  expect(mean.add(0, 1)).toBeCloseTo(0, 6);
});
