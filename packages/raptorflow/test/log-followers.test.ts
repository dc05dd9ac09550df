import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';
import { createRaptorLog, followFile, type Followed } from 'raptorflow/log';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { runChild } from './child.ts';

let root = '';
let file = '';
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'raptorflow-log-followers-'));
  file = join(root, 'raptor.log');
});
afterEach(() => rmSync(root, { recursive: true }));

const linesPerSecond = 50_000;
const seconds = 3;
const followers = 10;

function numberOf(item: Followed): number {
  return item.kind === 'line' ? Number(item.text.slice(item.text.lastIndexOf(' '))) : Number.NaN;
}

it(`${followers} followers get each of ${linesPerSecond} lines a second once and in order, over rotations, and so does the file`, async () => {
  const total = linesPerSecond * seconds;
  const log = createRaptorLog({ file, maxSizeMb: 1, keepFiles: 1_000 });
  await log.start();
  const readers = Array.from({ length: followers }, async () => {
    let next = 0;
    for await (const item of log.follow()) {
      if (numberOf(item) !== next) return `${next}: ${JSON.stringify(item)}`;
      next += 1;
      if (next === total) return 'all';
    }
    return `ended at ${next}`;
  });
  const begunAt = performance.now();
  let written = 0;
  while (written < total) {
    // Where the machine gave this process no time, it does not make up for it at once.
    const due = Math.min(total, written + 500, ((performance.now() - begunAt) / 1_000) * linesPerSecond);
    for (; written < due; written += 1) log.info(`a line that ten people want to see ${written}`);
    await turn();
  }
  expect(await Promise.all(readers)).toEqual(Array.from({ length: followers }, () => 'all'));
  expect(log.report()).toMatchObject({ lines: total, dropped: 0, diverted: 0, followers: 0 });
  expect(log.report().rotations).toBeGreaterThan(5);
  await log.stop();

  const numbers = readdirSync(root)
    .map((name) => ({ name, order: Number(/\.(\d+)\.gz$/.exec(name)?.[1] ?? Number.POSITIVE_INFINITY) }))
    .sort((a, b) => a.order - b.order)
    .map(({ name }) => readFileSync(join(root, name)))
    .flatMap((bytes) => [...(bytes[0] === 0x1f ? gunzipSync(bytes) : bytes).toString().matchAll(/ (\d+)\n/g)])
    .map(([, number]) => Number(number));
  expect(numbers).toEqual(Array.from({ length: total }, (_, at) => at));
});

it('the log of another process can be followed over its rotations, every line once and in order', async () => {
  const abort = new AbortController();
  const following = (async () => {
    let next = 1;
    for await (const item of followFile(file, { text: 'line ', signal: abort.signal })) {
      const number = item.kind === 'line' ? Number(/line (\d+)\.$/.exec(item.text)?.[1]) : Number.NaN;
      if (number !== next) return `${next}: ${JSON.stringify(item)}`;
      next += 1;
      if (next > 20_000) return 'all';
    }
    return `ended at ${next}`;
  })();
  const child = runChild('log-writer.ts', [file, 'forever', '0.1']);
  try {
    expect(await following).toBe('all');
  } finally {
    abort.abort();
    await child.kill();
  }
  expect(readdirSync(root).length).toBeGreaterThan(3);
});
