import type { Findings } from './harness/findings.ts';
import type { BenchSettings, Question } from './harness/question.ts';
import { logging } from './mini/log.ts';

/** A part of the benchmark: what it measures, and under which keys. */
interface Stage {
  readonly keys: readonly string[];
  run(settings: BenchSettings, findings: Findings): Promise<void>;
}

// One line for each part, with a file of its own.
const stages: readonly Stage[] = [{ keys: ['log_line_us', 'follow_stall_ms'], run: logging }];

/** What the always-on monitor costs, and how true it is. */
export const miniQuestion: Question = {
  name: 'mini',
  about: 'what the log of the always-on monitor costs, beside pino',
  figures: {
    log_line_us: { about: 'a line of the log, from the call to the file, µs', target: 'at most 0.5' },
    follow_stall_ms: {
      about: '50,000 lines a second with 10 followers: the longest turn of the event loop, processor time',
      target: 'at most 10, nothing lost',
    },
  },
  async run(settings, findings) {
    for (const stage of stages) {
      if (settings.only && !stage.keys.some((key) => settings.only?.has(key))) continue;
      await stage.run(settings, findings);
    }
  },
};
