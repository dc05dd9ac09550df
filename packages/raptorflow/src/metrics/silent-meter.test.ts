import { expect, test } from 'vitest';
import { defineInstrument } from './custom-kind.ts';
import { silentMeter } from './silent-meter.ts';

const about = { name: 'x', unit: 'calls', description: 'Calls.', category: 'performance' } as const;

test('the silent meter takes every call, keeps nothing, and still runs what a timer measures', () => {
  silentMeter.counter(about).with({ a: 'b' }).add(3);
  silentMeter.gauge(about).with({}).set(3);
  silentMeter.gauge(about).observe(() => 1)();
  const histogram = silentMeter.histogram(about);
  histogram.with({}).record(3);
  expect(histogram.percentile(50)).toBeUndefined();
  const timer = silentMeter.timer({ name: 'x', description: 'Calls.', category: 'performance' });
  expect(timer.with({}).using(() => 7)).toBe(7);
  expect(timer.start().stop()).toBe(0);
  const rate = silentMeter.rate(about);
  rate.with({}).mark();
  expect(rate.perSecond(10)).toBeUndefined();
  const kind = defineInstrument({
    kind: 'last_text',
    observe: (_: string | undefined, input: string) => input,
    merge: (a: string, b: string) => (a > b ? a : b),
    encode: (state: string) => state,
    expose: () => [],
  });
  silentMeter.custom(kind, about).with({}).observe('x');
});
