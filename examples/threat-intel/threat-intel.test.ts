import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const program = fileURLToPath(new URL('threat-intel.ts', import.meta.url));

it('runs as it stands in the documentation', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, [
    '--conditions=@raptorflow/source',
    program,
  ]);
  expect(stdout.trim().split('\n')).toEqual([
    '3 read: 1 ingested, 1 skipped, 1 failed',
    'CVE-2026-10001 of Example',
    'CVE-2025-20002 of Example',
  ]);
});
