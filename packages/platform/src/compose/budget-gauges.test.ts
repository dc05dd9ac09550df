import { silentLogger } from 'raptorflow/kernel';
import { createFakeClock } from 'raptorflow/kernel/testing';
import { createMetrics } from 'raptorflow/metrics';
import { expect, it, vi } from 'vitest';
import { createBudgetGauges } from './budget-gauges.ts';

it('the gauges of budgets tell what each workspace has used, and go on after a failure', async () => {
  const [clock, metrics] = [createFakeClock(), createMetrics()];
  let spentMicroUsd = 2;
  let isBroken = false;
  const gauges = createBudgetGauges({
    workspaces: { listAll: async () => [{ id: 'w1' }, { id: 'w2' }] as never },
    ledger: {
      standing: async (workspaceId) => {
        if (isBroken) throw new TypeError('away');
        const capMicroUsd = workspaceId === 'w1' ? 10 : 0;
        return { capMicroUsd, spentMicroUsd, reservedMicroUsd: 1, uncertainMicroUsd: 1 } as never;
      },
    },
    meter: metrics,
    clock,
    log: silentLogger,
  });
  const shares = (): unknown[] => metrics.snapshot().metrics[0]?.series.map(({ value }) => value) ?? [];
  await gauges.start();
  await clock.advance(0);
  await vi.waitFor(() => expect(shares()).toEqual([0.4, 1]));
  isBroken = true;
  await clock.advance(60_000);
  isBroken = false;
  spentMicroUsd = 6;
  await vi.waitFor(async () => {
    await clock.advance(60_000);
    expect(shares()).toEqual([0.8, 1]);
  });
  await gauges.stop();
  expect(clock.pending).toBe(0);
});
