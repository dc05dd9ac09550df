import type { Findings } from './harness/findings.ts';
import type { BenchSettings, Question } from './harness/question.ts';
import { tableOf } from './harness/table.ts';
import { cleaning } from './resources/cleaning.ts';
import { forecastFigures, forecasts } from './resources/forecast.ts';
import { quotaFigures, quotas } from './resources/quotas.ts';
import { registering } from './resources/registering.ts';
import { scanning } from './resources/scanning.ts';
import { tracking } from './resources/tracking.ts';
import { verdicts } from './resources/verdicts.ts';

/** A part of the benchmark: what it measures, and under which keys. */
interface Stage {
  readonly keys: readonly string[];
  run(settings: BenchSettings, findings: Findings): Promise<void>;
}

// One line for each part, with a file of its own.
const stages: readonly Stage[] = [
  { keys: ['register_release_us'], run: registering },
  { keys: ['cleanup_1000_ms', 'cleanup_concurrency_speedup'], run: cleaning },
  { keys: ['leak_scan_100k_ms'], run: scanning },
  { keys: ['tracked_100k_mb'], run: tracking },
  { keys: ['leak_f1', 'leak_precision', 'leak_recall'], run: verdicts },
  { keys: Object.keys(quotaFigures), run: quotas },
  { keys: Object.keys(forecastFigures), run: forecasts },
];

/** What it costs to know what is open, and how well what was forgotten is found. */
export const resourcesQuestion: Question = {
  name: 'resources',
  about: 'what it costs to track resources, to find leaks and to close them, and how true the verdicts are',
  figures: {
    register_release_us: {
      about: 'a resource registered and released, 1,000 open, microseconds',
      target: 'at most 1',
    },
    cleanup_1000_ms: { about: '1,000 resources closed by a strategy that does nothing', target: 'at most 5' },
    cleanup_concurrency_speedup: {
      about: '1,000 resources whose closing takes 10 ms: ten at a time against one',
      target: 'at least 8',
    },
    leak_scan_100k_ms: { about: 'a scan of 100,000 resources for leaks', target: 'at most 5' },
    tracked_100k_mb: {
      about: 'growth by 100,000 tracked resources without the handles of their owners, MiB',
      target: 'at most 15',
    },
    leak_f1: {
      about:
        'a seeded day with long legitimate holders: F1 of the verdicts where the place, the owner or only the type of each is known, beside the best of 400 fixed thresholds',
      target: 'above the best threshold',
    },
    leak_precision: { about: 'of that: share of the verdicts that were right', target: 'at least 0.95' },
    leak_recall: { about: 'of that: share of the leaks that were found', target: 'at least 0.95' },
    ...quotaFigures,
    ...forecastFigures,
  },
  async run(settings, findings) {
    for (const stage of stages) {
      if (settings.only && !stage.keys.some((key) => settings.only?.has(key))) continue;
      await stage.run(settings, findings);
      for (const line of tableOf(resourcesQuestion, findings, stage.keys)) settings.print(line);
    }
  },
};
