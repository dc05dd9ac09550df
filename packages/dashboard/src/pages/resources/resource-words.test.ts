import { expect, it } from 'vitest';

import { evidenceWords, kindsByCount } from './resource-words.ts';
import { scopeOf } from './resource-scope.ts';

it('lists kinds from the one with most, and leaves out what is not open', () => {
  expect(kindsByCount({ lock: 1, thread: 0, cache: 4, memory: 4 })).toEqual([
    ['cache', 4],
    ['memory', 4],
    ['lock', 1],
  ]);
});

it('writes evidence with the units that its names carry', () => {
  expect(
    evidenceWords({
      age_ms: 7_200_000,
      heap_bytes: 34_000_000,
      span_seconds: 90,
      releases_seen: 41,
      unit: 'sockets',
    }),
  ).toEqual([
    ['Age', '2 h 00 min'],
    ['Heap', '34.0 MB'],
    ['Span', '1 min 30 s'],
    ['Releases seen', '41'],
    ['Unit', 'sockets'],
  ]);
});

it('shows the operator the whole installation unless the address asks for the workspace, and nobody else', () => {
  expect(scopeOf(true, undefined)).toEqual({ scope: 'installation', search: {} });
  expect(scopeOf(true, 'workspace')).toEqual({ scope: 'workspace', search: { scope: 'workspace' } });
  expect(scopeOf(false, 'installation')).toEqual({ scope: 'workspace', search: {} });
});
