import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { assertCount } from './harness/fault.ts';
import type { Question } from './harness/question.ts';
import { runRace, type Leg } from './harness/race.ts';

const program = fileURLToPath(new URL('pipeline/programs/million.ts', import.meta.url));
const run = promisify(execFile);

function leg(who: string, items: number): Leg {
  return {
    who,
    run: async () => {
      // As the program itself is started: a young generation that grows once, by 32 MiB, would hide what is measured.
      const flags = ['--expose-gc', '--max-semi-space-size=4', ...process.execArgv];
      const { stdout } = await run(process.execPath, [...flags, program, who, String(items)]);
      const { grown, perSecond, stored } = JSON.parse(stdout) as Record<
        'grown' | 'perSecond' | 'stored',
        number
      >;
      assertCount(`items of ${who}`, stored, items);
      return { pipeline_items_per_s: perSecond, pipeline_growth_mb: grown };
    },
  };
}

/** What a pipeline costs beside the loops that it replaces, and that its memory does not grow with what passes through it. */
export const pipelineQuestion: Question = {
  name: 'pipeline',
  about: 'what a pipeline of a million small items costs beside a plain loop, and that its memory is flat',
  figures: {
    pipeline_items_per_s: {
      about:
        'small items a second, into a store that costs nothing; `loop` stores one by one, `batches` a hundred together',
    },
    pipeline_growth_mb: { about: 'growth of the process behind its first tenth, MiB', target: 'flat' },
  },
  async run(settings, findings) {
    const race = {
      title: `${settings.tagSets.toLocaleString('en-US')} small items, each contestant in a process of its own`,
      legs: ['ours', 'loop', 'batches'].map((who) => leg(who, settings.tagSets)),
      rounds: settings.rounds,
    };
    await runRace(race, findings, settings.print);
  },
};
