import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const program = fileURLToPath(new URL('programs/metrics-flood.ts', import.meta.url));

test('a million tag sets cost no more than the limits allow, and every recording is counted', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, [
    '--conditions=@raptorflow/source',
    '--expose-gc',
    program,
  ]);
  const found = JSON.parse(stdout) as {
    limitsCostMb: number;
    floodCostMb: number;
    series: number;
    counted: number;
    recorded: number;
    folded: { weight: number; heaviest: readonly unknown[] };
  };
  // Three metrics of 2,000 series, each with 512 folded ones that are weighed; a histogram series of one value has 256 bytes of buckets.
  expect(found.series).toBe(6_000);
  expect(found.limitsCostMb).toBeLessThan(12);
  expect(found.floodCostMb).toBeLessThan(4);
  expect(found.counted).toBe(1_000_000);
  expect(found.recorded).toBe(250_000);
  expect(found.folded.weight).toBe(998_000);
  expect(found.folded.heaviest).toHaveLength(16);
});
