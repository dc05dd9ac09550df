import type { WireAlert, WireMaintenance, WireSilence } from '@raptorflow/contract';
import { describe, expect, it } from 'vitest';

import {
  byUrgency,
  firingSentence,
  isAcknowledgeable,
  quietReasons,
  reasonOf,
  sinceOf,
  stateSummary,
  tellingLabels,
} from './alert-words.ts';

const alert = (change: Partial<WireAlert> = {}): WireAlert => ({
  alert_id: 'alt_1',
  rule: 'cpu_high',
  workspace_id: null,
  severity: 'warning',
  summary: 'The processor is busy.',
  runbook_url: null,
  labels: { alertname: 'cpu_high', severity: 'warning', metric: 'cpu', series: 'cpu{}', host: 'a' },
  state: 'firing',
  since: '2026-01-01T10:00:00.000Z',
  firing_since: '2026-01-01T10:05:00.000Z',
  value: 0.95,
  acknowledged: null,
  mutes: [],
  ...change,
});

describe('an alert', () => {
  it('stands before those that are less urgent', () => {
    const ids = byUrgency([
      alert({ alert_id: 'resolved', state: 'resolved', severity: 'critical' }),
      alert({ alert_id: 'pending', state: 'pending' }),
      alert({ alert_id: 'old' }),
      alert({ alert_id: 'new', since: '2026-01-01T11:00:00.000Z' }),
      alert({ alert_id: 'critical', severity: 'critical' }),
    ]).map((one) => one.alert_id);
    expect(ids).toEqual(['critical', 'new', 'old', 'pending', 'resolved']);
  });

  it('says since when, as its state means it', () => {
    expect(sinceOf(alert())).toEqual({ words: 'firing for', at: '2026-01-01T10:05:00.000Z', goesOn: true });
    expect(sinceOf(alert({ state: 'pending', firing_since: null })).words).toBe('pending for');
    expect(sinceOf(alert({ state: 'no_data' })).words).toBe('fired, without data for');
    expect(sinceOf(alert({ state: 'no_data', firing_since: null })).words).toBe('without data for');
  });

  it('is resolved at a moment, not for a while', () => {
    expect(sinceOf(alert({ state: 'resolved' }))).toEqual({
      words: 'resolved',
      at: '2026-01-01T10:00:00.000Z',
      goesOn: false,
    });
  });

  it('can be acknowledged once, while it fires', () => {
    expect(isAcknowledgeable(alert())).toBe(true);
    expect(isAcknowledgeable(alert({ state: 'no_data' }))).toBe(true);
    expect(isAcknowledgeable(alert({ state: 'pending', firing_since: null }))).toBe(false);
    expect(isAcknowledgeable(alert({ state: 'resolved' }))).toBe(false);
    const acknowledged = { by: 'Ada', note: '', at: '2026-01-01T10:06:00.000Z' };
    expect(isAcknowledgeable(alert({ acknowledged }))).toBe(false);
  });

  it('is told from others of its rule by its own labels', () => {
    expect(tellingLabels(alert().labels)).toEqual({ host: 'a' });
  });

  it('says why it is quiet', () => {
    const silence: WireSilence = {
      silence_id: 'sil_1',
      workspace_id: null,
      matchers: [],
      starts_at: '2026-01-01T10:00:00.000Z',
      ends_at: '2026-01-01T12:00:00.000Z',
      author: 'Ada',
      comment: 'Known.',
    };
    const window: WireMaintenance = {
      maintenance_id: 'mnt_1',
      workspace_id: null,
      name: 'Backup',
      matchers: [],
      schedule: { kind: 'once', from: '2026-01-01T10:00:00.000Z', to: '2026-01-01T12:00:00.000Z' },
      author: 'Ada',
      comment: '',
    };
    const other = alert({ alert_id: 'alt_2', rule: 'host_down' });
    const mutes: WireAlert['mutes'] = [
      { kind: 'silence', by: 'sil_1' },
      { kind: 'silence', by: 'sil_9' },
      { kind: 'maintenance', by: 'mnt_1' },
      { kind: 'maintenance', by: 'mnt_9' },
      { kind: 'inhibition', by: 'alt_2' },
    ];
    const reasons = quietReasons(alert({ mutes }), {
      silences: [silence],
      windows: [window],
      alerts: [other],
    });
    expect(reasons[0]).toMatch(/^Quiet until 1 Jan 2026.* by Ada: Known\.$/u);
    expect(reasons.slice(1)).toEqual([
      'Quiet by the silence sil_9.',
      'Quiet during the maintenance window “Backup”.',
      'Quiet during the maintenance window mnt_9.',
      'Quiet because “host_down” fires, which says more.',
    ]);
  });
});

describe('several alerts', () => {
  it('are summed up by state', () => {
    expect(stateSummary([alert(), alert(), alert({ state: 'pending' })])).toBe('2 firing, 1 pending');
    expect(stateSummary([])).toBe('Nothing fires.');
  });

  it('are named by their rules, a few of them', () => {
    expect(firingSentence([alert()])).toBe('1 alert fires: cpu_high');
    const many = ['a', 'b', 'c', 'd', 'a'].map((rule) => alert({ rule }));
    expect(firingSentence(many)).toBe('5 alerts fire: a, b, c and 1 other rule');
  });

  it('change for reasons that have words', () => {
    expect(reasonOf({ reason: 'held_long_enough' })).toBe('held long enough');
    expect(reasonOf({ reason: 'sun_set' })).toBe('sun set');
  });
});
