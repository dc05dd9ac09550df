import type { Findings } from './harness/findings.ts';
import type { BenchSettings, Question } from './harness/question.ts';
import { tableOf } from './harness/table.ts';
import { forecastFigures, forecasts } from './resources/forecast.ts';

/** A part of the benchmark: what it measures, and under which keys. */
interface Stage {
  readonly keys: readonly string[];
  run(settings: BenchSettings, findings: Findings): Promise<void>;
}

// One line for each part, with a file of its own.
const stages: readonly Stage[] = [{ keys: Object.keys(forecastFigures), run: forecasts }];

/** What knowing about resources costs, and how right it is. */
export const resourcesQuestion: Question = {
  name: 'resources',
  about: 'forecasts of usage, beside predict_linear, Holt-Winters by hand and MSTL of augurs',
  figures: forecastFigures,
  async run(settings, findings) {
    for (const stage of stages) {
      if (settings.only && !stage.keys.some((key) => settings.only?.has(key))) continue;
      await stage.run(settings, findings);
      for (const line of tableOf(resourcesQuestion, findings, stage.keys)) settings.print(line);
    }
  },
};
