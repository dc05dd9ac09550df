import { describe, expect, it } from 'vitest';
import { createOutput, formatTable } from './output.ts';

function captured(options: { json: boolean; colours: boolean; terminal?: boolean }): {
  output: ReturnType<typeof createOutput>;
  out: string[];
  err: string[];
} {
  const out: string[] = [];
  const err: string[] = [];
  const stream = (lines: string[]): { write(text: string): void; isTTY: boolean; columns: number } => ({
    write: (text) => void lines.push(text),
    isTTY: options.terminal === true,
    columns: 40,
  });
  return { output: createOutput(options, { out: stream(out), err: stream(err) }), out, err };
}

describe('createOutput', () => {
  it('writes only the result with --json, as one line', () => {
    const { output, out } = captured({ json: true, colours: false });
    output.line('for people');
    output.table(['A'], [['1']]);
    output.result({ status: 'completed' });
    expect(out).toEqual(['{"status":"completed"}\n']);
  });

  it('keeps progress and errors out of the result', () => {
    const { output, out, err } = captured({ json: false, colours: false });
    output.progress('half');
    output.error('broken');
    output.line('done');
    output.result({});
    expect(out).toEqual(['done\n']);
    expect(err).toEqual(['half\n', 'broken\n']);
  });

  it('rewrites progress in place in a terminal, never wider than it, and clears it before the next line', () => {
    const { output, out, err } = captured({ json: false, colours: true, terminal: true });
    output.progress('x'.repeat(100));
    output.line('done');
    expect(err).toEqual([`\r\u001b[K${'x'.repeat(39)}`, '\r\u001b[K']);
    expect(out).toEqual(['done\n']);
  });

  it('colours only where colours are wanted', () => {
    expect(captured({ json: false, colours: false }).output.tone('bad', 'x')).toBe('x');
    expect(captured({ json: false, colours: true }).output.tone('bad', 'x')).toBe('\u001b[31mx\u001b[39m');
  });
});

describe('formatTable', () => {
  it('aligns columns by what is seen, not by colour codes, and leaves no trailing spaces', () => {
    const table = formatTable(
      ['Id', 'Name'],
      [
        ['\u001b[31mab\u001b[39m', 'x'],
        ['abcd', ''],
      ],
    );
    expect(table).toBe('Id    Name\n\u001b[31mab\u001b[39m    x\nabcd\n');
  });

  it('writes a note below each row, which does not widen the columns', () => {
    const table = formatTable(
      ['Id', 'Name'],
      [
        ['a', 'x'],
        ['b', 'y'],
      ],
      undefined,
      ['every hour', 'by hand'],
    );
    expect(table).toBe('Id  Name\na   x\n    every hour\nb   y\n    by hand\n');
  });
});
