import { expect, it } from 'vitest';

import { namedIn } from './analytics.ts';

it('reads the metric and the tags that the id of a series names', () => {
  expect(namedIn('system_memory_percent')).toEqual({ metric: 'system_memory_percent', tags: {} });
  expect(namedIn('resource_count{status=idle,type=lock}')).toEqual({
    metric: 'resource_count',
    tags: { status: 'idle', type: 'lock' },
  });
  expect(namedIn('m{query=a=b}')).toEqual({ metric: 'm', tags: { query: 'a=b' } });
  expect(namedIn('odd{').metric).toBe('odd{');
});
