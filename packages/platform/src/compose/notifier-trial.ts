/** Whether those who are told of alerts can be reached, found out before something is wrong. */
import type { Notification, Notifier } from 'raptorflow/alerts';
import { toRaptorFlowError, type Clock, type Ids } from 'raptorflow/kernel';

/** How a notifier took a trial. */
export interface NotifierTrial {
  readonly notifier: string;
  /** Why it was not delivered; null when it was. */
  readonly failure: string | null;
}

const trialMaxMs = 15_000;

/** Sends each one the same trial alert, once and all at a time. Never rejects. */
export async function tryNotifiers(
  notifiers: readonly Notifier[],
  { clock, ids }: { readonly clock: Clock; readonly ids: Ids },
): Promise<NotifierTrial[]> {
  const notification = trialAt(clock.now(), ids);
  return Promise.all(
    notifiers.map(async (notifier) => ({
      notifier: notifier.name,
      failure: await failureOf(notifier, notification, clock),
    })),
  );
}

async function failureOf(
  notifier: Notifier,
  notification: Notification,
  clock: Clock,
): Promise<string | null> {
  const timeout = new AbortController();
  const timer = clock.setTimeout(() => timeout.abort(), trialMaxMs);
  try {
    const deliveryId = `${notification.id}.${notifier.name}`;
    await notifier.notify(notification, { deliveryId, attempt: 1, signal: timeout.signal });
    return null;
  } catch (error) {
    return toRaptorFlowError(error).message;
  } finally {
    timer.cancel();
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
