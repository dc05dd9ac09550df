import type { Notification } from '../notifier.ts';
import type { Delivery, Transition } from '../record.ts';

/** A notification as groups write them. */
export function notificationOf(rest: Partial<Notification> = {}): Notification {
  return {
    id: 'ntf_1',
    status: 'firing',
    reason: 'news',
    route: 'default',
    groupLabels: { alertname: 'queue_long' },
    alerts: [
      {
        id: 'alt_1',
        status: 'firing',
        rule: 'queue_long',
        workspaceId: 'ws_1',
        severity: 'critical',
        summary: 'The queue is long, and <everything> behind it waits & waits.',
        runbookUrl: 'https://example.com/runbooks/queue',
        labels: { alertname: 'queue_long', severity: 'critical', queue: 'mail' },
        value: 1_234.5,
        firingSince: Date.UTC(2026, 0, 1),
        resolvedAt: null,
      },
    ],
    alertsLeftOut: 0,
    at: Date.UTC(2026, 0, 1, 0, 1),
    ...rest,
  };
}

/** The same alert after its end. */
export function resolvedNotification(): Notification {
  const [alert] = notificationOf().alerts;
  if (!alert) return notificationOf();
  const resolvedAt = Date.UTC(2026, 0, 1, 1);
  return notificationOf({
    id: 'ntf_2',
    status: 'resolved',
    alerts: [{ ...alert, status: 'resolved', resolvedAt }],
  });
}

/** The `n`th transition of a story. */
export function transitionNumber(n: number, rest: Partial<Transition> = {}): Transition {
  return {
    id: `tr_${n}`,
    at: 1_000 * n,
    alertId: 'alt_1',
    rule: 'queue_long',
    workspaceId: null,
    severity: 'warning',
    tags: { queue: 'mail' },
    from: n % 2 === 0 ? 'firing' : 'inactive',
    to: n % 2 === 0 ? 'resolved' : 'firing',
    value: n / 3,
    reason: 'condition_holds',
    message: 'It is so.',
    ...rest,
  };
}

/** The `n`th delivery. */
export function deliveryNumber(n: number, outcome: Delivery['outcome']): Delivery {
  const settledAt = outcome === 'waiting' ? null : 1_000 * n + 1;
  const notification = notificationOf({ id: `ntf_${n}` });
  return {
    id: `dlv_${n}`,
    notifier: 'log',
    notification,
    createdAt: 1_000 * n,
    outcome,
    settledAt,
    failure: null,
  };
}
