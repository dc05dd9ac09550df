import type { WireAlert, WireAlertMatcher, WireSilence } from '@raptorflow/contract';
import { describe, expect, it } from 'vitest';

import {
  draftOfSilence,
  matchesLabels,
  problemsOfSilence,
  silenceFor,
  silenceState,
} from './silence-form.ts';

const now = Date.parse('2026-01-01T10:00:00.000Z');
const alert: WireAlert = {
  alert_id: 'alt_1',
  rule: 'slow',
  workspace_id: 'wsp_1',
  severity: 'error',
  summary: '',
  runbook_url: null,
  labels: {
    alertname: 'slow',
    severity: 'error',
    workspace_id: 'wsp_1',
    series: 's',
    metric: 'm',
    route: '/a',
  },
  state: 'firing',
  since: '2026-01-01T09:00:00.000Z',
  firing_since: '2026-01-01T09:05:00.000Z',
  value: 1,
  acknowledged: null,
  mutes: [],
};
const form = { ...silenceFor(alert), comment: 'Known.' };

describe('a silence', () => {
  it('begins with exactly the alert', () => {
    expect(draftOfSilence(form, now)).toEqual({
      matchers: [
        { label: 'alertname', op: 'eq', value: 'slow' },
        { label: 'route', op: 'eq', value: '/a' },
      ],
      ends_at: '2026-01-01T11:00:00.000Z',
      comment: 'Known.',
    });
    expect(matchesLabels(draftOfSilence(form, now).matchers, alert.labels)).toBe(true);
  });

  it('needs something to match, an end and a reason', () => {
    expect(problemsOfSilence(form, now)).toEqual({});
    const wrong = (change: Partial<typeof form>) =>
      Object.keys(problemsOfSilence({ ...form, ...change }, now));
    expect(wrong({ comment: ' ' })).toEqual(['comment']);
    expect(wrong({ matchers: [] })).toEqual(['matchers']);
    expect(wrong({ matchers: [{ key: 0, label: ' ', op: 'eq', value: 'x' }] })).toEqual(['matchers']);
    expect(Object.keys(problemsOfSilence({ ...silenceFor(null), comment: 'x' }, now))).toEqual(['matchers']);
    expect(wrong({ span: 'until', until: '' })).toEqual(['until']);
    expect(wrong({ span: 'until', until: '2020-01-01T10:00' })).toEqual(['until']);
    expect(wrong({ span: 'until', until: '2030-01-01T10:00' })).toEqual([]);
  });

  it('holds, is to come, or is over', () => {
    const silence = (starts: string, ends: string): WireSilence => ({
      silence_id: 'sil_1',
      workspace_id: null,
      matchers: [],
      starts_at: `2026-01-01T${starts}:00.000Z`,
      ends_at: `2026-01-01T${ends}:00.000Z`,
      author: 'Ada',
      comment: '',
    });
    expect(silenceState(silence('09:00', '11:00'), now)).toBe('holds');
    expect(silenceState(silence('10:30', '11:00'), now)).toBe('to come');
    expect(silenceState(silence('09:00', '10:00'), now)).toBe('over');
  });
});

describe('a matcher', () => {
  it.each([
    ['eq', '/a', '/a', true],
    ['eq', '/a', '/b', false],
    ['ne', '/b', '/a', true],
    ['like', '/a*', '/a/b', true],
    ['like', '*b', '/a/b', true],
    ['like', '/*/*/c', '/a/b/c', true],
    ['like', 'a*a', 'a', false],
    ['like', '*x*', '/a/b', false],
    ['like', '/a', '/a', true],
    ['not_like', '/b*', '/a', true],
  ] as const)('%s %s of %s: %s', (op, value, found, matches) => {
    const matcher: WireAlertMatcher = { label: 'route', op, value };
    expect(matchesLabels([matcher], { route: found })).toBe(matches);
  });

  it('takes a label that is missing as empty', () => {
    expect(matchesLabels([{ label: 'host', op: 'eq', value: '' }], {})).toBe(true);
    expect(matchesLabels([], {})).toBe(true);
  });
});
