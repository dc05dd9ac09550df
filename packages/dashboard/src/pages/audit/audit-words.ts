/** The audit log in the reader's words, and what an address asks of it. */
import type { WireAuditPhase, WireAuditRow } from '@raptorflow/contract';

import type { Tone } from '../../components/status.tsx';
import type { AuditFilter } from '../../data/audit.ts';
import { humanize } from '../../format/words.ts';
import { isOneOf } from '../../search.ts';

/** The phases, in the order in which they are offered. */
export const phases: readonly WireAuditPhase[] = ['event', 'intent', 'outcome'];

/** What an id may be of, with the field of the wire that holds it. */
export const idKinds = {
  actor: ['Who did it', 'actor_id'],
  target: ['What it was done to', 'target_id'],
  run: ['Run', 'agent_run_id'],
  campaign: ['Campaign', 'campaign_id'],
  correlation: ['Correlation id', 'correlation_id'],
  intent: ['Outcome of the intent', 'intent_id'],
} as const satisfies Readonly<Record<string, readonly [string, keyof AuditFilter]>>;

/** One of {@link idKinds}. */
export type IdKind = keyof typeof idKinds;
/** Their names, in the order in which they are offered. */
export const idKindNames = Object.keys(idKinds) as readonly IdKind[];

/** What stands in an address. */
export interface AuditSearch {
  readonly action?: string | undefined;
  readonly phase?: string | undefined;
  readonly by?: string | undefined;
  readonly id?: string | undefined;
  readonly from?: string | undefined;
  readonly to?: string | undefined;
}

/** The filter that an address asks for; what is no day, phase or kind is left out. */
export function filterOf({ action, phase, by, id, from, to }: AuditSearch): AuditFilter {
  const kind = isOneOf(idKindNames, by) ? by : 'actor';
  return {
    ...(action === undefined ? {} : { action: action.trim().toLowerCase() }),
    ...(isOneOf(phases, phase) ? { phase } : {}),
    ...(id === undefined ? {} : { [idKinds[kind][1]]: id.trim() }),
    ...boundOf('from', from, 0),
    // A day is meant with its last minute.
    ...boundOf('to', to, 1),
  };
}

function boundOf(name: 'from' | 'to', day: string | undefined, daysLater: number): AuditFilter {
  const match = /^(\d{4})-(\d{2})-(\d{2})$/u.exec(day ?? '');
  if (!match) return {};
  const at = new Date(Number(match[1]), Number(match[2]) - 1, Number(match[3]) + daysLater);
  return { [name]: at.toISOString() };
}

/** What a row tells, as a word with its tone: how it ended, or that it was only begun. */
export function standingOf({ phase, outcome }: Pick<WireAuditRow, 'phase' | 'outcome'>): {
  readonly word: string;
  readonly tone: Tone;
} {
  if (outcome === 'ok') return { word: 'Done', tone: 'ok' };
  if (outcome === 'failed') return { word: 'Failed', tone: 'bad' };
  if (outcome === 'refused') return { word: 'Refused', tone: 'warn' };
  return phase === 'intent' ? { word: 'About to', tone: 'run' } : { word: 'Happened', tone: 'none' };
}

/** "member.added" → "Member added". */
export function actionWords(action: string): string {
  return humanize(action.replaceAll('.', ' '));
}
