import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const program = join(root, 'tools/chaos.ts');

/** What `npm run chaos` says; it rejects, with the differences in its output, when something was lost. */
async function chaos(...words: string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--conditions=@raptorflow/source', program, ...words],
    { cwd: root },
  );
  return stdout;
}

describe('under seeded chaos', () => {
  it('a bus on SQLite keeps what it acknowledged, in every restart of its process', async () => {
    const said = await chaos('--engine', 'sqlite', '--seconds', '10', '--seed', '7');
    expect(said).toContain('acknowledged = handled ∪ dead-lettered ∪ expired ∪ discarded: 0 missing');
  });

  it('a bus on Redis keeps what it acknowledged, whatever dies, freezes or is cut off', async () => {
    const said = await chaos('--engine', 'redis', '--seconds', '15', '--seed', '7');
    expect(said).toContain('acknowledged = handled ∪ dead-lettered ∪ expired ∪ discarded: 0 missing');
  });
});
