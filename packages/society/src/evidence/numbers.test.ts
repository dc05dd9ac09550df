import { assert, property, string } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findNumbers, unsupportedNumbers } from './numbers.ts';

describe('numbers in text', () => {
  it('reads figures with thousands, decimals, currency and percent', () => {
    const found = findNumbers('From $1,500 to €2.000,50, 99.95 % of 1 000 000 in 2026.');
    expect(found.map((mention) => mention.values[0])).toEqual(['1500', '2000.5', '99.95', '1000000', '2026']);
  });

  it('gives an ambiguous figure both readings', () => {
    expect(findNumbers('1.500')[0]?.values).toEqual(['1500', '1.5']);
  });

  it('reads number words but not pronouns and ordinals', () => {
    expect(findNumbers('Eleven alarms, one of them real; the second was not.').map((m) => m.raw)).toEqual([
      'Eleven',
    ]);
  });

  it('accepts a number written differently in the quote', () => {
    expect(
      unsupportedNumbers('It takes 7 minutes for 1500 users.', ['seven minutes', '1,500 users']),
    ).toEqual([]);
  });

  it('finds the number that no quote holds, at its place', () => {
    const text = 'Cuts alarms by 90 percent in 41 installations.';
    const [only, ...rest] = unsupportedNumbers(text, [
      'reduced false alarms by 83 percent',
      '41 installations',
    ]);
    expect(rest).toEqual([]);
    expect(text.slice(only?.start, only?.end)).toBe('90');
  });

  it('does not take a part of a number for the number', () => {
    expect(unsupportedNumbers('19 dollars', ['$190', '1,900', '0.19']).map((m) => m.raw)).toEqual(['19']);
  });

  it('reads the cells of a CSV row apart, but for those in quotation marks', () => {
    const row = 'Family week,2 adults,1190,6 days,12,500,"1,900 guests"';
    expect(unsupportedNumbers('1190 for 6 days, 12 or 500, 1900 guests', [row])).toEqual([]);
    expect(unsupportedNumbers('900 guests', [row]).map((m) => m.raw)).toEqual(['900']);
    expect(unsupportedNumbers('19 dollars', ['1,900, or 2,500 with tax']).map((m) => m.raw)).toEqual(['19']);
  });

  it('treats version numbers and clock times as written', () => {
    expect(unsupportedNumbers('Version 2.4.1 at 16:00', ['version 2.4.1', '16:00'])).toEqual([]);
    expect(unsupportedNumbers('Version 2.4.1', ['version 2.4'])).toHaveLength(1);
  });

  it('never calls a number of a text unsupported by the text itself', () => {
    assert(
      property(string({ maxLength: 200 }), (text) => {
        expect(unsupportedNumbers(text, [text])).toEqual([]);
      }),
    );
  });
});
