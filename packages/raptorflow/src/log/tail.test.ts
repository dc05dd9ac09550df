import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { tailFile, type TailQuery } from './tail.ts';

let root = '';
let file = '';
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'raptorflow-tail-'));
  file = join(root, 'raptor.log');
});
afterEach(() => rmSync(root, { recursive: true }));

const text = fc.string({
  unit: fc.constantFrom('a', '\n', 'é', '€', '😀', '\u0301', ' ', '字'),
  maxLength: 400,
});
const amount = fc.integer({ min: 1, max: 500 });

function lastLines(whole: string, lines: number): string {
  const all = whole.split(/(?<=\n)/);
  return all.slice(-lines).join('');
}

describe('the end of a log', () => {
  it('is exactly the last characters, whatever their bytes', async () => {
    await fc.assert(
      fc.asyncProperty(text, amount, async (whole, characters) => {
        writeFileSync(file, whole);
        expect(await tailFile(file, { characters })).toBe(Array.from(whole).slice(-characters).join(''));
      }),
      { numRuns: 300 },
    );
  });

  it('is exactly the last lines', async () => {
    await fc.assert(
      fc.asyncProperty(text, fc.integer({ min: 1, max: 20 }), async (whole, lines) => {
        writeFileSync(file, whole);
        expect(await tailFile(file, { lines })).toBe(lastLines(whole, lines));
      }),
      { numRuns: 300 },
    );
  });

  it('goes on in rotated files, plain and compressed, as if they were one', async () => {
    const parts = fc.tuple(text, text, text);
    await fc.assert(
      fc.asyncProperty(parts, fc.integer({ min: 1, max: 900 }), async ([oldest, middle, newest], count) => {
        // A file is rotated at the end of a line.
        const [first, second] = [`${oldest}\n`, `${middle}\n`];
        writeFileSync(`${file}.4.gz`, gzipSync(first));
        writeFileSync(`${file}.5`, second);
        writeFileSync(file, newest);
        const whole = first + second + newest;
        expect(await tailFile(file, { characters: count })).toBe(Array.from(whole).slice(-count).join(''));
        expect(await tailFile(file, { lines: count })).toBe(lastLines(whole, count));
      }),
      { numRuns: 150 },
    );
  });

  it('reads 50,000 lines over many blocks', async () => {
    const all = Array.from({ length: 60_000 }, (_, at) => `line ${at} of many\n`);
    writeFileSync(file, all.join(''));
    expect(await tailFile(file, { lines: 50_000 })).toBe(all.slice(-50_000).join(''));
  });

  it('leaves out a character that is not written to its end yet', async () => {
    for (const cut of [1, 2, 3]) {
      writeFileSync(file, Buffer.concat([Buffer.from('ab€'), Buffer.from('😀').subarray(0, cut)]));
      expect(await tailFile(file, { characters: 2 })).toBe('b€');
    }
  });

  it('is empty where there is no log, and begins after a rotated file that is damaged', async () => {
    expect(await tailFile(file, { lines: 5 })).toBe('');
    expect(await tailFile(join(root, 'no', 'folder.log'), { lines: 5 })).toBe('');
    writeFileSync(`${file}.1.gz`, 'damaged');
    writeFileSync(`${file}.2`, 'older\n');
    writeFileSync(file, 'newer\n');
    expect(await tailFile(file, { lines: 50 })).toBe('older\nnewer\n');
  });

  it('refuses what is not 1 to 50,000', async () => {
    for (const count of [0, -1, 1.5, 50_001, Number.NaN]) {
      await expect(tailFile(file, { characters: count })).rejects.toMatchObject({ code: 'invalid_input' });
      await expect(tailFile(file, { lines: count })).rejects.toMatchObject({ code: 'invalid_input' });
    }
    await expect(tailFile(file, {} as TailQuery)).rejects.toMatchObject({ code: 'invalid_input' });
    await expect(tailFile(root, { lines: 1 })).rejects.toMatchObject({ code: 'unavailable' });
  });
});
