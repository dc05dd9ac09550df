/** What every workspace has spent of its month, as a metric that rules can look at. */
import type { Identity, Ledger } from '@raptorflow/runtime';
import { Lifecycle, type Clock, type Logger, type Service, type Timer } from 'raptorflow/kernel';
import type { Meter } from 'raptorflow/metrics';

/** What the gauges look at. */
export interface BudgetGaugesDeps {
  readonly workspaces: Pick<Identity['workspaces'], 'listAll'>;
  readonly ledger: Pick<Ledger, 'standing'>;
  readonly meter: Meter;
  readonly clock: Clock;
  readonly log: Logger;
}

const everyMs = 60_000;

/** Looks once a minute at what is spent and reserved of each workspace's budget. */
export function createBudgetGauges({ workspaces, ledger, meter, clock, log }: BudgetGaugesDeps): Service {
  const used = meter.gauge({
    name: 'budget_used_ratio',
    unit: '1',
    description: 'The share of a workspace’s monthly budget that is spent, reserved or uncertain.',
    category: 'business',
    merge: 'max',
  });
  let timer: Timer | undefined;
  let looking: Promise<void> = Promise.resolve();
  const look = async (): Promise<void> => {
    try {
      for (const { id } of await workspaces.listAll()) {
        const { capMicroUsd, spentMicroUsd, reservedMicroUsd, uncertainMicroUsd } = await ledger.standing(id);
        // Whoever may spend nothing has spent it all.
        const share =
          capMicroUsd === 0 ? 1 : (spentMicroUsd + uncertainMicroUsd + reservedMicroUsd) / capMicroUsd;
        used.with({ workspace_id: id }).set(share);
      }
    } catch (error) {
      log.debug('The budgets could not be read; they are looked at again in a minute.', { error });
    }
  };
  const lifecycle = new Lifecycle('The gauges of budgets', {
    start: async () => next(0),
    stop: async () => {
      timer?.cancel();
      await looking;
    },
  });
  function next(afterMs: number): void {
    timer = clock
      .setTimeout(() => {
        looking = look().finally(() => {
          if (lifecycle.state === 'running') next(everyMs);
        });
      }, afterMs)
      .unref();
  }
  return {
    get state() {
      return lifecycle.state;
    },
    start: () => lifecycle.start(),
    stop: (options) => lifecycle.stop(options),
  };
}
