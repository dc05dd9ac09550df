/** How rules, alerts, their history and silences look on the wire, and back. */
import { snake } from '../wire-names.ts';
import type {
  WireAlert,
  WireBacktest,
  WireAlertRule,
  WireAlertRuleDraft,
  WireAlertTransition,
  WireMaintenance,
  WireSilence,
} from '@raptorflow/contract';
import type {
  AlertReport,
  AlertRule,
  AlertRuleDraft,
  AlertState,
  Backtest,
  BacktestSeries,
  Labels,
  MaintenanceSchedule,
  MaintenanceWindow,
  Mute,
  PastSeries,
  RuleReport,
  Silence,
  Transition,
} from 'raptorflow/alerts';
import type { Tags } from 'raptorflow/metrics';

const iso = (ms: number): string => new Date(ms).toISOString();
const isoOrNull = (ms: number | null): string | null => (ms === null ? null : iso(ms));

/** Series that a back-test shows with their values. */
const seriesShownMax = 12;

/** What a rule would have done, beside what it looked at. */
export function backtestToWire(found: Backtest, measured: readonly PastSeries[]): WireBacktest {
  const intervalsOf = ({ intervals }: BacktestSeries): WireBacktest['series'][number]['intervals'] =>
    intervals.map(({ state, from, to }) => ({ state, from: iso(from), to: iso(to ?? found.to) }));
  const shown = measured.slice(0, seriesShownMax).map(({ tags, points }) => ({
    tags: { ...tags },
    points: points.map(({ at, value }) => ({ at: iso(at), value })),
    intervals: found.series.filter(({ labels }) => isOf(labels, tags)).flatMap(intervalsOf),
  }));
  const others = found.series
    .filter(({ labels }) => !measured.some(({ tags }) => isOf(labels, tags)))
    .map((series) => ({ tags: { ...series.labels }, points: [], intervals: intervalsOf(series) }));
  return {
    from: iso(found.from),
    to: iso(found.to),
    step_seconds: found.stepMs / 1_000,
    firings: found.firings,
    firings_per_day: found.firingsPerDay,
    notifications: found.notifications.map(({ at, status, alerts }) => ({ at: iso(at), status, alerts })),
    series: [...shown, ...others],
    series_left_out: measured.length - shown.length,
  };
}

function isOf(labels: Labels, tags: Tags): boolean {
  return Object.entries(tags).every(([name, value]) => labels[name] === value);
}

/** Keys whose values are somebody else's names and stay as they are. */
const opaque: ReadonlySet<string> = new Set(['labels', 'tags']);

/** A draft as the alerts room takes it; what is wrong with it, that room says. */
export function draftFromWire(
  draft: Omit<WireAlertRuleDraft, 'name'>,
  name: string,
  workspaceId: string | null,
): AlertRuleDraft {
  return { ...renamed(draft, camel), name, workspaceId } as unknown as AlertRuleDraft;
}

/** A rule with how it is doing. */
export function ruleToWire({ rule, ...report }: RuleReport): WireAlertRule {
  const { workspaceId, ...fields } = rule;
  return {
    ...(renamed(fields, snake) as unknown as WireAlertRuleDraft),
    workspace_id: workspaceId,
    evaluated_at: isoOrNull(report.evaluatedAt),
    failure: report.failure,
    series_left_out: report.seriesLeftOut,
    pending: report.pending,
    firing: report.firing,
    no_data: report.noData,
  };
}

/** An alert, with what its rule says of it. */
export function alertToWire(alert: AlertReport, rule: AlertRule | undefined): WireAlert {
  const { state, acknowledgement } = alert;
  return {
    alert_id: alert.id,
    rule: alert.rule,
    workspace_id: alert.workspaceId,
    severity: alert.severity,
    summary: rule?.summary ?? '',
    runbook_url: rule?.runbookUrl ?? null,
    labels: { ...alert.labels },
    state: state.kind,
    since: iso(sinceOf(state)),
    firing_since: isoOrNull(firingSinceOf(state)),
    value: alert.value,
    acknowledged:
      acknowledgement === null
        ? null
        : { by: acknowledgement.by, note: acknowledgement.note, at: iso(acknowledgement.at) },
    mutes: alert.mutes.map((mute) => ({ kind: mute.kind, by: byOf(mute) })),
  };
}

function byOf(mute: Mute): string {
  return mute.kind === 'inhibition' ? mute.by : mute.id;
}

function sinceOf(state: AlertState): number {
  if (state.kind === 'inactive') return 0;
  return state.kind === 'resolved' ? state.at : state.since;
}

function firingSinceOf(state: AlertState): number | null {
  if (state.kind === 'firing') return state.since;
  if (state.kind === 'resolved') return state.firedAt;
  return state.kind === 'no_data' ? (state.fired?.since ?? null) : null;
}

/** A change of an alert's state. */
export function transitionToWire(transition: Transition): WireAlertTransition {
  return {
    transition_id: transition.id,
    at: iso(transition.at),
    alert_id: transition.alertId,
    rule: transition.rule,
    workspace_id: transition.workspaceId,
    severity: transition.severity,
    tags: { ...transition.tags },
    from: transition.from,
    to: transition.to,
    value: transition.value,
    reason: transition.reason,
    message: transition.message,
  };
}

/** A silence. */
export function silenceToWire(silence: Silence): WireSilence {
  return {
    silence_id: silence.id,
    workspace_id: silence.workspaceId,
    matchers: silence.matchers.map((matcher) => ({ ...matcher })),
    starts_at: iso(silence.startsAt),
    ends_at: iso(silence.endsAt),
    author: silence.author,
    comment: silence.comment,
  };
}

/** A window of maintenance. */
export function maintenanceToWire(window: MaintenanceWindow): WireMaintenance {
  const { id, workspaceId, schedule, matchers, ...said } = window;
  return {
    ...said,
    maintenance_id: id,
    workspace_id: workspaceId,
    matchers: matchers.map((matcher) => ({ ...matcher })),
    schedule:
      schedule.kind === 'once'
        ? { kind: 'once', from: iso(schedule.from), to: iso(schedule.to) }
        : (renamed(schedule, snake) as unknown as WireMaintenance['schedule']),
  };
}

/** A schedule as the alerts room takes it; what is wrong with it, that room says. */
export function scheduleFromWire(schedule: WireMaintenance['schedule']): MaintenanceSchedule {
  return schedule.kind === 'once'
    ? { kind: 'once', from: Date.parse(schedule.from), to: Date.parse(schedule.to) }
    : (renamed(schedule, camel) as unknown as MaintenanceSchedule);
}

function renamed(value: unknown, rename: (name: string) => string): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(value as Record<string, unknown>).map(([name, inner]) => [
      rename(name),
      isRecord(inner) && !opaque.has(name) ? renamed(inner, rename) : inner,
    ]),
  );
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function camel(name: string): string {
  return name.replaceAll(/_([a-z])/gu, (_match, letter: string) => letter.toUpperCase());
}
