import type { Labels } from './instance.ts';
import type { Severity } from './rule.ts';

/** One alert in a notification. */
export interface NotifiedAlert {
  readonly id: string;
  readonly status: 'firing' | 'resolved';
  readonly rule: string;
  readonly workspaceId: string | null;
  readonly severity: Severity;
  readonly summary: string;
  readonly runbookUrl: string | null;
  readonly labels: Labels;
  /** When it was last looked at and had one. */
  readonly value: number | null;
  /** Epoch milliseconds. */
  readonly firingSince: number;
  /** Epoch milliseconds; null while it fires. */
  readonly resolvedAt: number | null;
}

/** What somebody is told: the alerts of one group at one moment. */
export interface Notification {
  /** The same if it is sent again. Receivers that must not act twice remember it. */
  readonly id: string;
  /** `firing` while any alert of the group fires. */
  readonly status: 'firing' | 'resolved';
  /** Why now: `news` – an alert began or ended; `repeat` – it has been the same for the repeat interval. */
  readonly reason: 'news' | 'repeat';
  readonly route: string;
  /** What the alerts of the group have in common by the route's `groupBy`. */
  readonly groupLabels: Labels;
  readonly alerts: readonly NotifiedAlert[];
  /** Alerts of the group that are left out because there are too many. */
  readonly alertsLeftOut: number;
  /** When it was made, epoch milliseconds. */
  readonly at: number;
}

/** What a notifier knows about one attempt. */
export interface NotifyContext {
  /** Of this notification at this notifier; the same in every attempt. */
  readonly deliveryId: string;
  /** The first is 1. */
  readonly attempt: number;
  /** Aborts when the attempt takes too long or the service stops. */
  readonly signal: AbortSignal;
}

/**
 * Tells somebody. Resolves once the other side has taken it over; rejects otherwise, with an error of ours whose `retryable` and `retryAfterMs`
 * say whether and when to try again. Neither its message nor its details may hold a secret. It retries nothing itself, may be called again with
 * the same notification, and holds nothing open between calls. Variants pass `notifierContract`.
 */
export interface Notifier {
  /** What routes call it: letters, digits, `_` and `-`. */
  readonly name: string;
  notify(notification: Notification, context: NotifyContext): Promise<void>;
}

/** The worst severity of a notification's alerts: of those that fire, or of all when none does. */
export function worstSeverity({ alerts }: Notification): Severity {
  const firing = alerts.filter(({ status }) => status === 'firing');
  const looked = firing.length > 0 ? firing : alerts;
  const ranked: readonly Severity[] = ['critical', 'error', 'warning', 'info'];
  return ranked.find((severity) => looked.some((alert) => alert.severity === severity)) ?? 'info';
}

/** One line that says what a notification is about. */
export function headlineOf(notification: Notification): string {
  const { alerts, alertsLeftOut } = notification;
  const firing =
    alerts.filter(({ status }) => status === 'firing').length +
    (notification.status === 'firing' ? alertsLeftOut : 0);
  const names = [...new Set(alerts.map(({ rule }) => rule))];
  const about =
    names.length <= 3 ? names.join(', ') : `${names.slice(0, 3).join(', ')} and ${names.length - 3} more`;
  const word = notification.status === 'firing' ? `FIRING ${firing}` : 'RESOLVED';
  return `[${word}] ${worstSeverity(notification)}: ${about}`;
}
