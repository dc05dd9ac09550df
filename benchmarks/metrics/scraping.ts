import * as prom from 'prom-client';
import { createMetrics, percentileOf, type Metrics } from 'raptorflow/metrics';
import { assertCount, fault } from '../harness/fault.ts';
import type { Findings } from '../harness/findings.ts';
import type { BenchSettings } from '../harness/question.ts';
import { runRace, type Leg } from '../harness/race.ts';
import { median } from '../harness/statistics.ts';
import { latencyOf } from './draws.ts';
import { watched } from './pass.ts';

const series = 10_000;
const recordings = 100;
const scrapes = 9;
/** Scrapes that do not count: in the first ones code is compiled, and a process is scraped for days. */
const warmUps = 25;
const limits = { seriesPerMetricMax: series + 1, seriesMax: 4 * series };
const about = { unit: 'calls', description: 'Calls.', category: 'performance' } as const;
const tagsOf = (index: number): { route: string; tenant: string } => ({
  route: `/api/v1/resource-${index % 100}`,
  tenant: `tenant-${Math.floor(index / 100)}`,
});

function filled(): { readonly counters: Metrics; readonly histograms: Metrics } {
  const counters = createMetrics(limits);
  const histograms = createMetrics(limits);
  const calls = counters.counter({ name: 'calls', ...about });
  const latency = histograms.histogram({ name: 'latency_ms', ...about, unit: 'ms' });
  for (let index = 0; index < series; index += 1) {
    calls.with(tagsOf(index)).add(index);
    const bound = latency.with(tagsOf(index));
    for (let value = 0; value < recordings; value += 1) bound.record(latencyOf(index + value * 7));
  }
  return { counters, histograms };
}

/** The median time of some scrapes, and the median of the longest stall in each. */
async function timed(scrape: () => Promise<string>): Promise<{ ms: number; stallMs: number; text: string }> {
  let text = '';
  for (let turn = 0; turn < warmUps; turn += 1) text = await scrape();
  const times: number[] = [];
  const stalls: number[] = [];
  for (let turn = 0; turn < scrapes; turn += 1) {
    const { ms, stallMs } = await watched(async () => {
      text = await scrape();
    });
    times.push(ms);
    stalls.push(stallMs);
  }
  return { ms: median(times), stallMs: median(stalls), text };
}

function linesOf(text: string, part: string): number {
  return text.split('\n').filter((line) => line.startsWith(part)).length;
}

function ours(findings: Findings, stalls: { counters: number[]; histograms: number[] }): Leg {
  return {
    who: 'ours',
    run: async () => {
      const { counters, histograms } = filled();
      const ofCounters = await timed(() => counters.expose('prometheus'));
      const ofHistograms = await timed(() => histograms.expose('prometheus'));
      assertCount('counters scraped', linesOf(ofCounters.text, 'calls_total{'), series);
      assertCount('histograms scraped', linesOf(ofHistograms.text, 'latency_seconds_count{'), series);
      stalls.counters.push(ofCounters.stallMs);
      stalls.histograms.push(ofHistograms.stallMs);
      findings.note('scrape_10k_counters_ms', 'ours_stall_ms', median(stalls.counters));
      findings.note('scrape_10k_histograms_ms', 'ours_stall_ms', median(stalls.histograms));
      return { scrape_10k_counters_ms: ofCounters.ms, scrape_10k_histograms_ms: ofHistograms.ms };
    },
  };
}

function promClient(): Leg {
  return {
    who: 'prom-client',
    run: async () => {
      const labelNames = ['route', 'tenant'] as const;
      const [counters, histograms] = [new prom.Registry(), new prom.Registry()];
      const calls = new prom.Counter({ name: 'calls', help: 'Calls.', labelNames, registers: [counters] });
      const latency = new prom.Histogram({
        name: 'latency_seconds',
        help: 'Latency.',
        labelNames,
        registers: [histograms],
      });
      for (let index = 0; index < series; index += 1) {
        calls.inc(tagsOf(index), index);
        const bound = latency.labels(tagsOf(index));
        for (let value = 0; value < recordings; value += 1)
          bound.observe(latencyOf(index + value * 7) / 1_000);
      }
      const ofCounters = await timed(() => counters.metrics());
      const ofHistograms = await timed(() => histograms.metrics());
      return { scrape_10k_counters_ms: ofCounters.ms, scrape_10k_histograms_ms: ofHistograms.ms };
    },
  };
}

/** What a scrape of 10,000 series costs. Ours writes 15 buckets for each histogram, prom-client 11. */
export async function scraping(settings: BenchSettings, findings: Findings): Promise<void> {
  const stalls = { counters: [], histograms: [] };
  const race = {
    title: 'scrapes of 10,000 counters and of 10,000 histograms with 100 values each',
    legs: [ours(findings, stalls), promClient()],
    rounds: settings.rounds,
  };
  await runRace(race, findings, settings.print);
}

/** One aggregation round: a snapshot of 10,000 series, a quarter of them histograms, and p50, p95 and p99 of each of those. */
export async function aggregation(settings: BenchSettings, findings: Findings): Promise<void> {
  settings.print('\nan aggregation round over 10,000 series');
  const metrics = createMetrics(limits);
  const calls = metrics.counter({ name: 'calls', ...about });
  const depth = metrics.gauge({ name: 'depth', ...about });
  const latency = metrics.histogram({ name: 'latency_ms', ...about, unit: 'ms' });
  for (let index = 0; index < series; index += 1) {
    if (index % 4 < 2) calls.with(tagsOf(index)).add(index);
    else if (index % 4 === 2) depth.with(tagsOf(index)).set(index);
    else
      for (let value = 0; value < recordings; value += 1)
        latency.with(tagsOf(index)).record(latencyOf(index + value));
  }
  const times: number[] = [];
  for (let turn = 0; turn < settings.rounds * scrapes; turn += 1) {
    const { ms } = await watched(() => Promise.resolve(aggregate(metrics)));
    if (turn > 0) times.push(ms);
  }
  findings.add('ours', { aggregation_10k_ms: median(times) });
}

function aggregate(metrics: Metrics): void {
  let found = 0;
  for (const metric of metrics.snapshot().metrics) {
    if (metric.kind !== 'histogram') continue;
    for (const { value } of metric.series) {
      for (const p of [50, 95, 99]) if (percentileOf(value, p)) found += 1;
    }
  }
  if (found !== (3 * series) / 4) throw fault(`${found} percentiles instead of ${(3 * series) / 4}`);
}
