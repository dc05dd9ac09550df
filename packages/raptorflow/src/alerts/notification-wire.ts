import { z } from 'zod';
import { RaptorFlowError } from '../kernel/index.ts';
import type { Notification, NotifiedAlert } from './notifier.ts';
import { headlineOf, worstSeverity } from './notifier.ts';
import { severities } from './rule.ts';

/** A notification as JSON: the body of webhooks and the payload of events. */
export interface WireNotification {
  readonly id: string;
  readonly status: 'firing' | 'resolved';
  readonly reason: 'news' | 'repeat';
  readonly severity: string;
  /** One line for people. */
  readonly message: string;
  readonly route: string;
  readonly group_labels: Readonly<Record<string, string>>;
  readonly alerts: readonly WireAlert[];
  readonly alerts_left_out: number;
  /** RFC 3339. */
  readonly timestamp: string;
}

/** One alert in it. */
export interface WireAlert {
  readonly id: string;
  readonly status: 'firing' | 'resolved';
  readonly rule_name: string;
  readonly workspace_id: string | null;
  readonly severity: string;
  readonly summary: string;
  readonly runbook_url: string | null;
  readonly labels: Readonly<Record<string, string>>;
  readonly current_value: number | null;
  readonly triggered_at: string;
  readonly resolved_at: string | null;
}

/** The JSON of a notification. */
export function notificationToWire(notification: Notification): WireNotification {
  return {
    id: notification.id,
    status: notification.status,
    reason: notification.reason,
    severity: worstSeverity(notification),
    message: headlineOf(notification),
    route: notification.route,
    group_labels: notification.groupLabels,
    alerts: notification.alerts.map(alertToWire),
    alerts_left_out: notification.alertsLeftOut,
    timestamp: new Date(notification.at).toISOString(),
  };
}

function alertToWire(alert: NotifiedAlert): WireAlert {
  return {
    id: alert.id,
    status: alert.status,
    rule_name: alert.rule,
    workspace_id: alert.workspaceId,
    severity: alert.severity,
    summary: alert.summary,
    runbook_url: alert.runbookUrl,
    labels: alert.labels,
    current_value: alert.value,
    triggered_at: new Date(alert.firingSince).toISOString(),
    resolved_at: alert.resolvedAt === null ? null : new Date(alert.resolvedAt).toISOString(),
  };
}

/** A notification from its JSON, as `notificationToWire` wrote it. Throws `invalid_input` when it is none. */
export function notificationFromWire(value: unknown): Notification {
  const parsed = wireSchema.safeParse(value);
  if (!parsed.success) {
    throw new RaptorFlowError('invalid_input', 'The payload is no notification.', { cause: parsed.error });
  }
  const wire = parsed.data;
  return {
    id: wire.id,
    status: wire.status,
    reason: wire.reason,
    route: wire.route,
    groupLabels: wire.group_labels,
    alerts: wire.alerts.map((alert) => ({
      id: alert.id,
      status: alert.status,
      rule: alert.rule_name,
      workspaceId: alert.workspace_id,
      severity: alert.severity,
      summary: alert.summary,
      runbookUrl: alert.runbook_url,
      labels: alert.labels,
      value: alert.current_value,
      firingSince: Date.parse(alert.triggered_at),
      resolvedAt: alert.resolved_at === null ? null : Date.parse(alert.resolved_at),
    })),
    alertsLeftOut: wire.alerts_left_out,
    at: Date.parse(wire.timestamp),
  };
}

const labels = z.record(z.string(), z.string());
const status = z.enum(['firing', 'resolved']);
const wireSchema = z.object({
  id: z.string(),
  status,
  reason: z.enum(['news', 'repeat']),
  route: z.string(),
  group_labels: labels,
  alerts: z.array(
    z.object({
      id: z.string(),
      status,
      rule_name: z.string(),
      workspace_id: z.string().nullable(),
      severity: z.enum(severities),
      summary: z.string(),
      runbook_url: z.string().nullable(),
      labels,
      current_value: z.number().nullable(),
      triggered_at: z.string(),
      resolved_at: z.string().nullable(),
    }),
  ),
  alerts_left_out: z.number(),
  timestamp: z.string(),
});
