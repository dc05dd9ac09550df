import type { WireMaintenance } from '@raptorflow/contract';
import { describe, expect, it } from 'vitest';

import {
  draftOfMaintenance,
  formOfMaintenance,
  type MaintenanceForm,
  newMaintenance,
  problemsOfMaintenance,
} from './maintenance-form.ts';
import { scheduleWords } from './maintenance-words.ts';

const now = Date.parse('2026-01-10T10:20:00.000Z');
const zone = 'Europe/Berlin';
const form: MaintenanceForm = { ...newMaintenance(now, zone), name: 'Backup' };
const existing = (schedule: WireMaintenance['schedule']): WireMaintenance => ({
  maintenance_id: 'mnt_1',
  workspace_id: null,
  name: 'Backup',
  matchers: [{ label: 'alertname', op: 'like', value: 'disk_*' }],
  schedule,
  author: 'Ada',
  comment: 'Every night.',
});
const schedules: readonly WireMaintenance['schedule'][] = [
  { kind: 'once', from: '2026-07-10T21:30:07.000Z', to: '2026-07-10T23:00:07.000Z' },
  { kind: 'weekly', days: ['sat', 'sun'], start: '23:00', duration_minutes: 180, time_zone: 'Asia/Tokyo' },
  { kind: 'monthly', day: 31, start: '00:05', duration_minutes: 90, time_zone: 'UTC' },
  { kind: 'monthly', day: 'last', start: '00:05', duration_minutes: 10_080, time_zone: zone },
];

describe('a window of maintenance', () => {
  it('begins with the next full hour on the walls of the reader, for every alert', () => {
    expect(form.from).toBe('2026-01-10T12:00');
    expect(draftOfMaintenance(form)).toEqual({
      name: 'Backup',
      matchers: [],
      schedule: { kind: 'once', from: '2026-01-10T11:00:00.000Z', to: '2026-01-10T13:00:00.000Z' },
      comment: '',
    });
  });

  it.each(schedules)('is the same after a look at its form: %o', (schedule) => {
    const { name, matchers, comment } = existing(schedule);
    const changed = formOfMaintenance(existing(schedule), now, zone);
    expect(problemsOfMaintenance(changed)).toEqual({});
    expect(draftOfMaintenance(changed)).toEqual({ name, matchers, schedule, comment });
  });

  it('says only what its kind of schedule needs, days from Monday on', () => {
    const weekly = {
      ...form,
      kind: 'weekly',
      days: ['sun', 'mon'],
      from: '',
      start: ' 2:30',
      duration: '45 min',
    } as const;
    expect(problemsOfMaintenance(weekly)).toEqual({});
    expect(draftOfMaintenance(weekly).schedule).toEqual({
      kind: 'weekly',
      days: ['mon', 'sun'],
      start: '02:30',
      duration_minutes: 45,
      time_zone: zone,
    });
  });

  it.each([
    [{}, []],
    [{ name: ' ' }, ['name']],
    [{ from: '' }, ['from']],
    [{ timeZone: 'Mars' }, ['timeZone']],
    [{ duration: '0' }, ['duration']],
    [{ duration: 'long' }, ['duration']],
    [{ duration: '8 d' }, []],
    [{ kind: 'weekly', duration: '8 d' }, ['duration']],
    [{ kind: 'weekly', duration: '90 s' }, ['duration']],
    [{ kind: 'weekly', days: [] }, ['days']],
    [{ kind: 'monthly', start: '' }, ['start']],
    [{ kind: 'monthly', start: '24:00' }, ['start']],
    [{ kind: 'monthly', start: '2:00 PM' }, ['start']],
    [{ matchers: [{ key: 0, label: ' ', op: 'eq', value: 'x' }] }, ['matchers']],
  ] as const)('with %o is wrong in %o', (change, fields) => {
    expect(Object.keys(problemsOfMaintenance({ ...form, ...(change as Partial<MaintenanceForm>) }))).toEqual(
      fields,
    );
  });
});

describe('when there is maintenance, in words', () => {
  it.each([
    [schedules[1], 'Every Saturday and Sunday at 23:00 for 3 h, Asia/Tokyo'],
    [schedules[2], 'Day 31 of every month that has one at 00:05 for 1 h 30 min, UTC'],
    [schedules[3], 'Last day of every month at 00:05 for 7 d, Europe/Berlin'],
  ] as const)('%o is %s', (schedule, words) => {
    expect(schedule && scheduleWords(schedule)).toBe(words);
  });

  it('sums up the days of a week', () => {
    const weekly = (days: readonly string[]) =>
      scheduleWords({
        kind: 'weekly',
        days: [...days] as Extract<WireMaintenance['schedule'], { kind: 'weekly' }>['days'],
        start: '02:00',
        duration_minutes: 60,
        time_zone: 'UTC',
      });
    const working = ['fri', 'mon', 'tue', 'wed', 'thu'];
    expect(weekly(working)).toBe('Monday to Friday at 02:00 for 1 h, UTC');
    expect(weekly([...working, 'sat', 'sun'])).toBe('Every day at 02:00 for 1 h, UTC');
    expect(weekly(['sun'])).toBe('Every Sunday at 02:00 for 1 h, UTC');
    expect(weekly(['sun', 'wed', 'mon'])).toBe('Every Monday, Wednesday and Sunday at 02:00 for 1 h, UTC');
  });

  it('names the moment of what comes once', () => {
    const [once] = schedules;
    expect(once && scheduleWords(once)).toMatch(/^Once, on 1\d Jul 2026 at \d\d:30 .* for 1 h 30 min$/u);
  });
});
