/** What kinds, statuses and severities of resources are called, and how urgent they look. */
import type { WireLeak, WireLeakSeverity, WireResourceStatus } from '@raptorflow/contract';

import type { Tone } from '../../components/status.tsx';
import { formatBytes, formatCount } from '../../format/number.ts';
import { formatDuration } from '../../format/time.ts';
import { humanize } from '../../format/words.ts';

/** Every status, in the order in which it is shown. */
export const statuses: readonly WireResourceStatus[] = ['active', 'idle', 'leaked', 'error', 'cleaned_up'];

const statusWords: Readonly<Record<WireResourceStatus, readonly [word: string, tone: Tone]>> = {
  active: ['In use', 'ok'],
  idle: ['Idle', 'none'],
  leaked: ['Leaked', 'bad'],
  error: ['Could not be closed', 'warn'],
  cleaned_up: ['Closed', 'none'],
};

/** The word and the tone of a status. */
export function statusOf(status: WireResourceStatus): { readonly word: string; readonly tone: Tone } {
  const [word, tone] = statusWords[status];
  return { word, tone };
}

/** The tone of a severity. */
export const severityTones: Readonly<Record<WireLeakSeverity, Tone>> = {
  critical: 'bad',
  high: 'bad',
  medium: 'warn',
  low: 'none',
};

/** Why something is called a leak. */
export const reasonWords: Readonly<Record<WireLeak['reason'], string>> = {
  age: 'open too long for its kind',
  call_site: 'open longer than usual at its place',
  collected: 'its handle is lost',
  ownership: 'its owner has ended',
  growth: 'keeps growing',
};

/** Kinds from the one with most to the one with least; equal ones by name. */
export function kindsByCount(
  counts: Readonly<Record<string, number>>,
): readonly (readonly [string, number])[] {
  return Object.entries(counts)
    .filter(([, count]) => count > 0)
    .toSorted(([a, many], [b, few]) => few - many || a.localeCompare(b));
}

/** Evidence with its units: "age_ms" of 7,200,000 is an "Age" of "2 h 00 min". What grows is in the unit of its figure. */
export function evidenceWords({
  evidence,
  resource_type: type,
}: Pick<WireLeak, 'evidence' | 'resource_type'>): readonly (readonly [string, string])[] {
  const isBytes = /heap|memory|bytes/u.test(type);
  return Object.entries(evidence).map(([name, value]) => {
    if (typeof value === 'string') return [humanize(name), value];
    if (name.endsWith('_ms')) return [humanize(name.slice(0, -3)), formatDuration(value)];
    if (name.endsWith('_seconds')) return [humanize(name.slice(0, -8)), formatDuration(value * 1_000)];
    if (name.endsWith('_bytes')) return [humanize(name.slice(0, -6)), formatBytes(value)];
    if (isBytes && (name === 'from' || name === 'to')) return [humanize(name), formatBytes(value)];
    return [humanize(name), formatCount(Math.round(value * 100) / 100)];
  });
}
