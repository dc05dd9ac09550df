import { describe, expect, it } from 'vitest';
import { recordedHistory } from './contract-suite/index.ts';
import { queryAll } from './past-columns.ts';
import { PresentReader } from './reader.ts';
import type { PastQuery, PastSource } from './source.ts';

const minuteMs = 60_000;

/** A source that keeps nothing finer than minutes, as histories do with what is older. */
function inMinutes(source: PastSource): PastSource & { readonly asked: PastQuery[] } {
  const asked: PastQuery[] = [];
  return {
    asked,
    query: (query) => {
      asked.push(query);
      return source.query({ ...query, step: Math.ceil(query.step / minuteMs) * minuteMs });
    },
  };
}

describe('a past in longer steps than one would have them', () => {
  it('answers everything, page by page and stretch by stretch', async () => {
    const history = recordedHistory();
    for (let series = 0; series < 250; series += 1) {
      for (let step = 1; step <= 3; step += 1)
        history.record('m', { s: String(series) }, step * 1_500_000, step);
    }
    const source = inMinutes(history);
    const query = {
      metric: 'm',
      tags: {},
      from: 0,
      to: 4_500_000,
      step: 1_000,
      aggregation: 'last',
    } as const;
    const found = await queryAll(source, query);
    expect(found).toHaveLength(250);
    expect(found.every(({ points }) => points.filter(({ value }) => value !== null).length === 3)).toBe(true);
    expect(source.asked.every(({ from, to, limit }) => to - from <= 1_000_000 && limit === 100)).toBe(true);
  });

  it.each([
    ['average', 20],
    ['max', 30],
    ['min', 10],
    ['last', 30],
    ['count', 18],
    ['sum', 360],
    ['rate', 2],
    ['p95', 30],
  ] as const)('still makes the %s of a window that memory does not hold', async (aggregation, value) => {
    const history = recordedHistory({ spanMs: 0, kindOf: () => 'counter' });
    // Three minutes of samples every ten seconds: ten, twenty, thirty; before them other values, which do not belong to it.
    for (let step = -17; step <= 0; step += 1) history.record('m', {}, step * 10_000, 99);
    for (let step = 1; step <= 18; step += 1)
      history.record('m', {}, step * 10_000, 10 * Math.ceil(step / 6));
    const reader = new PresentReader(history, inMinutes(history));
    const window = { metric: 'm', tags: {}, aggregation, windowMs: 180_000 };
    const [found] = await reader.read(window, 180_000);
    expect(found?.value).toBeCloseTo(value);
    // Between whole steps it is the window that ended with the last one.
    const [later] = await reader.read(window, 180_000 + 20_000);
    expect(later?.value).toBeCloseTo(value);
  });
});
