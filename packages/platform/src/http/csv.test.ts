import { describe, expect, it } from 'vitest';
import { csvRow } from './csv.ts';

describe('a row of CSV', () => {
  it('quotes what would break it, and doubles the quotes inside', () => {
    expect(csvRow(['plain', 'a,b', 'say "hi"', 'two\nlines', null, 3, true])).toBe(
      'plain,"a,b","say ""hi""","two\nlines",,3,true\r\n',
    );
  });

  it('keeps a spreadsheet from running what somebody named an agent, and leaves figures below zero alone', () => {
    for (const text of ['=1+1', '+cmd', '-2+3', '@SUM(A1)', '\tx', '\r=1']) {
      expect(csvRow([text]).replace(/^"/u, '')).toMatch(/^'/u);
    }
    expect(csvRow(['-0.700000', -3])).toBe('-0.700000,-3\r\n');
  });
});
