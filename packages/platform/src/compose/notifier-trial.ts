/** Whether those who are told of alerts can be reached, found out before something is wrong. */
import type { Notification, Notifier } from 'raptorflow/alerts';
import { toRaptorFlowError, type Clock, type Ids } from 'raptorflow/kernel';
import type { Executor } from 'raptorflow/resilience';

/** How a notifier took a trial. */
export interface NotifierTrial {
  readonly notifier: string;
  /** Why it was not delivered; null when it was. */
  readonly failure: string | null;
}

const trialMaxMs = 15_000;

/** What a trial is made with. */
export interface TrialDeps {
  readonly clock: Pick<Clock, 'now'>;
  readonly ids: Ids;
  readonly executor: Pick<Executor, 'execute'>;
}

/** Sends each one the same trial alert, once and all at a time, as the operation that its deliveries are. Never rejects. */
export async function tryNotifiers(
  notifiers: readonly Notifier[],
  { clock, ids, executor }: TrialDeps,
): Promise<NotifierTrial[]> {
  const notification = trialAt(clock.now(), ids);
  return Promise.all(
    notifiers.map(async (notifier) => ({
      notifier: notifier.name,
      failure: await failureOf(notifier, notification, executor),
    })),
  );
}

async function failureOf(
  notifier: Notifier,
  notification: Notification,
  executor: TrialDeps['executor'],
): Promise<string | null> {
  const deliveryId = `${notification.id}.${notifier.name}`;
  try {
    await executor.execute(
      `notify:${notifier.name}`,
      ({ signal }) => notifier.notify(notification, { deliveryId, attempt: 1, signal }),
      // Somebody asks whether it can be reached now; that it could not be before is no answer.
      { retry: false, timeoutMs: trialMaxMs, breaker: false },
    );
    return null;
  } catch (error) {
    return toRaptorFlowError(error).message;
  }
}

function trialAt(at: number, ids: Ids): Notification {
  const rule = 'notifier_trial';
  return {
    id: ids.next('ntf'),
    status: 'firing',
    reason: 'news',
    route: 'trial',
    groupLabels: { alertname: rule },
    alerts: [
      {
        id: ids.next('alt'),
        status: 'firing',
        rule,
        workspaceId: null,
        severity: 'info',
        summary: 'This is a trial: nothing is wrong. Somebody asked whether alerts arrive here.',
        runbookUrl: null,
        labels: { alertname: rule, severity: 'info' },
        value: null,
        firingSince: at,
        resolvedAt: null,
      },
    ],
    alertsLeftOut: 0,
    at,
  };
}
