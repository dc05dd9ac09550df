import { silentLogger } from 'raptorflow/kernel';
import { createFakeClock } from 'raptorflow/kernel/testing';
import { createMetrics } from 'raptorflow/metrics';
import { createQuotas } from 'raptorflow/resources';
import { expect, it, vi } from 'vitest';
import { createQuotaGauges } from './quota-gauges.ts';

it('tells what each workspace uses of a quota, what everybody does once, nothing of what was never used, and 0 of what is gone', async () => {
  const [clock, metrics] = [createFakeClock(Date.UTC(2026, 0, 5)), createMetrics()];
  const common = { kind: 'hard', action: 'block', limit: 10 } as const;
  const quotas = createQuotas(
    {
      quotas: [
        { ...common, id: 'runs', name: 'Runs', scope: 'workspace', resource: 'runs', period: 'held' },
        { ...common, id: 'calls', name: 'Calls', scope: 'global', resource: 'calls', period: 'day' },
        { ...common, id: 'idle', name: 'Idle', scope: 'workspace', resource: 'idle', period: 'held' },
        { ...common, id: 'each', name: 'Each', scope: 'user', resource: 'runs', period: 'held' },
      ],
    },
    { clock },
  );
  await quotas.start();
  const subject = { userId: 'u', workspaceId: 'w1' };
  const grant = await quotas.acquire(3, { ...subject, resource: 'runs' });
  await quotas.acquire(2, { ...subject, workspaceId: 'w2', resource: 'calls' });
  const gauges = createQuotaGauges({
    workspaces: { listAll: async () => [{ id: 'w1' }, { id: 'w2' }] as never },
    quotas,
    meter: metrics,
    clock,
    log: silentLogger,
  });
  const series = (): unknown =>
    metrics.snapshot().metrics[0]?.series.map(({ tags, value }) => ({ ...tags, value })) ?? [];
  const runs = { quota_id: 'runs', resource_type: 'runs', counts: 'held', workspace_id: 'w1' };
  const calls = { quota_id: 'calls', resource_type: 'calls', counts: 'used', value: 2 };
  await gauges.start();
  await clock.advance(0);
  await vi.waitFor(() => expect(series()).toEqual([calls, { ...runs, value: 3 }]));
  await grant.release();
  await vi.waitFor(async () => {
    await clock.advance(60_000);
    expect(series()).toEqual([calls, { ...runs, value: 0 }]);
  });
  await quotas.delete('calls');
  await vi.waitFor(async () => {
    await clock.advance(60_000);
    expect(series()).toEqual([
      { ...calls, value: 0 },
      { ...runs, value: 0 },
    ]);
  });
  await gauges.stop();
  await quotas.stop();
  expect(clock.pending).toBe(0);
});
