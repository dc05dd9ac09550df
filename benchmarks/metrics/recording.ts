import { MeterProvider } from '@opentelemetry/sdk-metrics';
import * as prom from 'prom-client';
import { createMetrics } from 'raptorflow/metrics';
import { assertCount } from '../harness/fault.ts';
import type { Findings } from '../harness/findings.ts';
import type { BenchSettings } from '../harness/question.ts';
import { runRace, type Leg } from '../harness/race.ts';
import { latencyOf, tagsOf } from './draws.ts';
import { IdleReader } from './idle-reader.ts';
import { nanosecondsPerCall } from './pass.ts';

const about = { unit: 'calls', description: 'Calls.', category: 'performance' } as const;

function ours(calls: number): Leg {
  return {
    who: 'ours',
    run: () => {
      const metrics = createMetrics();
      const counter = metrics.counter({ name: 'calls', ...about });
      const bound = counter.with({ route: '/a', method: 'PATCH' });
      const latency = metrics.histogram({ name: 'latency_ms', ...about, unit: 'ms' }).with({ route: '/a' });
      let added = 0;
      const readings = {
        counter_bound_ns: nanosecondsPerCall(4 * calls, (count) => {
          for (let index = 0; index < count; index += 1) bound.add();
          added += count;
        }),
        counter_tags_ns: nanosecondsPerCall(calls, (count) => {
          for (let index = 0; index < count; index += 1) counter.with(tagsOf(index)).add();
          added += count;
        }),
        histogram_ns: nanosecondsPerCall(calls, (count) => {
          for (let index = 0; index < count; index += 1) latency.record(latencyOf(index));
        }),
      };
      const [found] = metrics.snapshot().metrics;
      const values = found?.kind === 'counter' ? found.series.map(({ value }) => value) : [];
      assertCount(
        'calls counted',
        values.reduce((sum, value) => sum + value, 0),
        added,
      );
      return Promise.resolve(readings);
    },
  };
}

function promClient(calls: number): Leg {
  return {
    who: 'prom-client',
    run: () => {
      const registry = new prom.Registry();
      const labelNames = ['route', 'method'] as const;
      const counter = new prom.Counter({ name: 'calls', help: 'Calls.', labelNames, registers: [registry] });
      const histogram = new prom.Histogram({
        name: 'latency_seconds',
        help: 'Latency.',
        labelNames,
        registers: [registry],
      });
      const bound = counter.labels({ route: '/a', method: 'PATCH' });
      const latency = histogram.labels({ route: '/a', method: 'PATCH' });
      return Promise.resolve({
        counter_bound_ns: nanosecondsPerCall(calls, (count) => {
          for (let index = 0; index < count; index += 1) bound.inc();
        }),
        counter_tags_ns: nanosecondsPerCall(calls, (count) => {
          for (let index = 0; index < count; index += 1) counter.inc(tagsOf(index));
        }),
        histogram_ns: nanosecondsPerCall(calls, (count) => {
          for (let index = 0; index < count; index += 1) latency.observe(latencyOf(index) / 1_000);
        }),
      });
    },
  };
}

/** It has no bound instruments: the nearest is to add without attributes. */
function openTelemetry(calls: number): Leg {
  return {
    who: 'opentelemetry',
    run: async () => {
      const provider = new MeterProvider({ readers: [new IdleReader()] });
      const meter = provider.getMeter('bench');
      const counter = meter.createCounter('calls');
      const latency = meter.createHistogram('latency');
      const readings = {
        counter_bound_ns: nanosecondsPerCall(calls, (count) => {
          for (let index = 0; index < count; index += 1) counter.add(1);
        }),
        counter_tags_ns: nanosecondsPerCall(calls, (count) => {
          for (let index = 0; index < count; index += 1) counter.add(1, tagsOf(index));
        }),
        histogram_ns: nanosecondsPerCall(calls, (count) => {
          for (let index = 0; index < count; index += 1) latency.record(latencyOf(index));
        }),
      };
      await provider.shutdown();
      return readings;
    },
  };
}

/** What it costs to record. */
export async function recording(settings: BenchSettings, findings: Findings): Promise<void> {
  const calls = 100 * settings.operations;
  const race = {
    title: 'recording: a bound counter, a counter by two tags drawn from 1,000, a bound histogram',
    legs: [ours(calls), promClient(calls), openTelemetry(calls)],
    rounds: settings.rounds,
  };
  await runRace(race, findings, settings.print);
}
