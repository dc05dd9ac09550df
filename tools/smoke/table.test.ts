import { expect, it } from 'vitest';

import { atMost, isSo, renderTable } from './table.ts';

it('lines up the columns and says what failed', () => {
  const table = renderTable([
    atMost('start', 1.234, 2.5, 's'),
    atMost('memory', 301, 300, 'MiB'),
    isSo('dashboard is served', true),
  ]);
  expect(table.split('\n')).toEqual([
    'start                1.23 s   ≤ 2.5 s    ok',
    'memory               301 MiB  ≤ 300 MiB  FAILED',
    'dashboard is served  yes                 ok',
  ]);
});

it('does not fail on what the system does not tell', () => {
  expect(atMost('memory', undefined, 300, 'MiB')).toMatchObject({ holds: true, value: 'not measured here' });
});
