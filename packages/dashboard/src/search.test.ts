import { describe, expect, it } from 'vitest';

import { isOneOf, parseSearch, readSearch, safeAddress, stringifySearch, wholeNumber } from './search.ts';

describe('the search of an address', () => {
  it('stays text both ways', () => {
    const search = { source: 'doc_1', start: '12' };
    expect(stringifySearch(search)).toBe('?source=doc_1&start=12');
    expect(parseSearch('?source=doc_1&start=12')).toEqual(search);
    expect(stringifySearch({ a: undefined, b: '' })).toBe('');
  });

  it('keeps only the names that the page knows', () => {
    expect(readSearch('status')({ status: 'failed', other: 'x' })).toEqual({ status: 'failed' });
    expect(readSearch('status')({ status: '' })).toEqual({});
  });

  it('reads whole numbers and known words, and nothing else', () => {
    expect(wholeNumber('12')).toBe(12);
    for (const bad of [undefined, '', '-1', '1.5', 'x', '99999999999']) expect(wholeNumber(bad)).toBeNull();
    expect(isOneOf(['day', 'run'], 'day')).toBe(true);
    expect(isOneOf(['day', 'run'], 'hour')).toBe(false);
  });
});

describe('the address after sign-in', () => {
  it('never leaves the dashboard', () => {
    expect(safeAddress('/w/wsp_1/runs?status=failed')).toBe('/w/wsp_1/runs?status=failed');
    for (const bad of [undefined, '', 'https://evil.example', '//evil.example', '/\\evil.example', 'w/1']) {
      expect(safeAddress(bad)).toBe('/');
    }
  });
});
