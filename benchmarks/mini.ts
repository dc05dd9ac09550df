import type { Findings } from './harness/findings.ts';
import type { BenchSettings, Question } from './harness/question.ts';
import { logging } from './mini/log.ts';
import { memory } from './mini/memory.ts';
import { truth } from './mini/truth.ts';
import { watching } from './mini/watching.ts';

/** A part of the benchmark: what it measures, and under which keys. */
interface Stage {
  readonly keys: readonly string[];
  run(settings: BenchSettings, findings: Findings): Promise<void>;
}

// One line for each part, with a file of its own.
const stages: readonly Stage[] = [
  { keys: ['cpu_percent_net'], run: watching },
  { keys: ['rss_mb_net'], run: memory },
  { keys: ['cpu_error_points'], run: truth },
  { keys: ['log_line_us', 'follow_stall_ms'], run: logging },
];

/** What the always-on monitor costs, and how true it is. */
export const miniQuestion: Question = {
  name: 'mini',
  about:
    'what the always-on monitor and its log cost and how true they are, beside systeminformation and pino',
  figures: {
    cpu_percent_net: {
      about: 'host at 5 Hz and process at 1 Hz, percent of a core, net of an idle process',
      target: 'at most 0.15',
    },
    rss_mb_net: {
      about: 'memory more than the same program with the library imported, not started, MiB',
      target: 'at most 2',
    },
    cpu_error_points: {
      about:
        'CPU reading over 6 s, with loads of 25, 50 and 100 % of a core besides, against the scheduler’s count: largest error in points',
      target: 'at most 2',
    },
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
