/** Alerts in words: how bad, in which state, since when, and why it is quiet. */
import type {
  WireAlert,
  WireAlertSeverity,
  WireAlertState,
  WireAlertTransition,
  WireMaintenance,
  WireSilence,
} from '@raptorflow/contract';

import type { Tone } from '../../components/status.tsx';
import { countOf } from '../../format/number.ts';
import { formatMoment } from '../../format/time.ts';

/** Severities from the mildest, with their word and tone. */
export const severities: Readonly<
  Record<WireAlertSeverity, { readonly word: string; readonly tone: Tone; readonly rank: number }>
> = {
  info: { word: 'Info', tone: 'run', rank: 0 },
  warning: { word: 'Warning', tone: 'warn', rank: 1 },
  error: { word: 'Error', tone: 'bad', rank: 2 },
  critical: { word: 'Critical', tone: 'bad', rank: 3 },
};

/** States, those that want attention first. */
export const alertStates: Readonly<
  Record<WireAlertState, { readonly word: string; readonly tone: Tone; readonly rank: number }>
> = {
  firing: { word: 'Firing', tone: 'bad', rank: 0 },
  pending: { word: 'Pending', tone: 'warn', rank: 1 },
  no_data: { word: 'No data', tone: 'none', rank: 2 },
  resolved: { word: 'Resolved', tone: 'ok', rank: 3 },
  inactive: { word: 'Inactive', tone: 'none', rank: 4 },
};

/** What wants attention first: by state, then the worst, then the newest. */
export function byUrgency(alerts: readonly WireAlert[]): WireAlert[] {
  return alerts.toSorted(
    (a, b) =>
      alertStates[a.state].rank - alertStates[b.state].rank ||
      severities[b.severity].rank - severities[a.severity].rank ||
      Date.parse(b.since) - Date.parse(a.since),
  );
}

/** "2 firing, 1 pending"; says so when there is nothing. */
export function stateSummary(alerts: readonly WireAlert[]): string {
  const counts = Object.entries(alertStates).flatMap(([state, { word }]) => {
    const count = alerts.filter((alert) => alert.state === state).length;
    return count === 0 ? [] : [`${count} ${word.toLowerCase()}`];
  });
  return counts.length === 0 ? 'Nothing fires.' : counts.join(', ');
}

/** Since when it is like that: a span that goes on ("firing for"), or a moment that is over ("resolved"). */
export interface Since {
  readonly words: string;
  readonly at: string;
  readonly goesOn: boolean;
}

/** Since when, as the state means it: an alert that lacks data may have been firing before. */
export function sinceOf({ state, since, firing_since: firingSince }: WireAlert): Since {
  switch (state) {
    case 'firing':
      return { words: 'firing for', at: firingSince ?? since, goesOn: true };
    case 'pending':
      return { words: 'pending for', at: since, goesOn: true };
    case 'no_data':
      return {
        words: firingSince === null ? 'without data for' : 'fired, without data for',
        at: since,
        goesOn: true,
      };
    case 'resolved':
    case 'inactive':
      return { words: state, at: since, goesOn: false };
  }
}

/** Whether somebody can say that they have seen it: it fires, or did until its data went missing. */
export function isAcknowledgeable(alert: WireAlert): boolean {
  if (alert.acknowledged !== null) return false;
  return alert.state === 'firing' || (alert.state === 'no_data' && alert.firing_since !== null);
}

/** Names that the platform gives to every alert; they say nothing that its row does not. */
const ownLabels: ReadonlySet<string> = new Set(['alertname', 'metric', 'series', 'severity', 'workspace_id']);

/** The labels that tell an alert from others of its rule. */
export function tellingLabels(labels: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(labels).filter(([name]) => !ownLabels.has(name)));
}

/** Why an alert is told of to nobody, one sentence a reason. */
export function quietReasons(
  alert: WireAlert,
  known: {
    readonly silences: readonly WireSilence[];
    readonly windows: readonly WireMaintenance[];
    readonly alerts: readonly WireAlert[];
  },
): string[] {
  return alert.mutes.map(({ kind, by }) => {
    if (kind === 'maintenance') {
      const window = known.windows.find(({ maintenance_id: id }) => id === by);
      return `Quiet during the maintenance window ${window === undefined ? by : `“${window.name}”`}.`;
    }
    if (kind === 'inhibition') {
      const other = known.alerts.find(({ alert_id: id }) => id === by);
      return `Quiet because ${other === undefined ? `the alert ${by}` : `“${other.rule}”`} fires, which says more.`;
    }
    const silence = known.silences.find(({ silence_id: id }) => id === by);
    if (silence === undefined) return `Quiet by the silence ${by}.`;
    return `Quiet until ${formatMoment(silence.ends_at)} by ${silence.author}: ${silence.comment}`;
  });
}

/** Short words for why a state changed. */
const reasonWords: Readonly<Record<string, string>> = {
  condition_holds: 'condition holds',
  held_long_enough: 'held long enough',
  condition_ended: 'condition ended',
  data_lost: 'no samples',
  data_back: 'samples are back',
  forgotten: 'nothing heard of it',
  rule_ended: 'rule changed',
};

/** Why a state changed; a reason that the dashboard does not know is spelt out. */
export function reasonOf({ reason }: Pick<WireAlertTransition, 'reason'>): string {
  return reasonWords[reason] ?? reason.replaceAll('_', ' ');
}

/** "2 alerts fire: cpu_high, bus_lag and 3 others", by rule. */
export function firingSentence(alerts: readonly WireAlert[]): string {
  const rules = [...new Set(byUrgency(alerts).map(({ rule }) => rule))];
  const shown = rules.slice(0, 3);
  const more = rules.length - shown.length;
  const names = more === 0 ? shown.join(', ') : `${shown.join(', ')} and ${countOf(more, 'other rule')}`;
  return `${countOf(alerts.length, 'alert')} ${alerts.length === 1 ? 'fires' : 'fire'}: ${names}`;
}
