/** What makes a task run, as its form holds it. */
import type { WireCleanupTrigger } from '@raptorflow/contract';

import { parseSpan, spanText } from '../../format/span.ts';
import { isTimeZone, momentIn, wallText } from '../../format/wall-clock.ts';
import { readTagLines, tagLines } from '../alerts/tag-lines.ts';

/** What can make a task run. */
export type TriggerKind = WireCleanupTrigger['kind'];
type Trigger<K extends TriggerKind> = Extract<WireCleanupTrigger, { kind: K }>;

/** What the fields hold; what the kind does not need stays as it was typed. */
export interface TriggerForm {
  readonly kind: TriggerKind;
  readonly pattern: string;
  readonly timeZone: string;
  readonly every: string;
  /** `2026-01-31T22:00` on the walls of the reader's zone. */
  readonly at: string;
  readonly metric: string;
  /** One `name=value` a line. */
  readonly metricTags: string;
  readonly condition: NonNullable<Trigger<'threshold'>['condition']>;
  readonly value: string;
  readonly clearValue: string;
  readonly status: Trigger<'health'>['status'];
  /** Empty for the installation as a whole. */
  readonly component: string;
  readonly checkEvery: string;
  /** Empty: not again before it has been over. */
  readonly repeat: string;
  readonly channel: string;
  /** Names with commas or spaces between them; empty for any. */
  readonly types: string;
  readonly pause: string;
}

/** What is wrong, by field. */
export type TriggerProblems = Readonly<Partial<Record<keyof TriggerForm, string>>>;

/** A part of the form of a trigger. */
export interface TriggerFieldsProps {
  readonly form: TriggerForm;
  readonly problems: TriggerProblems;
  readonly onChange: (form: TriggerForm) => void;
}

// What the server supplies where nothing is said.
const checkEveryDefault = '30 s';
const repeatDefault = '15 min';
const pauseDefault = '1 s';

/** The trigger of a new task: every night. */
export function newTrigger(now: number, timeZone: string): TriggerForm {
  const hourMs = 3_600_000;
  return {
    kind: 'cron',
    pattern: '0 2 * * *',
    timeZone,
    every: '1 h',
    at: wallText(timeZone, Math.ceil(now / hourMs) * hourMs),
    metric: '',
    metricTags: '',
    condition: 'above',
    value: '',
    clearValue: '',
    status: 'unhealthy',
    component: '',
    checkEvery: checkEveryDefault,
    repeat: repeatDefault,
    channel: '',
    types: '',
    pause: pauseDefault,
  };
}

/** The form of a trigger that there is. */
export function formOfTrigger(trigger: WireCleanupTrigger, now: number, timeZone: string): TriggerForm {
  const form = { ...newTrigger(now, timeZone), kind: trigger.kind };
  switch (trigger.kind) {
    case 'cron':
      return { ...form, pattern: trigger.pattern, timeZone: trigger.time_zone ?? 'UTC' };
    case 'interval':
      return { ...form, every: spanOrSeconds(trigger.every_seconds) };
    case 'once':
      return { ...form, at: wallText(timeZone, Date.parse(trigger.at)) };
    case 'threshold':
      return {
        ...form,
        ...watchOf(trigger),
        metric: trigger.metric,
        metricTags: tagLines(trigger.tags),
        condition: trigger.condition ?? 'above',
        value: String(trigger.value),
        clearValue: trigger.clear_value === undefined ? '' : String(trigger.clear_value),
      };
    case 'health':
      return { ...form, ...watchOf(trigger), status: trigger.status, component: trigger.component ?? '' };
    case 'event':
      return {
        ...form,
        channel: trigger.channel,
        types: (trigger.types ?? []).join(', '),
        pause: trigger.pause_seconds === undefined ? pauseDefault : spanOrSeconds(trigger.pause_seconds),
      };
    case 'manual':
      return form;
  }
}

function watchOf({
  check_every_seconds: checkEvery,
  repeat_seconds: repeat,
}: Trigger<'threshold'> | Trigger<'health'>): Pick<TriggerForm, 'checkEvery' | 'repeat'> {
  return {
    checkEvery: checkEvery === undefined ? checkEveryDefault : spanOrSeconds(checkEvery),
    repeat: repeat === undefined ? repeatDefault : repeat === null ? '' : spanOrSeconds(repeat),
  };
}

/** "1 h 30 min", and "0.5 s" where whole seconds would not say it. */
export function spanOrSeconds(seconds: number): string {
  return Number.isInteger(seconds) ? spanText(seconds) : `${seconds} s`;
}

/** What is wrong with the form; empty when it can be sent. Whether a pattern can be read is known to the server alone. */
export function problemsOfTrigger(form: TriggerForm): TriggerProblems {
  switch (form.kind) {
    case 'cron':
      return {
        ...missing(form, 'pattern', 'Say when, such as 0 2 * * *.'),
        ...(isTimeZone(form.timeZone.trim())
          ? {}
          : { timeZone: 'Choose a time zone, such as Europe/Berlin.' }),
      };
    case 'interval':
      return longSpan(form, 'every');
    case 'once':
      return momentIn('UTC', form.at) === null ? { at: 'Say when.' } : {};
    case 'threshold':
      return { ...thresholdProblems(form), ...watchProblems(form) };
    case 'health':
      return watchProblems(form);
    case 'event':
      return {
        ...missing(form, 'channel', 'Choose a channel.'),
        ...(parseSpan(form.pause) === null ? { pause: spanProblem } : {}),
      };
    case 'manual':
      return {};
  }
}

const spanProblem = 'Write a span of time: 30 s, 5 min, 1 h, 2 d.';

function missing(
  form: TriggerForm,
  field: 'pattern' | 'metric' | 'channel',
  problem: string,
): TriggerProblems {
  return form[field].trim() === '' ? { [field]: problem } : {};
}

function longSpan(
  form: TriggerForm,
  ...fields: readonly ('every' | 'checkEvery' | 'repeat')[]
): TriggerProblems {
  const bad = fields.filter((field) => !((parseSpan(form[field]) ?? 0) > 0));
  return Object.fromEntries(bad.map((field) => [field, spanProblem]));
}

function watchProblems(form: TriggerForm): TriggerProblems {
  return longSpan(form, 'checkEvery', ...(form.repeat.trim() === '' ? [] : (['repeat'] as const)));
}

function thresholdProblems(form: TriggerForm): TriggerProblems {
  const [value, clear] = [numberIn(form.value), numberIn(form.clearValue)];
  const { problem } = readTagLines(form.metricTags);
  return {
    ...missing(form, 'metric', 'Choose a metric.'),
    ...(problem === null ? {} : { metricTags: problem }),
    ...(value === null ? { value: 'Write a number.' } : {}),
    ...(form.clearValue.trim() === '' ? {} : clearProblem(form.condition, value, clear)),
  };
}

function clearProblem(
  condition: TriggerForm['condition'],
  value: number | null,
  clear: number | null,
): TriggerProblems {
  if (clear === null) return { clearValue: 'Write a number, or nothing.' };
  if (value === null) return {};
  const isBack = condition === 'above' ? clear <= value : clear >= value;
  if (isBack) return {};
  return { clearValue: `It has to be ${condition === 'above' ? 'at most' : 'at least'} ${value}.` };
}

function numberIn(text: string): number | null {
  const number = Number(text);
  return text.trim() !== '' && Number.isFinite(number) ? number : null;
}

/** The trigger that a form without problems says. `timeZone` is the reader's, in which a moment is written. */
export function triggerOf(form: TriggerForm, timeZone: string): WireCleanupTrigger {
  switch (form.kind) {
    case 'cron':
      return { kind: 'cron', pattern: form.pattern.trim(), time_zone: form.timeZone.trim() };
    case 'interval':
      return { kind: 'interval', every_seconds: parseSpan(form.every) ?? 0 };
    case 'once':
      return { kind: 'once', at: new Date(momentIn(timeZone, form.at) ?? 0).toISOString() };
    case 'threshold': {
      const tags = readTagLines(form.metricTags).tags ?? {};
      const clear = numberIn(form.clearValue);
      return {
        kind: 'threshold',
        metric: form.metric.trim(),
        condition: form.condition,
        value: Number(form.value),
        ...(Object.keys(tags).length === 0 ? {} : { tags }),
        ...(clear === null ? {} : { clear_value: clear }),
        ...watchIn(form),
      };
    }
    case 'health': {
      const component = form.component.trim();
      return {
        kind: 'health',
        status: form.status,
        ...(component === '' ? {} : { component }),
        ...watchIn(form),
      };
    }
    case 'event': {
      const types = form.types.split(/[\s,]+/u).filter(Boolean);
      return {
        kind: 'event',
        channel: form.channel.trim(),
        pause_seconds: parseSpan(form.pause) ?? 0,
        ...(types.length === 0 ? {} : { types }),
      };
    }
    case 'manual':
      return { kind: 'manual' };
  }
}

function watchIn(form: TriggerForm) {
  return {
    check_every_seconds: parseSpan(form.checkEvery) ?? 0,
    repeat_seconds: form.repeat.trim() === '' ? null : (parseSpan(form.repeat) ?? 0),
  };
}
