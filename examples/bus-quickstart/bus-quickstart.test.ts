import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const program = fileURLToPath(new URL('bus-quickstart.ts', import.meta.url));

it('runs as it stands in the documentation', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, [
    '--conditions=@raptorflow/source',
    program,
  ]);
  expect(stdout.trim().split('\n')).toEqual([
    'attempt 2: invoice for A-17, 49.90 EUR',
    'stored: invoice.sent, caused by the order',
    '1 invoice; the bus says: Events are held in memory and end with the process.',
  ]);
});
