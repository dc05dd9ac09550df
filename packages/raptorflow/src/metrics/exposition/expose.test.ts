import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createFakeClock } from '../../kernel/testing/index.ts';
import { defineInstrument } from '../custom-kind.ts';
import { createMetrics, type Metrics } from '../registry.ts';
import { exposeSnapshot, joined } from './expose.ts';

const about = { unit: 'calls', category: 'performance' } as const;

function sample(): Metrics {
  const metrics = createMetrics({}, { clock: createFakeClock() });
  const calls = metrics.counter({ name: 'calls', description: 'Calls, "all"\\of them\n.', ...about });
  calls.with({ route: 'a"b\\c\nd', method: 'GET' }).add(3);
  metrics.gauge({ name: 'heap_bytes', description: 'Heap.', category: 'system', unit: 'bytes' }).set(1.5e21);
  const latency = metrics.histogram({
    name: 'latency_ms',
    description: 'Latency.',
    category: 'performance',
    unit: 'ms',
    bounds: [1, 4, 1_000],
  });
  const series = latency.with({ le: 'x' });
  for (const value of [0, 1, 2, 4, 900, 5_000]) series.record(value);
  series.record(3, { correlationId: 'req_"7"' });
  return metrics;
}

const histogramLines = [
  'latency_seconds_bucket{exported_le="x",le="0.001"} 2',
  'latency_seconds_bucket{exported_le="x",le="0.004"} 5',
  'latency_seconds_bucket{exported_le="x",le="1.0"} 6',
  'latency_seconds_bucket{exported_le="x",le="+Inf"} 7',
  'latency_seconds_sum{exported_le="x"} 5.91',
  'latency_seconds_count{exported_le="x"} 7',
];

describe('exposition', () => {
  test('is Prometheus text 0.0.4, to the byte', async () => {
    expect((await sample().expose('prometheus')).split('\n')).toEqual([
      '# HELP calls_total Calls, "all"\\\\of them\\n.',
      '# TYPE calls_total counter',
      'calls_total{method="GET",route="a\\"b\\\\c\\nd"} 3',
      '# HELP heap_bytes Heap.',
      '# TYPE heap_bytes gauge',
      'heap_bytes 1.5e+21',
      '# HELP latency_seconds Latency.',
      '# TYPE latency_seconds histogram',
      ...histogramLines,
      '# HELP raptorflow_metrics_series Series that the registry holds.',
      '# TYPE raptorflow_metrics_series gauge',
      'raptorflow_metrics_series 3',
      '# HELP raptorflow_metrics_values_dropped_total Recordings dropped because they were no valid numbers, by metric; without a metric, those that fitted none.',
      '# TYPE raptorflow_metrics_values_dropped_total counter',
      'raptorflow_metrics_values_dropped_total 0',
      '',
    ]);
  });

  test('is OpenMetrics 1.0 with units, exemplars and an end', async () => {
    const lines = (await sample().expose('openmetrics')).split('\n');
    expect(lines.slice(0, 3)).toEqual([
      '# HELP calls Calls, \\"all\\"\\\\of them\\n.',
      '# TYPE calls counter',
      'calls_total{method="GET",route="a\\"b\\\\c\\nd"} 3',
    ]);
    expect(lines).toContain('# UNIT heap_bytes bytes');
    const at = Date.UTC(2026, 0, 1) / 1_000;
    expect(lines.filter((line) => line.startsWith('latency'))).toEqual(
      histogramLines.map((line) =>
        line.includes('le="0.004"') ? `${line} # {correlation_id="req_\\"7\\""} 0.003 ${at}` : line,
      ),
    );
    expect(lines.slice(-2)).toEqual(['# EOF', '']);
  });

  test('shows a rate as a counter and a gauge of each window, and a kind of one’s own by its suffixes', async () => {
    const clock = createFakeClock();
    const metrics = createMetrics({}, { clock });
    metrics.rate({ name: 'logins', description: 'Logins.', ...about, windowsSeconds: [1, 10] }).mark(5);
    const span = defineInstrument({
      kind: 'span',
      observe: (state: number[] | undefined, input: number) => [...(state ?? []), input],
      merge: (a: number[], b: number[]) => [...a, ...b],
      encode: (state: number[]) => [...state],
      expose: (value: number[]) => [
        { suffix: 'low', type: 'gauge', value: Math.min(...value) },
        { suffix: 'seen', type: 'counter', unit: '1', value: value.length, tags: { how: 'all' } },
      ],
    });
    const custom = metrics.custom(span, {
      name: 'span_ms',
      description: 'Span.',
      category: 'user',
      unit: 'ms',
    });
    custom.with({ page: '/' }).observe(40);
    custom.with({ page: '/' }).observe(20);
    const text = await metrics.expose('prometheus');
    const lines = text
      .split('\n')
      .filter((line) => !line.startsWith('# HELP') && !line.includes('raptorflow'));
    expect(lines).toEqual([
      '# TYPE logins_total counter',
      'logins_total 5',
      '# TYPE logins_per_second gauge',
      'logins_per_second{window="1s"} 50',
      'logins_per_second{window="10s"} 50',
      '# TYPE span_low_seconds gauge',
      'span_low_seconds{page="/"} 0.02',
      '# TYPE span_seen_total counter',
      'span_seen_total{page="/",how="all"} 2',
      '',
    ]);
  });

  test('tells what was dropped and folded', async () => {
    const metrics = createMetrics({ seriesPerMetricMax: 1 });
    const calls = metrics.counter({ name: 'calls', description: 'Calls.', ...about });
    calls.with({ user: 'a' }).add(1);
    calls.with({ user: 'b' }).add(9);
    calls.with({ user: 'c' }).add(2);
    calls.add(Number.NaN);
    metrics.setGauge('calls', 1);
    const text = await metrics.expose('prometheus');
    for (const line of [
      'raptorflow_metrics_values_dropped_total 1',
      'raptorflow_metrics_values_dropped_total{metric="calls"} 1',
      'raptorflow_metrics_folded_total{metric="calls"} 3',
      'raptorflow_metrics_series_replaced_total{metric="calls"} 1',
    ]) {
      expect(text.split('\n')).toContain(line);
    }
  });

  test('says of a snapshot what it says of the registry, which is how merged processes are shown', async () => {
    const metrics = sample();
    const own = (text: string): string[] => text.split('\n').filter((line) => !line.includes('raptorflow'));
    for (const format of ['prometheus', 'openmetrics'] as const) {
      const text = await joined(exposeSnapshot(metrics.snapshot(), { format }));
      expect(own(text)).toEqual(own(await metrics.expose(format)));
    }
  });

  test('gives other work its turn between slices of whole lines', async () => {
    const metrics = createMetrics({ seriesPerMetricMax: 10_000 });
    const calls = metrics.histogram({ name: 'latency_ms', description: 'Ü.', category: 'user', unit: 'ms' });
    for (let user = 0; user < 3_000; user += 1) calls.with({ user: `ü${user}` }).record(user);
    let turns = 0;
    let running = true;
    const turn = (): void => {
      turns += 1;
      if (running) setImmediate(turn);
    };
    setImmediate(turn);
    const sizes: number[] = [];
    for await (const slice of metrics.exposeSlices('prometheus')) {
      sizes.push(slice.length);
      expect(slice.at(-1)).toBe('\n'.charCodeAt(0));
    }
    running = false;
    expect(Math.max(...sizes)).toBeLessThan(110_000);
    expect(turns).toBeGreaterThanOrEqual(sizes.length - 1);
    const text = await metrics.expose('prometheus');
    expect(Buffer.byteLength(text)).toBe(sizes.reduce((sum, size) => sum + size, 0));
    expect(text).toContain('latency_seconds_count{user="ü2999"} 1');
  });

  test('keeps the buckets of a histogram ascending, ending at its count, and true to the bound of the sketch', async () => {
    const values = fc.array(fc.oneof(fc.double({ min: 1e-9, max: 1e12, noNaN: true }), fc.nat(2_000)), {
      maxLength: 200,
    });
    await fc.assert(
      fc.asyncProperty(values, async (all) => {
        const metrics = createMetrics();
        const bounds = [0.0001, 0.5, 1, 3, 10, 100, 1_024, 1e5, 1e9];
        const sizes = metrics.histogram({ name: 'sizes', description: 'S.', ...about, bounds });
        sizes.percentile(50);
        for (const value of all) sizes.record(value);
        const text = await metrics.expose('prometheus');
        const counts = [...text.matchAll(/^sizes_bucket\{le="([^"]+)"\} (\d+)$/gm)].map((match) =>
          Number(match[2]),
        );
        expect(counts).toHaveLength(bounds.length + 1);
        expect(counts).toEqual(counts.toSorted((a, b) => a - b));
        expect(counts.at(-1)).toBe(all.length);
        for (const [index, bound] of bounds.entries()) {
          // Within the range of the sketch, 0.001 to 4 million.
          if (bound < 0.001 || bound > 4e6) continue;
          expect(counts[index]).toBeGreaterThanOrEqual(all.filter((value) => value <= bound).length);
          expect(counts[index]).toBeLessThanOrEqual(
            all.filter((value) => value < bound * (1 + 1 / 32)).length,
          );
        }
      }),
      { numRuns: 50 },
    );
  });
});
