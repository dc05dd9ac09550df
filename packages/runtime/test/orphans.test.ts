import { execFileSync } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from 'raptorflow/kernel';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { runChild } from './child.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'orphans-'));
});
afterEach(() => {
  rmSync(directory, { recursive: true, force: true });
});

/** Processes that carry the text, but for the worker itself and this look. */
function running(tag: string): string[] {
  const lines = execFileSync('ps', ['-A', '-o', 'pid=,args='], { encoding: 'utf8' }).split('\n');
  return lines.filter((line) => line.includes(tag) && !line.includes('tree-keeper.ts'));
}

async function waitFor(isSo: () => boolean, withinMs: number): Promise<void> {
  const begunAt = systemClock.monotonic();
  while (!isSo() && systemClock.monotonic() - begunAt < withinMs) await systemClock.sleep(50);
}

test('a worker that is killed in the middle of a run leaves none of the processes that its tool has started, 5 s later', async () => {
  const tag = String(randomInt(1e8, 1e9));
  const worker = runChild('tree-keeper.ts', [join(directory, 'runs.db'), tag]);
  await worker.spoken;
  // Three sleeps and the two shells that wait for them.
  await waitFor(() => running(tag).length >= 5, 10_000);
  expect(running(tag).length).toBeGreaterThanOrEqual(5);
  await worker.kill();
  await waitFor(() => running(tag).length === 0, 5_000);
  expect(running(tag)).toEqual([]);
});
