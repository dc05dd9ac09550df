import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { GpuFigures } from '../sample.ts';
import { brokenLines, gpuOutputs } from '../testing/gpu-fixtures.ts';
import { parseGpuLine } from './gpu-line.ts';
import { parseGpuProcesses } from './gpu-processes.ts';
import { lineCharsMax, LineSplitter } from './line-splitter.ts';

const mebibyte = 2 ** 20;

function gpusIn(output: string): GpuFigures[] {
  const gpus: GpuFigures[] = [];
  const lines = new LineSplitter((line) => {
    const parsed = parseGpuLine(line);
    if (parsed.kind === 'gpu') gpus.push(parsed.gpu);
  });
  lines.push(output);
  return gpus;
}

describe('a line of nvidia-smi', () => {
  it('of driver 470 gives every figure in our units', () => {
    expect(gpusIn(gpuOutputs[470])).toEqual([
      {
        index: 0,
        uuid: 'GPU-5f3c2a1b-0000-1111-2222-333344445555',
        name: 'Tesla T4',
        percent: 37,
        memoryBusyPercent: 12,
        memoryUsedBytes: 1_024 * mebibyte,
        memoryTotalBytes: 15_109 * mebibyte,
        temperatureCelsius: 61,
        powerWatts: 45.32,
        powerLimitWatts: 70,
      },
    ]);
  });

  it('of driver 535 lacks what the card does not tell, whatever word stands for it', () => {
    const [laptop, virtual] = gpusIn(gpuOutputs[535]);
    expect(laptop).toMatchObject({ percent: 0, temperatureCelsius: 44 });
    expect(laptop).not.toHaveProperty('powerWatts');
    expect(laptop).not.toHaveProperty('powerLimitWatts');
    expect(Object.keys(virtual ?? {})).toEqual([
      'index',
      'uuid',
      'name',
      'memoryUsedBytes',
      'memoryTotalBytes',
    ]);
  });

  it('of driver 550 tells several cards apart, and one in instances without its utilisation', () => {
    const gpus = gpusIn(gpuOutputs[550]);
    expect(gpus.map(({ index, percent }) => [index, percent])).toEqual([
      [0, undefined],
      [1, 100],
    ]);
  });

  it('of driver 570 is read with units, headings and Windows line ends', () => {
    expect(gpusIn(gpuOutputs[570])).toMatchObject([
      { percent: 98, memoryUsedBytes: 70_321 * mebibyte, powerWatts: 612.5, powerLimitWatts: 700 },
    ]);
  });

  it('may hold a comma in the name', () => {
    const line = '0, GPU-5f3c2a1b-0000-1111-2222-333344445555, Quadro, special, 1, 2, 3, 4, 5, 6, 7';
    expect(parseGpuLine(line)).toMatchObject({ kind: 'gpu', gpu: { name: 'Quadro, special', percent: 1 } });
  });

  it.each(brokenLines)('that is broken gives no figures: %s', (line) => {
    expect(parseGpuLine(line)).toEqual({ kind: 'broken' });
  });

  it('that says that there are no devices is understood', () => {
    expect(parseGpuLine('No devices were found')).toEqual({ kind: 'no-devices' });
    expect(parseGpuLine(' ')).toEqual({ kind: 'nothing' });
  });

  it('never throws, and gives only figures that a card can have', () => {
    const part = fc.oneof(
      fc.string(),
      fc.constantFrom('0', 'GPU-5f3c2a1b', '[N/A]', '99 %', '-5', '1e9', 'Infinity'),
    );
    fc.assert(
      fc.property(fc.array(part, { maxLength: 13 }), (parts) => {
        const parsed = parseGpuLine(parts.join(', '));
        if (parsed.kind !== 'gpu') return;
        expect(parsed.gpu.percent ?? 0).toBeLessThanOrEqual(100);
        for (const figure of Object.values(parsed.gpu)) {
          if (typeof figure === 'number') expect(Number.isFinite(figure)).toBe(true);
        }
      }),
    );
  });
});

describe('output of nvidia-smi', () => {
  it('gives the same GPUs wherever its pieces are cut', () => {
    const output = Object.values(gpuOutputs).join('');
    const whole = gpusIn(output);
    expect(whole).toHaveLength(6);
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: output.length }), { maxLength: 20 }), (cuts) => {
        const lines: string[] = [];
        const splitter = new LineSplitter((line) => lines.push(line));
        let start = 0;
        for (const end of [...cuts.toSorted((a, b) => a - b), output.length]) {
          splitter.push(output.slice(start, end));
          start = end;
        }
        expect(gpusIn(lines.map((line) => `${line}\n`).join(''))).toEqual(whole);
      }),
    );
  });

  it('without line ends is not kept, and the line after it is read', () => {
    const lines: string[] = [];
    const splitter = new LineSplitter((line) => lines.push(line));
    for (let piece = 0; piece < 100; piece += 1) splitter.push('x'.repeat(1_000));
    splitter.push('x\nnext\n');
    splitter.push('y'.repeat(lineCharsMax));
    splitter.push('\n');
    expect(lines.map((line) => line.slice(0, 4))).toEqual(['next', 'yyyy']);
  });

  it('about processes gives the memory of each over all GPUs', () => {
    const text = '4242, 1024\n4242, 512 MiB\r\n77, [N/A]\n78, [Insufficient Permissions]\n, 5\n79, 10\n80, 3';
    expect([...parseGpuProcesses(text)]).toEqual([
      [4_242, 1_536 * mebibyte],
      [79, 10 * mebibyte],
      [80, 3 * mebibyte],
    ]);
  });
});
