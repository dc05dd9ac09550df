import { describe, expect, it } from 'vitest';

import { choicesFor, placeAfter } from './choice-list.ts';

const all = [
  { value: 'http_request_ms', detail: 'How long answers took.' },
  { value: 'http_requests', detail: 'Answered requests.' },
  { value: 'bus_lag' },
];
const found = (text: string) => choicesFor(all, text, 10).map(({ value }) => value);

describe('a searchable list', () => {
  it('offers what holds every word, and everything when one is chosen or nothing is typed', () => {
    expect(found('HTTP took')).toEqual(['http_request_ms']);
    expect(found('bus')).toEqual(['bus_lag']);
    expect(found('nothing')).toEqual([]);
    expect(found('')).toHaveLength(3);
    expect(found('bus_lag')).toHaveLength(3);
    expect(choicesFor(all, '', 2)).toHaveLength(2);
  });

  it('is walked with the arrow keys, round its ends', () => {
    expect([placeAfter('ArrowDown', -1, 3), placeAfter('ArrowDown', 2, 3)]).toEqual([0, 0]);
    expect([placeAfter('ArrowUp', -1, 3), placeAfter('ArrowUp', 1, 3)]).toEqual([2, 0]);
    expect([placeAfter('Enter', 0, 3), placeAfter('ArrowDown', 0, 0)]).toEqual([null, null]);
  });
});
