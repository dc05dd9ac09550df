import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';
import { afterEach, describe, expect, test } from 'vitest';
import { seededRandom, type Logger } from '../../kernel/index.ts';
import { createFakeClock, trackHandles } from '../../kernel/testing/index.ts';
import { defineInstrument } from '../custom-kind.ts';
import { createMetrics, type Metrics } from '../registry.ts';
import { createOtlpExporter } from './exporter.ts';

interface Received {
  readonly path: string | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: {
    readonly resourceMetrics: readonly {
      readonly resource: unknown;
      readonly scopeMetrics: readonly { readonly scope: unknown; readonly metrics: readonly never[] }[];
    }[];
  };
}

interface Collector {
  readonly url: string;
  readonly received: Received[];
  /** What it answers next; 200 with `{}` when nothing is left. */
  readonly answers: { status: number; body?: string; headers?: Record<string, string>; hang?: boolean }[];
  /** Resolves when so many requests have come. */
  seen(count: number): Promise<void>;
}

const servers: Server[] = [];

async function startCollector(): Promise<Collector> {
  const received: Received[] = [];
  const answers: Collector['answers'] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const bytes = Buffer.concat(chunks);
      const text = request.headers['content-encoding'] === 'gzip' ? gunzipSync(bytes) : bytes;
      received.push({ path: request.url, headers: request.headers, body: JSON.parse(text.toString()) });
      const { status = 200, body = '{}', headers = {}, hang = false } = answers.shift() ?? {};
      server.emit('seen');
      if (!hang) response.writeHead(status, headers).end(body);
    });
  });
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    received,
    answers,
    async seen(count) {
      while (received.length < count) await once(server, 'seen');
    },
  };
}

afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

const start = Date.UTC(2026, 0, 1);
const about = { unit: '1', description: 'Something.', category: 'business' } as const;

function metricsOf(received: Received | undefined): readonly { readonly name: string }[] {
  return received?.body.resourceMetrics[0]?.scopeMetrics[0]?.metrics ?? [];
}

const highest = defineInstrument({
  kind: 'highest',
  observe: (state: number | undefined, input: number) => Math.max(state ?? input, input),
  merge: (a: number, b: number) => Math.max(a, b),
  encode: (state: number) => state,
  expose: (value: number) => [{ suffix: 'seen', type: 'counter', value }],
});

function fill(metrics: Metrics): void {
  metrics
    .counter({ name: 'calls', ...about })
    .with({ route: '/ü' })
    .add(3);
  metrics.gauge({ name: 'depth', ...about, unit: 'items' }).set(-1.5);
  const latency = metrics.histogram({ name: 'latency_ms', ...about, unit: 'ms', bounds: [1, 10] });
  latency.record(0.5);
  latency.record(5, { correlationId: 'req_1' });
  latency.record(50);
  metrics.rate({ name: 'logins', ...about, windowsSeconds: [10] }).mark(20);
  metrics.custom(highest, { name: 'highest', ...about, unit: 'bytes' }).observe(9);
}

/** What a collector gets of the metrics above ten seconds after the start. */
function filledAfter10Seconds(): unknown[] {
  const times = {
    startTimeUnixNano: `${start}000000`,
    timeUnixNano: `${start + 10_000}000000`,
  };
  const point = { attributes: [], ...times };
  const sum = { aggregationTemporality: 2, isMonotonic: true };
  const route = [{ key: 'route', value: { stringValue: '/ü' } }];
  const description = 'Something.';
  const counted = [
    {
      name: 'calls',
      description,
      unit: '1',
      sum: { ...sum, dataPoints: [{ ...point, attributes: route, asDouble: 3 }] },
    },
    { name: 'depth', description, unit: '{items}', gauge: { dataPoints: [{ ...point, asDouble: -1.5 }] } },
    {
      name: 'highest_seen',
      description,
      unit: 'By',
      sum: { ...sum, dataPoints: [{ ...point, asDouble: 9 }] },
    },
  ];
  const latency = {
    ...point,
    count: '3',
    sum: 55.5,
    min: 0.5,
    max: 50,
    bucketCounts: ['1', '1', '1'],
    explicitBounds: [1, 10],
    exemplars: [
      {
        timeUnixNano: `${start}000000`,
        asDouble: 5,
        filteredAttributes: [{ key: 'correlation_id', value: { stringValue: 'req_1' } }],
      },
    ],
  };
  const window = [{ key: 'window', value: { stringValue: '10s' } }];
  return [
    ...counted,
    {
      name: 'latency_ms',
      description,
      unit: 'ms',
      histogram: { aggregationTemporality: 2, dataPoints: [latency] },
    },
    { name: 'logins', description, unit: '1', sum: { ...sum, dataPoints: [{ ...point, asDouble: 20 }] } },
    {
      name: 'logins_per_second',
      description,
      unit: '1/s',
      gauge: { dataPoints: [{ ...point, attributes: window, asDouble: 2 }] },
    },
  ];
}

describe('the OTLP exporter', () => {
  test('pushes each kind of metric in the JSON form of OTLP', async () => {
    const clock = createFakeClock();
    const collector = await startCollector();
    const metrics = createMetrics({}, { clock });
    fill(metrics);
    const exporter = createOtlpExporter(
      { url: collector.url, headers: { 'x-key': 'secret' }, resource: { 'service.name': 'shop' } },
      { metrics, clock, kinds: [highest] },
    );
    await exporter.start();
    await clock.advance(10_000);
    await exporter.push();
    const [request] = collector.received;
    expect(request?.path).toBe('/v1/metrics');
    expect(request?.headers).toMatchObject({
      'content-type': 'application/json',
      'content-encoding': 'gzip',
      'x-key': 'secret',
    });
    expect(request?.body.resourceMetrics[0]).toMatchObject({
      resource: { attributes: [{ key: 'service.name', value: { stringValue: 'shop' } }] },
      scopeMetrics: [{ scope: { name: 'raptorflow' } }],
    });
    expect(metricsOf(request)).toEqual(filledAfter10Seconds());
    await exporter.stop();
  });

  test('pushes by itself every so often, and once more when it stops, and leaves nothing behind', async () => {
    const clock = createFakeClock();
    const collector = await startCollector();
    const watch = trackHandles();
    const metrics = createMetrics({}, { clock });
    const calls = metrics.counter({ name: 'calls', ...about });
    const exporter = createOtlpExporter(
      { url: `${collector.url}/otlp`, everySeconds: 5, compression: 'none' },
      { metrics, clock },
    );
    calls.add();
    await exporter.start();
    for (const count of [1, 2]) {
      await clock.advance(5_000);
      await collector.seen(count);
      while (exporter.status().pushed < count) await clock.advance(0);
    }
    calls.add(4);
    await exporter.stop({ deadlineMs: 1_000 });
    await exporter.stop();
    expect(collector.received.map(({ path }) => path)).toEqual(['/otlp', '/otlp', '/otlp']);
    expect(metricsOf(collector.received[2])).toMatchObject([{ sum: { dataPoints: [{ asDouble: 5 }] } }]);
    expect(exporter.status()).toMatchObject({ pushed: 3, failed: 0, lastError: null });
    expect(clock.pending).toBe(0);
    for (const server of servers) server.closeAllConnections();
    await new Promise((resolve) => setImmediate(resolve));
    expect(watch.leaks().filter((leak) => !leak.startsWith('TCPServerWrap'))).toEqual([]);
    await expect(async () => exporter.push()).rejects.toMatchObject({ code: 'unavailable' });
  });

  test('cuts a large push into requests', async () => {
    const clock = createFakeClock();
    const collector = await startCollector();
    const metrics = createMetrics({}, { clock });
    const calls = metrics.counter({ name: 'calls', ...about });
    for (let user = 0; user < 25; user += 1) calls.with({ user: `u${user}` }).add(user);
    const exporter = createOtlpExporter({ url: collector.url, pointsPerRequestMax: 10 }, { metrics, clock });
    await exporter.start();
    await exporter.push();
    const sizes = collector.received.map((each) => {
      const [metric] = metricsOf(each) as unknown as { sum: { dataPoints: { asDouble: number }[] } }[];
      return metric?.sum.dataPoints.map(({ asDouble }) => asDouble) ?? [];
    });
    expect(sizes.map(({ length }) => length)).toEqual([10, 10, 5]);
    expect(sizes.flat()).toEqual(Array.from({ length: 25 }, (_, user) => user));
    await exporter.stop();
  });
});

describe('an exporter whose collector fails', () => {
  async function started(collector: Collector, warnings: string[] = []) {
    const clock = createFakeClock();
    const metrics = createMetrics({}, { clock });
    metrics.counter({ name: 'calls', ...about }).add();
    const write = (message: string): void => void warnings.push(message);
    const logger: Logger = { debug: write, info: write, warn: write, error: write, child: () => logger };
    const exporter = createOtlpExporter(
      { url: collector.url, timeoutMs: 2_000 },
      { metrics, clock, logger, random: seededRandom(1) },
    );
    await exporter.start();
    return { clock, exporter };
  }

  test('repeats what failed for a passing reason, after what the collector asks for', async () => {
    const collector = await startCollector();
    collector.answers.push({ status: 503 }, { status: 429, headers: { 'retry-after': '4' } });
    const { clock, exporter } = await started(collector);
    const pushed = exporter.push();
    await collector.seen(1);
    while (clock.pending < 2) await clock.advance(0);
    await clock.advance(2_000);
    await collector.seen(2);
    while (clock.pending < 2) await clock.advance(0);
    await clock.advance(3_999);
    expect(collector.received).toHaveLength(2);
    await clock.advance(1);
    await pushed;
    expect(collector.received).toHaveLength(3);
    expect(exporter.status()).toMatchObject({ pushed: 1, failed: 0 });
    await exporter.stop();
  });

  test('gives up what is refused for good, says so once, and goes on with the next', async () => {
    const collector = await startCollector();
    collector.answers.push({ status: 400, body: 'bad' }, { status: 401 });
    const warnings: string[] = [];
    const { exporter } = await started(collector, warnings);
    await expect(exporter.push()).rejects.toMatchObject({ code: 'invalid_input', details: { status: 400 } });
    await expect(exporter.push()).rejects.toMatchObject({ code: 'invalid_input' });
    expect(exporter.status()).toMatchObject({ pushed: 0, failed: 2, lastError: { code: 'invalid_input' } });
    await exporter.push();
    expect(exporter.status()).toMatchObject({ pushed: 1, failed: 2, lastError: null });
    expect(warnings).toEqual([
      'A push of metrics was given up; the next says everything again.',
      'Metrics are pushed again.',
    ]);
    await exporter.stop();
  });

  test('counts points that the collector rejected', async () => {
    const collector = await startCollector();
    const body = JSON.stringify({ partialSuccess: { rejectedDataPoints: '3', errorMessage: 'old' } });
    collector.answers.push({ status: 200, body }, { status: 200, body: 'no json' });
    const { exporter } = await started(collector);
    await exporter.push();
    await exporter.push();
    expect(exporter.status()).toMatchObject({ pushed: 2, pointsRejected: 3 });
    await exporter.stop();
  });

  test('does not wait for one that never answers longer than it may, nor does stopping', async () => {
    const collector = await startCollector();
    for (let time = 0; time < 20; time += 1) collector.answers.push({ status: 200, hang: true });
    const { clock, exporter } = await started(collector);
    const failing = exporter.push().catch((error: unknown) => error);
    while (exporter.status().failed === 0) await clock.advance(1_000);
    expect(await failing).toMatchObject({ code: 'timeout' });
    const stopped = exporter.stop({ deadlineMs: 500 });
    while (clock.pending < 2) await clock.advance(0);
    await clock.advance(500);
    await stopped;
    expect(clock.pending).toBe(0);
  });

  test('is refused without a real address', () => {
    const metrics = createMetrics();
    for (const url of ['collector:4318', 'ftp://collector', '']) {
      expect(() => createOtlpExporter({ url }, { metrics })).toThrow(
        expect.objectContaining({ code: 'invalid_options' }),
      );
    }
  });

  test('stops although it never started', async () => {
    const exporter = createOtlpExporter({ url: 'http://127.0.0.1:9' }, { metrics: createMetrics() });
    await exporter.stop();
    expect(exporter.state).toBe('stopped');
  });
});
