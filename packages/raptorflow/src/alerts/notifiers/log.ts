import type { Logger } from '../../kernel/index.ts';
import { formatValue } from '../measure.ts';
import { headlineOf, worstSeverity, type Notifier } from '../notifier.ts';

/** Writes a line for each alert of a notification: critical and error ones as errors, warnings as warnings, others and resolved ones as information. */
export function logNotifier(deps: { readonly log: Logger; readonly name?: string }): Notifier {
  const log = deps.log.child('alerts');
  return {
    name: deps.name ?? 'log',
    async notify(notification) {
      const severity = notification.status === 'resolved' ? 'info' : worstSeverity(notification);
      const level = ({ critical: 'error', error: 'error', warning: 'warn', info: 'info' } as const)[severity];
      log[level](headlineOf(notification), {
        notification_id: notification.id,
        reason: notification.reason,
        route: notification.route,
        alerts: notification.alerts.map(({ id, status, rule, value, labels }) => ({
          id,
          status,
          rule,
          value: formatValue(value),
          labels,
        })),
      });
    },
  };
}
