import { expect, test } from 'vitest';
import { runChild } from './child.ts';

/** What a run may hold more at its end than at its beginning; the bundle is 50 MB, and parsed several times that. */
const grownMbMax = 5;

test('a STIX bundle of 50 MB streams in flat memory', async () => {
  const child = runChild('pipeline-bundle.ts', ['50']);
  await child.ended;
  const report = JSON.parse(child.output()) as Record<string, number>;
  expect(report['ingested']).toBe(report['objects']);
  expect(report['ingested']).toBeGreaterThan(40_000);
  expect(report['tenths']).toBeGreaterThan(8);
  expect(report['grownMb']).toBeLessThan(grownMbMax);
});
