import { expect, it } from 'vitest';

import { longestRunMs } from './cleanup.ts';

it('waits for a run as long as all its attempts can take, and at most a day', () => {
  const answerMs = 30_000;
  const run = { timeout_seconds: 300, retry_count: 3, retry_delay_seconds: 30 };
  expect(longestRunMs(run)).toBe((4 * 300 + 3 * 30) * 1_000 + answerMs);
  expect(longestRunMs({ ...run, retry_count: 0 })).toBe(300_000 + answerMs);
  expect(longestRunMs({ timeout_seconds: 86_400, retry_count: 20, retry_delay_seconds: 0 })).toBe(86_400_000);
});
