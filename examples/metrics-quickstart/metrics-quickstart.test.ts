import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const program = fileURLToPath(new URL('metrics-quickstart.ts', import.meta.url));

it('runs as it stands in the documentation', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, [
    '--conditions=@raptorflow/source',
    program,
  ]);
  expect(stdout.trim().split('\n')).toEqual([
    'p95 is 95 ms, true within 0.8 %',
    'calls_total{route="/orders",status="200"} 90',
    'calls_total{route="/orders",status="500"} 10',
  ]);
});
