export type { LiveHistory, LiveSeries, WindowSummary } from '../metrics/index.ts';
export type {
  AcknowledgeInput,
  AlertReport,
  AlertRules,
  Alerts,
  Maintenance,
  MaintenanceDraft,
  RuleReport,
  SilenceDraft,
  Silences,
  WorkspaceFilter,
} from './alerts.ts';
export type {
  Backtest,
  BacktestInterval,
  BacktestNotification,
  BacktestRange,
  BacktestSeries,
} from './backtest.ts';
export { createAlerts, type AlertDelivery, type AlertsDeps, type AlertSources } from './create-alerts.ts';
export { defaultAlertRules } from './default-rules.ts';
export type { Labels } from './instance.ts';
export type { MaintenanceSchedule, MaintenanceWindow, TimeOfDay, Weekday } from './maintenance.ts';
export type { Matcher, Silence } from './matcher.ts';
export type { Mute } from './mutes.ts';
export {
  notificationFromWire,
  notificationToWire,
  type WireAlert,
  type WireNotification,
} from './notification-wire.ts';
export {
  headlineOf,
  worstSeverity,
  type Notification,
  type NotifiedAlert,
  type Notifier,
  type NotifyContext,
} from './notifier.ts';
export { busNotifier } from './notifiers/bus.ts';
export { logNotifier } from './notifiers/log.ts';
export { messageIdOf, sendMail, type Mail, type MailServerOptions } from './notifiers/mail-server.ts';
export { mailNotifier, type MailNotifierOptions } from './notifiers/mail.ts';
export { slackNotifier, type SlackNotifierOptions } from './notifiers/slack.ts';
export { verifyWebhook, type ReceivedWebhook, type WebhookHeaders } from './notifiers/webhook-signature.ts';
export { webhookNotifier, type WebhookNotifierOptions } from './notifiers/webhook.ts';
export type { AlertLimits, AlertsOptions, AlertTimes, Inhibition, Pace, Route } from './options.ts';
export type {
  Acknowledgement,
  AlertRecord,
  AlertRecordKind,
  Delivery,
  DeliveryOutcome,
  GroupMember,
  StoredEvaluation,
  StoredGroup,
  StoredInstance,
  Transition,
  TransitionReason,
} from './record.ts';
export { alertRuleSchema, parseAlertRule } from './rule-schema.ts';
export {
  ruleIdOf,
  severities,
  type AbsentRule,
  type AlertRule,
  type AlertRuleDraft,
  type AnomalyRule,
  type BurnRateRule,
  type ChangeRule,
  type Comparison,
  type CompositeRule,
  type Direction,
  type Measured,
  type MetricRule,
  type MissingPolicy,
  type RuleAggregation,
  type RuleBase,
  type RuleReference,
  type Selection,
  type Severity,
  type ThresholdRule,
} from './rule.ts';
export type {
  Forecast,
  ForecastOptions,
  ForecastPoint,
  PastAnswer,
  PastPoint,
  PastQuery,
  PastSeries,
  PastSource,
} from './source.ts';
export type { AlertState, AlertStateKind, FiringSince } from './state.ts';
export type { AlertChange, AlertKeeping, AlertStore, HistoryPage, HistoryQuery } from './store.ts';
export { memoryAlertStore } from './stores/memory.ts';
export { sqliteAlertStore, type SqliteAlertStoreOptions } from './stores/sqlite.ts';
export { alertChannels } from './undelivered.ts';
