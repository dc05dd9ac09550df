import { assert, integer, property, record, string } from 'fast-check';
import { describe, expect, it } from 'vitest';

import { windowAround } from './window.ts';

describe('the window around a quote', () => {
  it('always shows exactly the quote, in its place', () => {
    assert(
      property(
        record({
          text: string({ minLength: 1, maxLength: 4000 }),
          a: integer({ min: 0, max: 3999 }),
          length: integer({ min: 1, max: 50 }),
          max: integer({ min: 100, max: 1000 }),
        }),
        ({ text, a, length, max }) => {
          const start = a % text.length;
          const end = Math.min(text.length, start + length);
          const shown = windowAround(text, start, end, max);
          const first = start - shown.before.length;
          expect(shown.quote).toBe(text.slice(start, end));
          expect(shown.before + shown.quote + shown.after).toBe(
            text.slice(first, first + shown.before.length + shown.quote.length + shown.after.length),
          );
          expect(shown.cutBefore).toBe(first > 0);
        },
      ),
    );
  });

  it('shows a short text whole and quotes nothing for a place outside it', () => {
    expect(windowAround('abc', 1, 2, 100)).toEqual({
      before: 'a',
      quote: 'b',
      after: 'c',
      cutBefore: false,
      cutAfter: false,
    });
    expect(windowAround('abc', 2, 9, 100).quote).toBe('');
    expect(windowAround('abc', null, null, 100).after).toBe('abc');
  });

  it('cuts a long text at lines', () => {
    const text = Array.from({ length: 1000 }, (_, index) => `line ${index}`).join('\n');
    const start = text.indexOf('line 500');
    const shown = windowAround(text, start, start + 8, 200);
    expect(shown.before.startsWith('line ')).toBe(true);
    expect(shown.cutBefore && shown.cutAfter).toBe(true);
    expect(shown.before.length + shown.after.length).toBeLessThan(260);
  });
});
