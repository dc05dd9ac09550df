import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { createFakeClock } from '../kernel/testing/index.ts';
import { defineInstrument } from './custom-kind.ts';
import { createMetrics } from './registry.ts';

const about = { unit: '1', description: 'Something.', category: 'business' } as const;
const fussy = defineInstrument({
  kind: 'fussy',
  observe: (state: string[] | undefined, input: string) => [...(state ?? []), input.toUpperCase()],
  merge: (a: string[], b: string[]) => [...a, ...b],
  encode: (state: string[]) => [...state],
  expose: (value: string[]) => {
    if (value.length > 2) throw new RangeError('too many');
    return [{ suffix: '', type: 'gauge', value: value.length }];
  },
});

test('no recording throws, whatever is handed over, and what was read stays a number', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(fc.anything(), fc.anything(), fc.anything())), async (calls) => {
      const metrics = createMetrics(
        { seriesPerMetricMax: 2, foldedTrackedMax: 2 },
        { clock: createFakeClock() },
      );
      const counter = metrics.counter({ name: 'counter', ...about });
      const gauge = metrics.gauge({ name: 'gauge', ...about });
      const timer = metrics.timer({ name: 'timer_ms', description: 'T.', category: 'system' });
      const rate = metrics.rate({ name: 'rate', ...about });
      const custom = metrics.custom(fussy, { name: 'custom', ...about });
      // Callers without types may pass anything.
      for (const [tags, value, details] of calls as [never, never, never][]) {
        counter.with(tags).add(value);
        gauge.with(tags).set(value);
        gauge.with(tags).add(value);
        gauge.with(tags).observe(value);
        timer.with(tags).record(value, details);
        rate.with(tags).mark(value);
        custom.with(tags).observe(value);
        metrics.recordMetric(tags, value, details);
        metrics.incrementCounter(tags, value, details);
        metrics.setGauge(tags, value, details);
        metrics.recordTimer(value, details, tags);
        timer.percentile(value);
      }
      const { metrics: all } = metrics.snapshot();
      for (const { series } of all.filter(({ kind }) => kind === 'counter' || kind === 'gauge')) {
        for (const { value } of series) expect(value).toBeTypeOf('number');
      }
      for (const format of ['prometheus', 'openmetrics'] as const) {
        expect(await metrics.expose(format)).not.toMatch(/undefined|\[object/);
      }
    }),
  );
});

test('a percentile of what is no number is undefined, even where that cannot become one', () => {
  const metrics = createMetrics();
  const histogram = metrics.histogram({ name: 'histogram', ...about });
  histogram.record(1);
  // Callers without types may pass anything.
  for (const p of [{ toString: [] }, Symbol('p'), '50', null, undefined, Number.NaN] as never[]) {
    expect(histogram.percentile(p)).toBeUndefined();
  }
});

test('a kind of one’s own that cannot be shown is left out, and that is counted', async () => {
  const metrics = createMetrics();
  const custom = metrics.custom(fussy, { name: 'custom', ...about });
  for (const input of ['a', 'b', 'c']) custom.observe(input);
  const text = await metrics.expose('prometheus');
  expect(text).not.toMatch(/^custom/m);
  expect(metrics.snapshot().valuesDropped).toBe(1);
});
