import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { createFakeClock } from '../kernel/testing/index.ts';
import { createMetrics } from './registry.ts';
import { decodeSnapshot, encodeSnapshot } from './snapshot-codec.ts';

const about = { unit: '1', description: 'Something.', category: 'business' } as const;
const finite = fc.double({ noNaN: true, noDefaultInfinity: true });
const positive = fc.oneof(fc.constant(0), fc.double({ min: 0, max: 1e12, noNaN: true }));

test('a snapshot survives JSON bit by bit: numbers of any size, minus zero, sums that overflow, any text in tags', () => {
  fc.assert(
    fc.property(
      fc.array(finite),
      fc.array(positive),
      fc.string({ minLength: 1, unit: 'binary' }),
      (numbers, amounts, text) => {
        const metrics = createMetrics({ seriesPerMetricMax: 4 }, { clock: createFakeClock() });
        const gauge = metrics.gauge({ name: 'gauge', ...about, merge: 'last' });
        const counter = metrics.counter({ name: 'counter', ...about, aggregations: ['sum'] });
        const histogram = metrics.histogram({ name: 'histogram', ...about, lowest: 0.5, bounds: [1, 2] });
        const rate = metrics.rate({ name: 'rate', ...about, windowsSeconds: [5] });
        for (const [index, number] of numbers.entries()) gauge.with({ index: `${index}` }).set(number);
        for (const [index, amount] of amounts.entries()) {
          counter.with({ [`t${index % 6}`]: text }).add(amount);
          histogram.with({ text }).record(amount, { correlationId: text });
          histogram.with({ text }).record(amount);
          rate.mark(amount);
        }
        counter.add(1.7e308);
        counter.add(1.7e308);
        counter.add(Number.NaN);
        const snapshot = metrics.snapshot();
        const passed = decodeSnapshot(JSON.parse(JSON.stringify(encodeSnapshot(snapshot))));
        expect(passed).toEqual(snapshot);
      },
    ),
  );
});

test('the encoded form is a fraction of the snapshot', () => {
  const metrics = createMetrics();
  const latency = metrics.histogram({ name: 'latency_ms', ...about, unit: 'ms' });
  for (let value = 1; value <= 1_000; value += 1) latency.record(value);
  const snapshot = metrics.snapshot();
  expect(JSON.stringify(encodeSnapshot(snapshot)).length).toBeLessThan(0.6 * JSON.stringify(snapshot).length);
});

test('anything else is refused, and never half taken', () => {
  const metrics = createMetrics();
  metrics.histogram({ name: 'latency_ms', ...about, unit: 'ms' }).record(5);
  const encoded = JSON.stringify(encodeSnapshot(metrics.snapshot()));
  const broken = [
    undefined,
    7,
    {},
    { ...JSON.parse(encoded), v: 2 },
    { ...JSON.parse(encoded), more: 1 },
    JSON.parse(encoded.replace('"latency_ms"', '"Latency"')),
    JSON.parse(encoded.replace('"histogram"', '"counter"')),
    JSON.parse(encoded.replace('"lowest', '"slowest')),
    JSON.parse(encoded.replace(/\[(\d+),1\]/, '[$1]')),
    JSON.parse(encoded.replace(/\[(\d+),1\]/, '[$1,-1]')),
  ];
  for (const each of broken.filter((each) => JSON.stringify(each) !== encoded)) {
    expect(() => decodeSnapshot(each)).toThrow(expect.objectContaining({ code: 'malformed_input' }));
  }
  expect(decodeSnapshot(JSON.parse(encoded))).toBeDefined();
});
