import type { Bus, Priority } from '../../bus/index.ts';
import { notificationToWire } from '../notification-wire.ts';
import type { Notification, NotifiedAlert, Notifier } from '../notifier.ts';
import type { Severity } from '../rule.ts';

const channels: Readonly<Record<Severity, { readonly channel: string; readonly priority: Priority }>> = {
  critical: { channel: 'sys.alert.critical', priority: 'critical' },
  error: { channel: 'sys.alert.critical', priority: 'high' },
  warning: { channel: 'sys.alert.warning', priority: 'normal' },
  info: { channel: 'sys.state.update', priority: 'low' },
};

interface Part {
  readonly channel: string;
  readonly priority: Priority;
  readonly workspaceId: string | null;
  readonly alerts: NotifiedAlert[];
}

/**
 * Publishes notifications as events `alert.firing` and `alert.resolved`: critical and error alerts on `sys.alert.critical`, warnings on
 * `sys.alert.warning`, others on `sys.state.update`. Alerts of different workspaces or channels become events of their own. The bus keeps one
 * event of those that are published again within its window of dedupe keys.
 */
export function busNotifier(deps: { readonly bus: Pick<Bus, 'publish'>; readonly name?: string }): Notifier {
  const { bus, name = 'bus' } = deps;
  return {
    name,
    async notify(notification, { deliveryId }) {
      for (const { channel, priority, workspaceId, alerts } of partsOf(notification)) {
        const status = alerts.some((alert) => alert.status === 'firing') ? 'firing' : 'resolved';
        await bus.publish(channel, {
          type: `alert.${status}`,
          priority: status === 'firing' ? priority : 'normal',
          workspaceId,
          dedupeKey: `${deliveryId}:${workspaceId ?? ''}`.slice(0, 200),
          payload: notificationToWire({ ...notification, status, alerts }),
        });
      }
    },
  };
}

function partsOf({ alerts }: Notification): Part[] {
  const parts = new Map<string, Part>();
  for (const alert of alerts) {
    const { channel, priority } = channels[alert.severity];
    const key = JSON.stringify([channel, alert.workspaceId]);
    const part = parts.get(key) ?? { channel, priority, workspaceId: alert.workspaceId, alerts: [] };
    part.alerts.push(alert);
    // A critical one decides over an error that came first.
    parts.set(key, priority === 'critical' ? { ...part, priority } : part);
  }
  return [...parts.values()];
}
