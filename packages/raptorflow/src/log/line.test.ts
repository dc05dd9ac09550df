import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isUnruly, levelOfLine, linesOf, messageCharactersMax, Stamps, timeOfLine } from './line.ts';

describe('lines of the log', () => {
  it('begin with the time in UTC, which can be read back', () => {
    expect(new Stamps().of(Date.UTC(2025, 0, 15, 14, 30, 12, 547))).toBe('2025-01-15 14:30:12,547');
    const stamps = new Stamps();
    fc.assert(
      fc.property(fc.integer({ min: 0, max: Date.UTC(2100, 0) }), (time) => {
        expect(timeOfLine(`${stamps.of(time)} INFO x`)).toBe(time);
      }),
    );
  });

  it('carry a level, and further lines of a message carry none', () => {
    expect(levelOfLine('2025-01-15 14:30:12,547 WARNING RAPTOR LOG: x')).toBe('WARNING');
    expect(levelOfLine('2025-01-15 14:30:12,547 NOTHING x')).toBeUndefined();
    expect(levelOfLine('    at main (file.js:1:1)')).toBeUndefined();
  });

  it('are one per line of the message, and no message makes a line that looks like one of its own', () => {
    fc.assert(
      fc.property(
        fc.string({
          unit: fc.constantFrom(...Array.from('a é\n\r\t\0\u001b\u0085\u009b\u2028\u2029\ud800'), '😀'),
        }),
        (message) => {
          const lines = isUnruly(message) ? linesOf(message) : [message];
          // oxlint-disable-next-line no-control-regex -- They are what must not be there.
          expect(lines.join('')).not.toMatch(/[\u0000-\u0008\u000a-\u001f\u007f-\u009f\u2028\u2029]/);
          expect(lines.slice(1).every((line) => line.startsWith('    '))).toBe(true);
        },
      ),
    );
    expect(linesOf('a\r\nb\u001b[31mc')).toEqual(['a', '    b\\x1b[31mc']);
  });

  it('say how much of a long message they leave out, and cut no character', () => {
    const [line = ''] = linesOf(`${'x'.repeat(messageCharactersMax - 1)}😀${'y'.repeat(9)}`);
    expect(line.isWellFormed()).toBe(true);
    expect(line.endsWith('… (11 characters left out)')).toBe(true);
  });
});
