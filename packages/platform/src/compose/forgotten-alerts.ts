/** What a deleted workspace said about alerts goes with it: its rules, silences and windows, then their history. */
import { forgetAlertHistory, type Database } from '@raptorflow/runtime';
import type { Alerts } from 'raptorflow/alerts';
import type { Bus, Subscription } from 'raptorflow/bus';
import { isRaptorFlowError, Lifecycle, RaptorFlowError, type Service } from 'raptorflow/kernel';

/** What is needed to forget. */
export interface ForgottenAlertsDeps {
  readonly bus: Pick<Bus, 'subscribe'>;
  readonly db: Pick<Database, 'system'>;
  /** Throws `unavailable` where another server looks after alerts. */
  readonly alerts: () => Pick<Alerts, 'rules' | 'silences' | 'maintenance'>;
}

/**
 * Forgets the alerts of each workspace that is deleted. The event is tried until it comes to the server that looks after alerts, and begins
 * again where one was killed over it.
 */
export function createForgottenAlerts({ bus, db, alerts }: ForgottenAlertsDeps): Service {
  let subscription: Subscription | undefined;
  const lifecycle = new Lifecycle('the forgetting of alerts', {
    start: async () => {
      subscription = await bus.subscribe(
        'sys.workspace.lifecycle',
        async ({ workspaceId }) => {
          if (workspaceId === null) return;
          await forget(alerts(), workspaceId);
          await forgetAlertHistory(db, workspaceId);
        },
        {
          group: 'forgotten-alerts',
          types: ['workspace.deleted'],
          // A workspace may be deleted before anybody listens.
          from: { sinceMs: 60_000 },
          concurrency: 1,
          retry: { retries: 100, baseMs: 500, capMs: 10_000 },
        },
      );
    },
    stop: async (options) => subscription?.stop(options),
  });
  return {
    get state() {
      return lifecycle.state;
    },
    start: () => lifecycle.start(),
    stop: (options) => lifecycle.stop(options),
  };
}

async function forget(
  { rules, silences, maintenance }: ReturnType<ForgottenAlertsDeps['alerts']>,
  workspaceId: string,
): Promise<void> {
  for (const { id } of silences.list({ workspaceId })) await silences.expire(id);
  for (const { id } of maintenance.list({ workspaceId })) await maintenance.remove(id);
  // A rule cannot go before those that contain it; each round takes at least the outermost.
  for (let left = Number.POSITIVE_INFINITY; ;) {
    const own = rules.list({ workspaceId });
    if (own.length === 0) return;
    if (own.length === left) {
      throw new RaptorFlowError('conflict', 'Rules of other workspaces contain rules of a deleted one.', {
        details: { workspace_id: workspaceId },
        retryable: true,
      });
    }
    left = own.length;
    for (const {
      rule: { name },
    } of own) {
      try {
        await rules.remove({ name, workspaceId });
      } catch (error) {
        if (!isRaptorFlowError(error, 'conflict')) throw error;
      }
    }
  }
}
