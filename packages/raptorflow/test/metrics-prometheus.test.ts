import { startPrometheus, type PrometheusServer } from '@raptorflow/rig';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { systemClock } from '../src/kernel/index.ts';
import {
  createMetrics,
  defineInstrument,
  exposeSnapshot,
  mergeSnapshots,
  negotiateExposition,
  type Metrics,
} from '../src/metrics/index.ts';

const about = { unit: '1', description: 'It\'s "something"\\of\nours.', category: 'business' } as const;
const highest = defineInstrument({
  kind: 'highest',
  observe: (state: number | undefined, input: number) => Math.max(state ?? input, input),
  merge: (a: number, b: number) => Math.max(a, b),
  encode: (state: number) => state,
  expose: (value: number) => [
    { suffix: '', type: 'gauge', value },
    { suffix: 'seen', type: 'counter', unit: '1', value: 1 },
  ],
});

/** Every kind of metric, with all that makes names and labels hard. */
function filled(): Metrics {
  const metrics = createMetrics({ seriesPerMetricMax: 100, seriesMax: 1_000 });
  const calls = metrics.counter({ name: 'calls', ...about });
  calls.with({ route: 'a"b\\c\nd ü €', 'agent-id': '7', le: 'x', __name__: 'y' }).add(3_000);
  for (let user = 0; user < 150; user += 1) calls.with({ user: `u${user}` }).add(user);
  calls.add(Number.NaN);
  metrics.counter({ name: 'cpu_ms_total', ...about, unit: 'ms' }).add(1_500);
  metrics.gauge({ name: 'agents_count', ...about, unit: 'agents' }).set(-3.25);
  metrics.gauge({ name: 'heap_mb', ...about, unit: 'mb' }).set(1.5);
  metrics.gauge({ name: 'queue_total', ...about }).set(1e300);
  const latency = metrics.histogram({ name: 'latency_ms', ...about, unit: 'ms' });
  for (let value = 1; value <= 1_000; value += 1) {
    latency.with({ le: 'x', quantile: 'y' }).record(value, { correlationId: `req_${value}_ü` });
  }
  metrics.histogram({ name: 'answer_length', ...about }).record(0);
  metrics
    .rate({ name: 'logins', ...about })
    .with({ window: 'x' })
    .mark(5);
  metrics.custom(highest, { name: 'highest_bytes', ...about, unit: 'bytes' }).observe(12);
  return metrics;
}

async function textOf(slices: AsyncIterable<Uint8Array>): Promise<string> {
  const parts: Uint8Array[] = [];
  for await (const slice of slices) parts.push(slice);
  return Buffer.concat(parts).toString();
}

/** What `promtool check metrics` says of a text; nothing, if all is well. */
function check(text: string): Promise<string> {
  return new Promise((resolve) => {
    const child = execFile('promtool', ['check', 'metrics'], (error, stdout, stderr) => {
      resolve(`${error ? 'failed: ' : ''}${stdout}${stderr}`);
    });
    child.stdin?.end(text);
  });
}

describe('promtool', () => {
  test('has nothing to say about the text of a registry, nor of merged snapshots', async () => {
    const metrics = filled();
    expect(await check(await metrics.expose('prometheus'))).toBe('');
    const merged = mergeSnapshots([metrics.snapshot(), filled().snapshot()], { kinds: [highest] });
    expect(
      await check(await textOf(exposeSnapshot(merged, { format: 'prometheus', kinds: [highest] }))),
    ).toBe('');
    // The test can tell: what is wrong is said.
    expect(await check('# TYPE a counter\na 1\n')).toContain('no help text');
  });
});

describe('a real Prometheus', () => {
  const metrics = filled();
  const accepted: string[] = [];
  let server: Server;
  let prometheus: PrometheusServer;

  beforeAll(async () => {
    server = createServer((request, response) => {
      const { format, contentType } = negotiateExposition(request.headers.accept);
      accepted.push(format);
      void metrics.expose(format).then((text) => response.setHeader('content-type', contentType).end(text));
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    prometheus = await startPrometheus({ target: `127.0.0.1:${port}` });
    await untilScraped();
  });

  afterAll(async () => {
    await prometheus.stop();
    server.closeAllConnections();
    server.close();
  });

  async function untilScraped(): Promise<void> {
    for (let attempt = 0; attempt < 100; attempt += 1) {
      const { activeTargets } = (await prometheus.api('targets')) as {
        activeTargets: { health: string; lastError: string }[];
      };
      const [target] = activeTargets;
      if (target?.health === 'up') return;
      if (target?.health === 'down') throw new TypeError(target.lastError);
      await systemClock.sleep(100);
    }
    throw new TypeError('never scraped');
  }

  async function query(text: string): Promise<[labels: Record<string, string>, value: number][]> {
    const data = (await prometheus.api(`query?query=${encodeURIComponent(text)}`)) as {
      result: { metric: Record<string, string>; value: [number, string] }[];
    };
    return data.result.map(({ metric, value }) => [metric, Number(value[1])]);
  }

  test('asks for OpenMetrics, and takes every sample of it', async () => {
    expect(new Set(accepted)).toEqual(new Set(['openmetrics']));
    const lines = (await metrics.expose('openmetrics')).split('\n');
    const samples = lines.filter((line) => line !== '' && !line.startsWith('#')).length;
    expect(await query('scrape_samples_scraped')).toMatchObject([[{ job: 'test' }, samples]]);
  });

  test('reads names, labels and values as they were meant', async () => {
    expect(await query('calls_total{agent_id="7"}')).toMatchObject([
      [{ route: 'a"b\\c\nd ü €', agent_id: '7', exported_le: 'x', _name__: 'y' }, 3_000],
    ]);
    expect(await query('sum(calls_total)')).toMatchObject([[{}, 3_000 + (149 * 150) / 2]]);
    expect(await query('cpu_seconds_total')).toMatchObject([[{}, 1.5]]);
    expect(await query('heap_bytes')).toMatchObject([[{}, 1_500_000]]);
    expect(await query('agents')).toMatchObject([[{}, -3.25]]);
    expect(await query('logins_total')).toMatchObject([[{ exported_window: 'x' }, 5]]);
    expect(await query('latency_seconds_sum')).toMatchObject([[{ exported_le: 'x' }, 500.5]]);
    expect(await query('latency_seconds_bucket{le="0.512"}')).toMatchObject([[{}, expect.closeTo(516, -1)]]);
    const [median] = await query('histogram_quantile(0.5, latency_seconds_bucket)');
    expect(median?.[1]).toBeCloseTo(0.5, 1);
  });

  test('keeps types, units and help', async () => {
    const metadata = (await prometheus.api('metadata?metric=latency_seconds')) as Record<string, unknown>;
    expect(metadata['latency_seconds']).toEqual([
      { type: 'histogram', unit: 'seconds', help: about.description },
    ]);
  });

  test('finds the exemplars', async () => {
    const path =
      'query_exemplars?query=latency_seconds_bucket&start=2020-01-01T00:00:00Z&end=2100-01-01T00:00:00Z';
    const found = (await prometheus.api(path)) as {
      exemplars: { labels: Record<string, string>; value: string }[];
    }[];
    const all = found.flatMap(({ exemplars }) => exemplars);
    expect(all).toContainEqual(
      expect.objectContaining({ labels: { correlation_id: 'req_1000_ü' }, value: '1' }),
    );
  });
});
