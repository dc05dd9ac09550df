/** What every workspace has spent of its month, as a metric that rules can look at. */
import type { Identity, Ledger } from '@raptorflow/runtime';
import type { Clock, Logger, Service } from 'raptorflow/kernel';
import type { Meter } from 'raptorflow/metrics';
import { createMinuteLook } from './minute-look.ts';

/** What the gauges look at. */
export interface BudgetGaugesDeps {
  readonly workspaces: Pick<Identity['workspaces'], 'listAll'>;
  readonly ledger: Pick<Ledger, 'standing'>;
  readonly meter: Meter;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Looks once a minute at what is spent and reserved of each workspace's budget. */
export function createBudgetGauges({ workspaces, ledger, meter, clock, log }: BudgetGaugesDeps): Service {
  const used = meter.gauge({
    name: 'budget_used_ratio',
    unit: '1',
    description: 'The share of a workspace’s monthly budget that is spent, reserved or uncertain.',
    category: 'business',
    merge: 'max',
  });
  const look = async (): Promise<void> => {
    for (const { id } of await workspaces.listAll()) {
      const { capMicroUsd, spentMicroUsd, reservedMicroUsd, uncertainMicroUsd } = await ledger.standing(id);
      // Whoever may spend nothing has spent it all.
      const share =
        capMicroUsd === 0 ? 1 : (spentMicroUsd + uncertainMicroUsd + reservedMicroUsd) / capMicroUsd;
      used.with({ workspace_id: id }).set(share);
    }
  };
  return createMinuteLook('The gauges of budgets', look, { clock, log });
}
