import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { proofSize } from '@raptorflow/rig';
import { seededRandom, systemClock } from 'raptorflow/kernel';
import { createRaptorLog } from 'raptorflow/log';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runChild } from './child.ts';

const kills = proofSize('LOG_KILLS', 6);

let root = '';
let file = '';
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'raptorflow-log-crash-'));
  file = join(root, 'raptor.log');
});
afterEach(() => rmSync(root, { recursive: true }));

/** The text of all files of the log, the oldest first. */
function readAll(): string {
  return readdirSync(root)
    .map((name) => ({
      name,
      number: Number(/\.(\d+)(?:\.gz)?$/.exec(name)?.[1] ?? Number.POSITIVE_INFINITY),
    }))
    .sort((a, b) => a.number - b.number)
    .map(({ name }) => readFileSync(join(root, name)))
    .map((bytes) => (bytes[0] === 0x1f ? gunzipSync(bytes) : bytes).toString())
    .join('');
}

function numbersOf(text: string): number[] {
  return [...text.matchAll(/INFO line (\d+)\.\n/g)].map(([, number]) => Number(number));
}

const upTo = (count: number): number[] => Array.from({ length: count }, (_, at) => at + 1);

describe('a process that ends', () => {
  it.each([
    ['exit', 3, 500],
    ['hurry', 3, 20_500],
    ['end', 0, 500],
  ])('by %s has all its lines in the log, once and in order', async (ending, code, lines) => {
    const child = runChild('log-writer.ts', [file, ending, '0.5']);
    await child.ended;
    expect(child.process.exitCode).toBe(code);
    expect(numbersOf(readAll())).toEqual(upTo(lines));
  });

  it.each([
    ['throw', 'RangeError: nobody catches this | uncaught'],
    ['reject', 'RangeError: nobody waits for this | u'],
    ['forget', 'RangeError: nobody waits for this | in charge()'],
  ])(
    'by an error that nobody catches (%s) has all its lines and the error in the log, and ends as without it',
    async (ending, text) => {
      const child = runChild('log-writer.ts', [file, ending], { keepErrors: true });
      await child.ended;
      expect(child.process.exitCode).toBe(1);
      // Node itself says so, too.
      expect(child.errors()).toContain('RangeError: nobody');
      const log = readAll();
      expect(numbersOf(log)).toEqual(upTo(500));
      expect(log).toContain(`ERROR RAPTOR EXCEPTION: ${text}`);
      expect(log).toMatch(/\n {4}at .*log-writer\.ts:\d+/);
    },
  );

  it('has told how often a failure came that was only counted', async () => {
    const child = runChild('log-writer.ts', [file, 'repeat']);
    await child.ended;
    expect(readAll()).toMatch(
      /ERROR RAPTOR EXCEPTION: RangeError: again in fail came 2 more times within 60 s\n$/,
    );
  });

  it('not by a rejection for which the program has a listener of its own: then both are told', async () => {
    const child = runChild('log-writer.ts', [file, 'listen'], { keepErrors: true });
    await child.ended;
    expect(child.process.exitCode).toBe(0);
    expect(child.output()).toBe('listened\n');
    expect(readAll()).toContain('RAPTOR EXCEPTION: RangeError: nobody waits for this | unhandled rejection');
    expect(readAll()).toContain('WARNING RAPTOR WARNING: FixtureWarning: careful');
  });
});

it(
  `a log keeps what was flushed over ${kills} kills at random moments, over rotations and compressing, in order and once`,
  async () => {
    const random = seededRandom(7);
    let rotations = 0;
    for (let kill = 0; kill < kills; kill += 1) {
      rmSync(root, { recursive: true });
      const child = runChild('log-writer.ts', [file, 'forever', '0.05']);
      await child.spoken;
      await systemClock.sleep(random.next() * 300);
      await child.kill();
      // The number that was printed last may be cut.
      const flushed = Number(child.output().split('\n').at(-2));

      // The next start finishes what was left half done.
      const log = createRaptorLog({ file, keepFiles: 1_000 });
      await log.start();
      await log.stop();
      const names = readdirSync(root);
      expect(names.filter((name) => !/^raptor\.log(\.\d+\.gz)?$/.test(name))).toEqual([]);
      rotations += names.length - 1;
      const numbers = numbersOf(readAll());
      expect(numbers.length).toBeGreaterThanOrEqual(flushed);
      expect(numbers).toEqual(upTo(numbers.length));
    }
    expect(rotations).toBeGreaterThan(kills);
  },
  60_000 + kills * 10_000,
);

it('a process that is killed loses no line that is older than flushEveryMs and what the system needs', async () => {
  const child = runChild('log-writer.ts', [file, 'forever']);
  await child.spoken;
  await systemClock.sleep(300);
  await child.kill();
  const killedAt = Date.now();
  const last = readAll().trimEnd().split('\n').at(-1) ?? '';
  const writtenAt = Date.parse(`${last.slice(0, 10)}T${last.slice(11, 19)}.${last.slice(20, 23)}Z`);
  // 100 ms of the log, the rest for a machine that is busy.
  expect(killedAt - writtenAt).toBeLessThan(1_000);
});

it('a full disk sends lines to standard error with one warning, and every line is in one place or the other', async () => {
  const child = runChild('log-writer.ts', [file, 'fill'], { fileKibMax: 64, keepErrors: true });
  await child.ended;
  const report = JSON.parse(child.output()) as {
    lines: number;
    diverted: number;
    dropped: number;
    code: string;
  };
  expect(report).toMatchObject({ dropped: 0, code: 'EFBIG' });
  const [stored, elsewhere] = [numbersOf(readAll()), numbersOf(child.errors())];
  expect(elsewhere).toHaveLength(report.diverted);
  expect([...stored, ...elsewhere]).toEqual(upTo(report.lines));
  expect(stored.length).toBeGreaterThan(1_000);
  expect(child.errors().match(/WARNING RAPTOR LOG: .* cannot be written/g)).toHaveLength(1);
  // It ends with a whole line.
  expect(readFileSync(file, 'utf8').endsWith('\n')).toBe(true);
});
