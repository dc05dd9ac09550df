import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { listRotated, RotatedFiles } from './rotated-files.ts';

let root = '';
let file = '';
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'raptorflow-rotated-'));
  file = join(root, 'raptor.log');
});
afterEach(() => rmSync(root, { recursive: true }));

const now = Date.UTC(2026, 0, 1);
const keepAll = { keepFiles: 100, maxAgeDays: null };

async function tidy(
  retention: { keepFiles: number; maxAgeDays: number | null } = keepAll,
): Promise<unknown[]> {
  const troubles: unknown[] = [];
  const files = new RotatedFiles((error) => troubles.push(error));
  files.tidy(file, retention, now);
  await files.settled();
  return troubles;
}

describe('rotated files', () => {
  it('are compressed and lose nothing', async () => {
    writeFileSync(`${file}.1`, 'one\n');
    writeFileSync(`${file}.2`, 'two\n');
    expect(await tidy()).toEqual([]);
    expect(readdirSync(root).sort()).toEqual(['raptor.log.1.gz', 'raptor.log.2.gz']);
    expect(gunzipSync(readFileSync(`${file}.2.gz`)).toString()).toBe('two\n');
  });

  it('are finished wherever a process was killed', async () => {
    // Killed while compressing: the plain file is whole.
    writeFileSync(`${file}.1`, 'one\n');
    writeFileSync(`${file}.1.gz.partial`, 'half');
    // Killed between naming the compressed file and removing the plain one.
    writeFileSync(`${file}.2`, 'two\n');
    writeFileSync(`${file}.2.gz`, gzipSync('two\n'));
    expect(listRotated(file).map(({ number, compressed }) => [number, compressed])).toEqual([
      [2, true],
      [1, false],
    ]);
    await tidy();
    expect(readdirSync(root).sort()).toEqual(['raptor.log.1.gz', 'raptor.log.2.gz']);
    expect(gunzipSync(readFileSync(`${file}.1.gz`)).toString()).toBe('one\n');
  });

  it('are kept up to a number and an age, the newest of them', async () => {
    for (const number of [8, 9, 10, 11]) {
      writeFileSync(`${file}.${number}.gz`, gzipSync('x'));
      utimesSync(`${file}.${number}.gz`, now / 1_000, now / 1_000 - (11 - number) * 86_400);
    }
    writeFileSync(`${file}.bak`, 'not ours');
    await tidy({ keepFiles: 3, maxAgeDays: 1.5 });
    expect(readdirSync(root).sort()).toEqual(['raptor.log.10.gz', 'raptor.log.11.gz', 'raptor.log.bak']);
    await tidy({ keepFiles: 1, maxAgeDays: null });
    expect(listRotated(file).map(({ number }) => number)).toEqual([11]);
  });

  it('keep their age when they are compressed', async () => {
    writeFileSync(`${file}.1`, 'one\n');
    utimesSync(`${file}.1`, now / 1_000, now / 1_000 - 2 * 86_400);
    await tidy();
    await tidy({ keepFiles: 5, maxAgeDays: 1 });
    expect(readdirSync(root)).toEqual([]);
  });

  it('stay as they are when they cannot be compressed, and that is told', async () => {
    writeFileSync(`${file}.1`, 'one\n');
    // A folder lies where the compressed file would go.
    mkdirSync(`${file}.1.gz.partial`);
    expect(await tidy()).toHaveLength(1);
    expect(existsSync(`${file}.1`)).toBe(true);
  });

  it('are left for the next start when the log stops', async () => {
    writeFileSync(`${file}.1`, Buffer.alloc(20 << 20, 'one\n'));
    const files = new RotatedFiles((error) => {
      throw error;
    });
    files.tidy(file, keepAll, now);
    await files.stop();
    expect(readdirSync(root)).toEqual(['raptor.log.1']);
  });
});
