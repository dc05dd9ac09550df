import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { findValues, readDate, isoDate } from './values.ts';

const found = (text: string): [string, number | undefined, string | undefined][] =>
  findValues(text).map((value) => [value.text, value.number, value.unit]);

describe('finding values', () => {
  test.each([
    '$12/user/month',
    '$12 per user per month',
    '12 USD per user per month',
    '12 dollars per month per user',
  ])('"%s" is twelve dollars per user and month', (text) => {
    expect(found(text)).toEqual([[text, 12, 'USD/month/user']]);
  });

  test('euros, each, thousands, millions and decimals are read', () => {
    expect(found('€24 each, 14 million euros, 1,320.50 pounds and € 2,90.')).toEqual([
      ['€24 each', 24, 'EUR/piece'],
      ['14 million euros', 14_000_000, 'EUR'],
      ['1,320.50 pounds', 1320.5, 'GBP'],
      ['€ 2,90', 2.9, 'EUR'],
    ]);
  });

  test('shares, durations, quantities, ratios and number words are read', () => {
    expect(
      found(
        '99.95 % of 3,900 runs took 24-month terms, 2 to 8 °C, nine of ten, twenty-three kilos, half a year.',
      ),
    ).toEqual([
      ['99.95 %', 99.95, '%'],
      ['3,900', 3900, undefined],
      ['24-month', 24, 'month'],
      ['2 to 8 °C', 2, '°C'],
      ['nine of ten', 9, undefined],
      ['twenty-three kilos', 23, 'kg'],
      ['half a year', 0.5, 'year'],
    ]);
  });

  test('dates are read to the day, month or year they give', () => {
    const days = (text: string): string => isoDate(readDate(text).number ?? 0);
    expect(days('25 June 2026')).toBe('2026-06-25');
    expect(days('June 25, 2026')).toBe('2026-06-25');
    expect(days('2026-06-25')).toBe('2026-06-25');
    expect(days('March 2021')).toBe('2021-03-01');
    expect(days('Q3 2026')).toBe('2026-07-01');
    expect(findValues('since 2014')[0]).toMatchObject({ kind: 'date', precision: 'year' });
  });

  test('clock times, versions, standards and addresses are no values', () => {
    expect(
      found('At 16:00 version 1.19 of ISO 22000, see https://x.example/5/6, by 10 am, 1.x, #3127 and 2.4.0.'),
    ).toEqual([]);
  });

  test('spans of working time, ranges and shares in words are one value each', () => {
    expect(
      found('Answers within 4 working hours, delivery in 3 to 5 working days, one in six fails.'),
    ).toEqual([
      ['4 working hours', 4, 'working hour'],
      ['3 to 5 working days', 3, 'working day'],
      ['one in six', 1, undefined],
    ]);
    expect(found('It fell from 23 to 5 days, three in ten months.').map(([text]) => text)).toEqual([
      '23',
      '5 days',
      'three',
      'ten months',
    ]);
  });

  test('"free" and "unlimited" count only as statements', () => {
    expect(found('The basic plan is free.')).toEqual([['free', 0, 'free']]);
    expect(found('A free trial of the free edition.')).toEqual([]);
  });

  test('every value is a slice of its text and none overlaps another', () => {
    const part = fc.constantFrom(
      '$',
      '€',
      '12',
      '3.5',
      '1,000',
      '%',
      ' percent',
      ' days',
      ' per month',
      ' kg',
      ' of ',
      ' to ',
      ' May ',
      '2026',
      ' six ',
      ' x ',
      '-',
      ' ',
      ',',
      '.',
      ' boxes',
    );
    fc.assert(
      fc.property(fc.array(part, { maxLength: 25 }), (parts) => {
        const text = parts.join('');
        let end = 0;
        for (const value of findValues(text)) {
          expect(value.start).toBeGreaterThanOrEqual(end);
          expect(text.slice(value.start, value.end)).toBe(value.text);
          end = value.end;
        }
      }),
      { numRuns: 500 },
    );
  });
});
