import { expect, test } from 'vitest';
import type { Logger } from '../kernel/index.ts';
import { createFakeClock } from '../kernel/testing/index.ts';
import { createMetrics } from './registry.ts';

function listLogger(lines: [message: string, fields: unknown][]): Logger {
  const write = (message: string, fields?: unknown): void => void lines.push([message, fields]);
  const logger: Logger = { debug: write, info: write, warn: write, error: write, child: () => logger };
  return logger;
}

test('recording by name makes metrics of the kind that the call says and the unit that the name says', () => {
  const metrics = createMetrics();
  metrics.incrementCounter('jobs_done');
  metrics.incrementCounter('jobs_done', 4, { tags: { queue: 'a' } });
  metrics.setGauge('heap_bytes', 7);
  metrics.recordTimer('api.callTime', 12, { tags: { route: '/' }, metadata: { correlationId: 'req_1' } });
  metrics.recordTimer('step_seconds', 1_500);
  metrics.recordMetric('answerLength', 100);
  expect(metrics.snapshot().metrics).toMatchObject([
    { kind: 'histogram', definition: { name: 'answer_length', unit: '1' } },
    {
      kind: 'histogram',
      definition: { name: 'api_call_time', unit: 'ms' },
      series: [{ tags: { route: '/' }, exemplars: [{ correlationId: 'req_1', value: 12 }] }],
    },
    { kind: 'gauge', definition: { name: 'heap_bytes', unit: 'bytes' }, series: [{ value: 7 }] },
    {
      kind: 'counter',
      definition: { name: 'jobs_done' },
      series: [{ value: 1 }, { tags: { queue: 'a' }, value: 4 }],
    },
    { definition: { name: 'step_seconds', unit: 's' }, series: [{ value: { sum: 1.5 } }] },
  ]);
});

test('recordMetric does what the metric of that name does', () => {
  const metrics = createMetrics();
  const about = { unit: '1', description: 'Something.', category: 'business' } as const;
  metrics.counter({ name: 'a', ...about });
  metrics.gauge({ name: 'b', ...about });
  metrics.rate({ name: 'c', ...about });
  for (const name of ['a', 'b', 'c']) for (const value of [2, 3]) metrics.recordMetric(name, value);
  expect(metrics.snapshot().metrics).toMatchObject([
    { series: [{ value: 5 }] },
    { series: [{ value: 3 }] },
    { series: [{ value: { total: 5 } }] },
  ]);
});

test('recording by name never throws: what fits no metric is counted, and told of on demand', () => {
  const lines: [string, unknown][] = [];
  const metrics = createMetrics({ metricsMax: 2 }, { clock: createFakeClock(), logger: listLogger(lines) });
  metrics.setGauge('depth', 1);
  metrics.recordMetric('size_bytes', 1);
  metrics.incrementCounter('depth');
  metrics.setDebug(true);
  metrics.recordTimer('depth', 1);
  metrics.recordTimer('size_bytes', 1);
  metrics.setGauge('size_bytes', 1);
  metrics.recordMetric('one_too_many', 1);
  metrics.recordMetric('…', 1);
  // @ts-expect-error callers without types may pass anything
  metrics.recordMetric(undefined, 1);
  // @ts-expect-error callers without types may pass anything
  metrics.setGauge('depth', 'high');
  expect(metrics.snapshot()).toMatchObject({ valuesDropped: 8, metrics: [{ series: [{ value: 1 }] }, {}] });
  expect(lines).toContainEqual([
    'A recording was dropped.',
    { metric: 'size_bytes', reason: 'is a histogram of bytes' },
  ]);
  expect(lines).toContainEqual([
    'A value was dropped.',
    { metric: 'depth', value: 'high', reason: 'no valid number' },
  ]);
});

test('debugging tells of folds, replacements and slow callbacks, and not more than 20 times in a second', async () => {
  const lines: [string, unknown][] = [];
  const clock = createFakeClock();
  const metrics = createMetrics({ seriesPerMetricMax: 1 }, { clock, logger: listLogger(lines) });
  const about = { unit: '1', description: 'Something.', category: 'business' } as const;
  const calls = metrics.counter({ name: 'calls', ...about });
  calls.with({ user: 'a' }).add();
  calls.with({ user: 'b' }).add();
  expect(lines).toEqual([]);
  metrics.setDebug(true);
  calls.with({ user: 'c' }).add(50);
  expect(lines).toEqual([
    ['Tags were folded into other.', { metric: 'calls', tags: { user: 'c' } }],
    ['A heavier series took a place.', { metric: 'calls', tags: { user: 'c' }, replaced: { user: 'a' } }],
  ]);
  for (let time = 0; time < 100; time += 1) calls.add(Number.NaN);
  expect(lines).toHaveLength(20);
  await clock.advance(1_000);
  calls.add(Number.NaN);
  expect(lines[20]).toEqual(['Further lines were left out.', { lines: 82 }]);
  metrics.setDebug(false);
  calls.add(Number.NaN);
  expect(lines).toHaveLength(22);
});

test('debugging names a callback that is slow', () => {
  const lines: [string, unknown][] = [];
  const clock = createFakeClock();
  let nowMs = 0;
  const slow = { ...clock, monotonic: () => nowMs };
  const metrics = createMetrics({}, { clock: slow, logger: listLogger(lines) });
  metrics.setDebug(true);
  metrics.gauge({ name: 'depth', unit: '1', description: 'Depth.', category: 'system' }).observe(() => {
    nowMs += 25;
    return 1;
  });
  metrics.snapshot();
  expect(lines).toEqual([['A collector is slow.', { metric: 'depth', tags: {}, tookMs: 25 }]]);
});
