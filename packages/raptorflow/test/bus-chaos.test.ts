import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { proofSize } from '@raptorflow/rig';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const program = join(root, 'tools/chaos.ts');
/** Seeds decide which faults are tried; how many of them fall into this time is the machine's. */
const seconds = proofSize('CHAOS_SECONDS', 10);
const timeoutMs = 180_000 + seconds * 2_000;
const nothingMissing = 'acknowledged = handled ∪ dead-lettered ∪ expired ∪ discarded: 0 missing';

/** What `npm run chaos` says; it rejects, with the differences in its output, when something was lost. */
async function chaos(...words: string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--conditions=@raptorflow/source', program, ...words],
    { cwd: root },
  );
  return stdout;
}

/** Which faults there were, as the report says it. */
function faultsIn(said: string): string {
  return /^ {2}faults +(.*)$/mu.exec(said)?.[1] ?? '';
}

describe('under seeded chaos', () => {
  it(
    'a bus on SQLite keeps what it acknowledged, in every restart of its process',
    async () => {
      const said = await chaos('--engine', 'sqlite', '--seconds', String(seconds), '--seed', '6');
      expect(faultsIn(said)).toMatch(/\d killed/u);
      expect(said).toContain(nothingMissing);
    },
    timeoutMs,
  );

  it(
    'a bus on Redis keeps what it acknowledged, whatever dies, freezes or is cut off',
    async () => {
      const said = await chaos('--engine', 'redis', '--seconds', String(seconds), '--seed', '172');
      expect(faultsIn(said)).toMatch(/\d killed/u);
      expect(said).toContain(nothingMissing);
    },
    timeoutMs,
  );
});
