/** A window of maintenance as its form holds it. */
import type { WireMaintenance } from '@raptorflow/contract';

import type { MaintenanceDraft } from '../../data/alerts.ts';
import { parseSpan, spanText } from '../../format/span.ts';
import { isTimeZone, momentIn, wallText } from '../../format/wall-clock.ts';
import type { Schedule, Weekday } from './maintenance-times.ts';
import { weekFromMonday } from './maintenance-words.ts';
import { type MatcherRow, matchersOf } from './silence-form.ts';

/** What the form holds; what the kind of schedule does not need stays as it was typed. */
export interface MaintenanceForm {
  readonly name: string;
  readonly kind: Schedule['kind'];
  /** `2026-01-31T22:00` on the walls of the zone, for once. */
  readonly from: string;
  readonly days: readonly Weekday[];
  /** 1 to 31, or `last`. */
  readonly day: string;
  /** `22:00`, or `2:00`, on the walls of the zone, for what comes again. */
  readonly start: string;
  readonly duration: string;
  readonly timeZone: string;
  readonly matchers: readonly MatcherRow[];
  readonly comment: string;
}

/** What is wrong, by field. */
export type MaintenanceProblems = Readonly<Partial<Record<keyof MaintenanceForm, string>>>;

const weekSeconds = 604_800;
const timeForm = /^(?:[01]?\d|2[0-3]):[0-5]\d$/u;

/** The form of a new window: once, from the next full hour on. */
export function newMaintenance(now: number, timeZone: string): MaintenanceForm {
  const hourMs = 3_600_000;
  return {
    name: '',
    kind: 'once',
    from: wallText(timeZone, Math.ceil(now / hourMs) * hourMs),
    days: ['sun'],
    day: '1',
    start: '02:00',
    duration: '2 h',
    timeZone,
    matchers: [],
    comment: '',
  };
}

/** The form of a window that there is; one that comes once has no zone, and is shown in the reader's. */
export function formOfMaintenance(
  { name, schedule, matchers, comment }: WireMaintenance,
  now: number,
  timeZone: string,
): MaintenanceForm {
  const form: MaintenanceForm = {
    ...newMaintenance(now, timeZone),
    name,
    kind: schedule.kind,
    matchers: matchers.map((matcher, key) => ({ ...matcher, key })),
    comment,
  };
  if (schedule.kind === 'once') {
    const [from, to] = [Date.parse(schedule.from), Date.parse(schedule.to)];
    return { ...form, from: wallText(timeZone, from), duration: spanText((to - from) / 1_000) };
  }
  return {
    ...form,
    ...(schedule.kind === 'weekly' ? { days: schedule.days } : { day: String(schedule.day) }),
    start: schedule.start,
    duration: spanText(schedule.duration_minutes * 60),
    timeZone: schedule.time_zone,
  };
}

/** What is wrong with the form; empty when it can be sent. */
export function problemsOfMaintenance(form: MaintenanceForm): MaintenanceProblems {
  const { kind, name, matchers } = form;
  return {
    ...(name.trim() === '' ? { name: 'Give it a name, such as Backup.' } : {}),
    ...(isTimeZone(form.timeZone.trim()) ? {} : { timeZone: 'Choose a time zone, such as Europe/Berlin.' }),
    ...(kind === 'once' && momentIn('UTC', form.from) === null ? { from: 'Say when it begins.' } : {}),
    ...(kind === 'weekly' && form.days.length === 0 ? { days: 'Choose at least one day.' } : {}),
    ...(kind !== 'once' && !timeForm.test(form.start.trim())
      ? { start: 'Say when it begins, such as 22:30.' }
      : {}),
    ...durationProblem(form),
    ...(matchers.some(({ label }) => label.trim() === '')
      ? { matchers: 'Name the label in every line, or remove the line.' }
      : {}),
  };
}

function durationProblem({ kind, duration }: MaintenanceForm): MaintenanceProblems {
  const seconds = parseSpan(duration);
  if (seconds === null || seconds <= 0) return { duration: 'Say how long, such as 1 h 30 min.' };
  if (kind === 'once') return {};
  if (seconds > weekSeconds) return { duration: 'At most a week, for what comes again.' };
  return seconds % 60 === 0 ? {} : { duration: 'Whole minutes, for what comes again.' };
}

/** The window that a form without problems says. */
export function draftOfMaintenance(form: MaintenanceForm): MaintenanceDraft {
  return {
    name: form.name.trim(),
    matchers: matchersOf(form),
    schedule: scheduleIn(form),
    comment: form.comment.trim(),
  };
}

function scheduleIn(form: MaintenanceForm): Schedule {
  const seconds = parseSpan(form.duration) ?? 0;
  const timeZone = form.timeZone.trim();
  if (form.kind === 'once') {
    const from = momentIn(timeZone, form.from) ?? 0;
    return {
      kind: 'once',
      from: new Date(from).toISOString(),
      to: new Date(from + seconds * 1_000).toISOString(),
    };
  }
  const start = form.start.trim().padStart(5, '0');
  const times = { start, duration_minutes: seconds / 60, time_zone: timeZone };
  return form.kind === 'weekly'
    ? { kind: 'weekly', days: weekFromMonday.filter((day) => form.days.includes(day)), ...times }
    : { kind: 'monthly', day: form.day === 'last' ? 'last' : Number(form.day), ...times };
}
