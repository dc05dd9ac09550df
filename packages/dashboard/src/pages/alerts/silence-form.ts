/** A silence as its form holds it, and which alerts it would keep quiet. */
import type { WireAlert, WireAlertMatcher, WireSilence } from '@raptorflow/contract';

import type { SilenceDraft } from '../../data/alerts.ts';
import { tellingLabels } from './alert-words.ts';

/** One matcher with a key of its own, so that rows keep their place while others go. */
export interface MatcherRow extends WireAlertMatcher {
  readonly key: number;
}

/** How long a silence may be without anybody saying when it ends. */
export const silenceSpans: Readonly<Record<string, { readonly label: string; readonly seconds: number }>> = {
  '1h': { label: '1 hour', seconds: 3_600 },
  '4h': { label: '4 hours', seconds: 14_400 },
  '1d': { label: '1 day', seconds: 86_400 },
  '7d': { label: '7 days', seconds: 604_800 },
};

/** The choice of a moment instead of a span. */
export const untilMoment = 'until';

/** What the form holds. */
export interface SilenceForm {
  readonly matchers: readonly MatcherRow[];
  /** A name of {@link silenceSpans}, or {@link untilMoment}. */
  readonly span: string;
  /** `2026-01-31T12:00` in the reader's zone, for {@link untilMoment}. */
  readonly until: string;
  readonly comment: string;
}

/** The form that silences exactly this alert, or an empty one. */
export function silenceFor(alert: WireAlert | null): SilenceForm {
  const labels =
    alert === null ? { alertname: '' } : { alertname: alert.rule, ...tellingLabels(alert.labels) };
  const matchers = Object.entries(labels).map(([label, value], key) => ({
    key,
    label,
    op: 'eq' as const,
    value,
  }));
  return { matchers, span: '1h', until: '', comment: '' };
}

/** What is wrong with the form; empty when it can be sent. */
export function problemsOfSilence(
  form: SilenceForm,
  now: number,
): Partial<Record<'matchers' | 'until' | 'comment', string>> {
  const ends = endOf(form, now);
  const labels = form.matchers.map(({ label }) => label.trim());
  return {
    ...(labels.length === 0
      ? { matchers: 'Say at least one label; what matches everything would hide everything.' }
      : labels.includes('')
        ? { matchers: 'Name the label in every line, or remove the line.' }
        : labels.every((label, index) => label === 'alertname' && form.matchers[index]?.value === '')
          ? { matchers: 'Say which rule it is, or choose another label.' }
          : {}),
    ...(ends === null
      ? { until: 'Say when it ends.' }
      : ends <= now
        ? { until: 'It has to end in the future.' }
        : {}),
    ...(form.comment.trim() === '' ? { comment: 'Say why, for whoever wonders where the alert went.' } : {}),
  };
}

/** The silence that a form without problems says. */
export function draftOfSilence(form: SilenceForm, now: number): SilenceDraft {
  return {
    matchers: matchersOf(form),
    ends_at: new Date(endOf(form, now) ?? now).toISOString(),
    comment: form.comment.trim(),
  };
}

/** The matchers of a form, without their keys. */
export function matchersOf({ matchers }: Pick<SilenceForm, 'matchers'>): WireAlertMatcher[] {
  return matchers.map(({ label, op, value }) => ({ label: label.trim(), op, value }));
}

function endOf({ span, until }: SilenceForm, now: number): number | null {
  const chosen = silenceSpans[span];
  if (chosen !== undefined) return now + chosen.seconds * 1_000;
  const at = Date.parse(until);
  return Number.isFinite(at) ? at : null;
}

/** Whether all matchers match, as the server sees it: a label that is missing is empty, `*` stands for any characters. */
export function matchesLabels(
  matchers: readonly WireAlertMatcher[],
  labels: Readonly<Record<string, string>>,
): boolean {
  return matchers.every(({ label, op, value }) => comparisons[op](labels[label] ?? '', value));
}

const comparisons: Readonly<Record<WireAlertMatcher['op'], (found: string, value: string) => boolean>> = {
  eq: (found, value) => found === value,
  ne: (found, value) => found !== value,
  like: (found, value) => isLike(found, value),
  not_like: (found, value) => !isLike(found, value),
};

function isLike(text: string, pattern: string): boolean {
  const [first = '', ...rest] = pattern.split('*');
  if (rest.length === 0) return text === pattern;
  const last = rest.pop() ?? '';
  if (text.length < first.length + last.length || !text.startsWith(first) || !text.endsWith(last))
    return false;
  const end = text.length - last.length;
  let from = first.length;
  for (const part of rest) {
    const at = text.indexOf(part, from);
    if (at < 0 || at + part.length > end) return false;
    from = at + part.length;
  }
  return true;
}

/** How matchers compare, in words. */
export const matcherWords: Readonly<Record<WireAlertMatcher['op'], string>> = {
  eq: 'is',
  ne: 'is not',
  like: 'is like',
  not_like: 'is not like',
};

/** Where a silence is in its life. */
export function silenceState(
  { starts_at: starts, ends_at: ends }: WireSilence,
  now: number,
): 'holds' | 'to come' | 'over' {
  if (now >= Date.parse(ends)) return 'over';
  return now < Date.parse(starts) ? 'to come' : 'holds';
}
