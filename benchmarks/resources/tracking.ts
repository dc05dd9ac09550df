import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { assertCount } from '../harness/fault.ts';
import { ours, type Findings } from '../harness/findings.ts';
import type { BenchSettings } from '../harness/question.ts';

const program = fileURLToPath(new URL('programs/tracked.ts', import.meta.url));
const run = promisify(execFile);

/** By how much the memory of a process grows with 100,000 tracked resources. */
export async function tracking(settings: BenchSettings, findings: Findings): Promise<void> {
  settings.print('\n100,000 tracked resources, in a process of its own');
  for (let round = 0; round < Math.min(settings.rounds, 3); round += 1) {
    const { stdout } = await run(process.execPath, ['--expose-gc', ...process.execArgv, program]);
    const { tracked, withHandles, counted } = JSON.parse(stdout) as Record<
      'tracked' | 'withHandles' | 'counted',
      number
    >;
    assertCount('tracked resources', counted, 100_000);
    findings.add(ours, { tracked_100k_mb: tracked });
    findings.note('tracked_100k_mb', 'ours_with_handles', withHandles);
  }
}
