import type { PastQuery } from 'raptorflow/alerts';
import { expect, it } from 'vitest';
import { laggingPast } from './past.ts';

it('a past that lags answers a moment by what was before it', async () => {
  const asked: Pick<PastQuery, 'from' | 'to'>[] = [];
  const past = laggingPast(
    {
      async query({ from, to }) {
        asked.push({ from, to });
        return { total: 1, series: [{ tags: {}, points: [{ at: to, value: 3, relativeError: null }] }] };
      },
    },
    15_000,
  );
  const question = { metric: 'm', tags: {}, step: 10_000, aggregation: 'sum', limit: 1, offset: 0 } as const;
  expect(await past.query({ ...question, from: 100_000, to: 110_000 })).toEqual({
    total: 1,
    series: [{ tags: {}, points: [{ at: 110_000, value: 3, relativeError: null }] }],
  });
  expect(asked).toEqual([{ from: 85_000, to: 95_000 }]);
});
