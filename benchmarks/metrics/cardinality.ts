import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { assertCount } from '../harness/fault.ts';
import type { Findings } from '../harness/findings.ts';
import type { BenchSettings } from '../harness/question.ts';
import { runRace, type Leg } from '../harness/race.ts';

const program = fileURLToPath(new URL('programs/tag-sets.ts', import.meta.url));
const run = promisify(execFile);

function leg(who: string, tagSets: number, findings: Findings): Leg {
  return {
    who,
    run: async () => {
      const flags = ['--expose-gc', ...process.execArgv];
      const { stdout } = await run(process.execPath, [...flags, program, who, String(tagSets)]);
      const { grown, heapGrown, counted } = JSON.parse(stdout) as Record<
        'grown' | 'heapGrown' | 'counted',
        number
      >;
      assertCount(`recordings of ${who}`, counted, tagSets);
      findings.note('series_1m_mb', `${who}_heap`, heapGrown);
      return { series_1m_mb: grown };
    },
  };
}

/** By how much a process grows when a million distinct tag sets are offered to one counter; OpenTelemetry keeps 2,000 of them. */
export async function cardinality(settings: BenchSettings, findings: Findings): Promise<void> {
  const race = {
    title: `${settings.tagSets.toLocaleString('en-US')} distinct tag sets, each in a process of its own`,
    legs: ['ours', 'prom-client', 'opentelemetry'].map((who) => leg(who, settings.tagSets, findings)),
    rounds: Math.min(settings.rounds, 3),
  };
  await runRace(race, findings, settings.print);
}
