import type { Findings } from './harness/findings.ts';
import type { BenchSettings, Question } from './harness/question.ts';
import { tableOf } from './harness/table.ts';
import { cardinality } from './metrics/cardinality.ts';
import { historyQuestion } from './metrics/history.ts';
import { overhead } from './metrics/overhead.ts';
import { percentileErrors } from './metrics/percentiles.ts';
import { recording } from './metrics/recording.ts';
import { rulesQuestion } from './metrics/rules.ts';
import { aggregation, scraping } from './metrics/scraping.ts';

/** A part of the benchmark: what it measures, and under which keys. */
interface Stage {
  readonly keys: readonly string[];
  run(settings: BenchSettings, findings: Findings): Promise<void>;
}

// One line for each part, with a file of its own.
const stages: readonly Stage[] = [
  { keys: ['counter_bound_ns', 'counter_tags_ns', 'histogram_ns'], run: recording },
  { keys: ['percentile_error_max'], run: percentileErrors },
  { keys: ['scrape_10k_counters_ms', 'scrape_10k_histograms_ms'], run: scraping },
  { keys: ['aggregation_10k_ms'], run: aggregation },
  { keys: ['series_1m_mb'], run: cardinality },
  { keys: Object.keys(historyQuestion.figures), run: (...given) => historyQuestion.run(...given) },
  { keys: Object.keys(rulesQuestion.figures), run: (...given) => rulesQuestion.run(...given) },
  { keys: ['overhead_percent'], run: overhead },
];

/** What monitoring costs and how true it is, beside prom-client and OpenTelemetry. */
export const metricsQuestion: Question = {
  name: 'metrics',
  about: 'what metrics, their history and alert rules cost, beside prom-client, OpenTelemetry and Prometheus',
  figures: {
    counter_bound_ns: { about: 'a bound counter', target: 'at most 8' },
    counter_tags_ns: {
      about: 'a counter by two tags drawn from 1,000, with the guard on',
      target: 'at most 60',
    },
    histogram_ns: { about: 'a value of a bound histogram', target: 'at most 12' },
    percentile_error_max: {
      about: 'p50 to p99.9 of six distributions, relative error',
      target: 'at most 0.01',
    },
    scrape_10k_counters_ms: {
      about: '10,000 counters as text',
      target: 'at most 5; the event loop stands still for at most 10',
    },
    scrape_10k_histograms_ms: {
      about: '10,000 histograms as text',
      target: 'at most 50; the event loop stands still for at most 10',
    },
    aggregation_10k_ms: {
      about: 'a snapshot of 10,000 series with p50, p95 and p99 of 2,500 histograms',
      target: 'at most 50',
    },
    series_1m_mb: {
      about: 'growth of a process by 1,000,000 tag sets, MiB',
      target: 'at most 250, the heap at most 8',
    },
    ...historyQuestion.figures,
    ...rulesQuestion.figures,
    overhead_percent: {
      about: 'processor time of a request with monitoring, upper 95 % bound of what it is more than without',
      target: 'at most 2',
    },
  },
  async run(settings, findings) {
    for (const stage of stages) {
      if (settings.only && !stage.keys.some((key) => settings.only?.has(key))) continue;
      await stage.run(settings, findings);
      for (const line of tableOf(metricsQuestion, findings, stage.keys)) settings.print(line);
    }
  },
};
