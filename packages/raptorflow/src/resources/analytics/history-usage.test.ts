import { expect, test } from 'vitest';
import { createFakeClock } from '../../kernel/testing/index.ts';
import { createHistory, createMetrics, memoryHistoryStore } from '../../metrics/index.ts';
import { historyUsage } from './history-usage.ts';

const unbounded = { workspaceId: null, capacity: null, quotaId: null, taskId: null };
const expected = [
  {
    ...unbounded,
    id: 'resource_count{resource_type=file_handle}',
    resourceType: 'file_handle',
    kind: 'held',
    unit: 'resources',
  },
  {
    ...unbounded,
    id: 'resource_count{resource_type=thread,workspace_id=w1}',
    resourceType: 'thread',
    kind: 'held',
    unit: 'resources',
    workspaceId: 'w1',
    capacity: 50,
    quotaId: 'q1',
  },
  {
    ...unbounded,
    id: 'llm_tokens',
    resourceType: 'llm_tokens',
    kind: 'used',
    unit: 'tokens',
    taskId: 't1',
  },
  { ...unbounded, id: 'held{type=thread}', resourceType: 'thread', kind: 'held', unit: '1' },
];

test('usage is read from the history of metrics: levels of what is held, increases of what is used, series by series', async () => {
  const clock = createFakeClock(Date.UTC(2026, 0, 1));
  const metrics = createMetrics({}, { clock });
  const history = createHistory({}, { metrics, store: memoryHistoryStore(), clock });
  await history.start();
  const open = metrics.gauge({
    name: 'resource_count',
    description: 'Open.',
    unit: 'resources',
    category: 'resource',
  });
  const held = metrics.gauge({ name: 'held', description: 'Held.', unit: '1', category: 'resource' });
  const spent = metrics.counter({
    name: 'llm_tokens',
    description: 'Spent.',
    unit: 'tokens',
    category: 'business',
  });
  for (let step = 0; step < 6; step += 1) {
    open.with({ resource_type: 'thread', workspace_id: 'w1' }).set(step);
    open.with({ resource_type: 'file_handle' }).set(7);
    held.with({ type: 'thread' }).set(4);
    spent.add(100);
    await clock.advance(10_000);
  }
  await history.flush();
  const source = historyUsage(history, [
    {
      metric: 'resource_count',
      kind: 'held',
      unit: 'resources',
      capacityOf: (tags) => (tags['resource_type'] === 'thread' ? { capacity: 50, quotaId: 'q1' } : null),
    },
    { metric: 'llm_tokens', kind: 'used', unit: 'tokens', taskOf: () => 't1' },
    { metric: 'held', resourceType: { tag: 'type' }, kind: 'held', unit: '1' },
    { metric: 'nobody_records_this', kind: 'used', unit: 'calls' },
  ]);
  const from = Date.UTC(2026, 0, 1);
  const readings = await source.read({ from, to: from + 60_000, stepMs: 30_000 });
  expect(readings.map(({ series }) => series)).toEqual(expected);
  expect(readings.map(({ points }) => points.map(({ value }) => value))).toEqual([
    [7, 7],
    [2, 5],
    [300, 300],
    [4, 4],
  ]);
  await history.stop();
});
