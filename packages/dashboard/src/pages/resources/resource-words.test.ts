import { expect, it } from 'vitest';

import { evidenceWords, kindsByCount } from './resource-words.ts';

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
      resource_type: 'lock',
      evidence: { age_ms: 7_200_000, heap_bytes: 34_000_000, span_seconds: 90, to: 41, unit: 'sockets' },
    }),
  ).toEqual([
    ['Age', '2 h 00 min'],
    ['Heap', '34.0 MB'],
    ['Span', '1 min 30 s'],
    ['To', '41'],
    ['Unit', 'sockets'],
  ]);
});

it('writes what grows in the unit of its figure', () => {
  const growth = { resource_type: 'heap_used', evidence: { from: 84_000_000, to: 171_000_000, looks: 8 } };
  expect(evidenceWords(growth)).toEqual([
    ['From', '84.0 MB'],
    ['To', '171 MB'],
    ['Looks', '8'],
  ]);
});
