/** A cleanup task as its form holds it. */
import type { WireCleanupChange, WireCleanupDraft, WireCleanupTask } from '@raptorflow/contract';

import { parseSpan } from '../../format/span.ts';
import {
  type ParameterField,
  parameterFields,
  parameterProblems,
  parametersIn,
  textsOf,
} from './parameter-fields.ts';
import {
  formOfTrigger,
  newTrigger,
  problemsOfTrigger,
  spanOrSeconds,
  type TriggerForm,
  triggerOf,
} from './trigger-form.ts';

/** An action as the list names it. */
export interface Action {
  readonly action: string;
  readonly description: string;
  readonly parameters: Readonly<Record<string, unknown>>;
}

/** What the form holds. */
export interface TaskForm {
  readonly name: string;
  /** Empty: made from the name. */
  readonly id: string;
  readonly description: string;
  readonly action: string;
  /** What the fields of the action hold, by parameter; `''` holds all of them as JSON where the action names none. */
  readonly parameters: Readonly<Record<string, string>>;
  readonly trigger: TriggerForm;
  readonly priority: WireCleanupTask['priority'];
  readonly timeout: string;
  readonly retries: string;
  readonly retryDelay: string;
  readonly overlap: WireCleanupTask['overlap'];
  readonly concurrency: string;
  readonly missed: WireCleanupTask['missed'];
  readonly runsOn: WireCleanupTask['runs_on'];
  /** With commas between them. */
  readonly tags: string;
}

type OwnField = Exclude<keyof TaskForm, 'parameters' | 'trigger'>;

/** What is wrong, by field. */
export interface TaskProblems {
  readonly fields: Readonly<Partial<Record<OwnField | keyof TriggerForm, string>>>;
  /** By parameter; `''` is about all of them. */
  readonly parameters: Readonly<Record<string, string>>;
}

/** Nothing is wrong. */
export const noProblems: TaskProblems = { fields: {}, parameters: {} };

/** Whether nothing is wrong. */
export function isSound({ fields, parameters }: TaskProblems): boolean {
  return Object.keys(fields).length === 0 && Object.keys(parameters).length === 0;
}

/** The form of a new task: what the server supplies where nothing is said. */
export function newTask(action: string, now: number, timeZone: string): TaskForm {
  return {
    name: '',
    id: '',
    description: '',
    action,
    parameters: {},
    trigger: newTrigger(now, timeZone),
    priority: 'medium',
    timeout: '5 min',
    retries: '3',
    retryDelay: '30 s',
    overlap: 'skip',
    concurrency: '4',
    missed: 'run_once',
    runsOn: 'one_process',
    tags: '',
  };
}

/** The form of a task that there is. */
export function formOfTask(
  task: WireCleanupTask,
  actions: readonly Action[],
  now: number,
  timeZone: string,
): TaskForm {
  return {
    name: task.name,
    id: task.task_id,
    description: task.description,
    action: task.action,
    parameters: fieldsOf(task.action, actions)
      ? textsOf(task.parameters)
      : { '': JSON.stringify(task.parameters, null, 2) },
    trigger: formOfTrigger(task.trigger, now, timeZone),
    priority: task.priority,
    timeout: spanOrSeconds(task.timeout_seconds),
    retries: String(task.retry_count),
    retryDelay: spanOrSeconds(task.retry_delay_seconds),
    overlap: task.overlap,
    concurrency: String(task.concurrency),
    missed: task.missed,
    runsOn: task.runs_on,
    tags: task.tags.join(', '),
  };
}

/** The fields of an action; null where it is not one of these, or does not name its parameters. */
export function fieldsOf(action: string, actions: readonly Action[]): readonly ParameterField[] | null {
  const known = actions.find((one) => one.action === action);
  return known === undefined ? null : parameterFields(known.parameters);
}

/** The id of a new task: what is written, or else the name in small letters. */
export function idOf({ id, name }: Pick<TaskForm, 'id' | 'name'>): string {
  if (id.trim() !== '') return id.trim();
  return name
    .trim()
    .toLowerCase()
    .normalize('NFD')
    .replaceAll(/\p{Mark}/gu, '')
    .replaceAll(/[^a-z0-9.-]+/gu, '_')
    .replaceAll(/^_+|_+$/gu, '')
    .slice(0, 100);
}

const spanProblem = 'Write a span of time: 30 s, 5 min, 1 h.';

/** Checks what can be checked without the server. */
export function problemsOfTask(form: TaskForm, actions: readonly Action[]): TaskProblems {
  const whole = (text: string) => (/^\d{1,6}$/u.test(text.trim()) ? undefined : 'Write a whole number.');
  const own: Partial<Record<OwnField, string | undefined>> = {
    name: form.name.trim() === '' ? 'Give it a name.' : undefined,
    id: /^[A-Za-z0-9_.-]{1,100}$/u.test(idOf(form)) ? undefined : 'Use letters, digits and _ . -',
    action: form.action === '' ? 'Choose what it does.' : undefined,
    timeout: (parseSpan(form.timeout) ?? 0) > 0 ? undefined : spanProblem,
    retries: whole(form.retries),
    retryDelay: parseSpan(form.retryDelay) === null ? spanProblem : undefined,
    concurrency: form.overlap === 'allow' ? whole(form.concurrency) : undefined,
  };
  return {
    fields: {
      ...Object.fromEntries(Object.entries(own).filter(([, problem]) => problem !== undefined)),
      ...problemsOfTrigger(form.trigger),
    },
    parameters: problemsOfParameters(form, actions),
  };
}

function problemsOfParameters(
  { action, parameters }: TaskForm,
  actions: readonly Action[],
): Readonly<Record<string, string>> {
  const fields = fieldsOf(action, actions);
  if (fields !== null) return parameterProblems(fields, parameters);
  return objectIn(parameters['']) === null ? { '': 'Write them as a JSON object: {"days": 30}.' } : {};
}

function objectIn(text = ''): Record<string, unknown> | null {
  if (text.trim() === '') return {};
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : null;
  } catch {
    return null;
  }
}

/** The task that a form without problems says. */
export function draftOfTask(
  form: TaskForm,
  actions: readonly Action[],
  timeZone: string,
): Required<Omit<WireCleanupDraft, 'enabled'>> {
  const fields = fieldsOf(form.action, actions);
  return {
    task_id: idOf(form),
    name: form.name.trim(),
    description: form.description.trim(),
    action: form.action,
    parameters:
      fields === null ? (objectIn(form.parameters['']) ?? {}) : parametersIn(fields, form.parameters),
    trigger: triggerOf(form.trigger, timeZone),
    priority: form.priority,
    timeout_seconds: parseSpan(form.timeout) ?? 0,
    retry_count: Number(form.retries),
    retry_delay_seconds: parseSpan(form.retryDelay) ?? 0,
    overlap: form.overlap,
    concurrency: Number(form.concurrency),
    missed: form.missed,
    runs_on: form.runsOn,
    tags: form.tags
      .split(',')
      .map((tag) => tag.trim())
      .filter(Boolean),
  };
}

/** What is different in the second of two drafts of a task; what nobody touched stays as it is on the server. */
export function changeOf(
  before: ReturnType<typeof draftOfTask>,
  after: ReturnType<typeof draftOfTask>,
): WireCleanupChange {
  const { task_id: _taskId, ...wanted } = after;
  const known = new Map<string, unknown>(Object.entries(before));
  return Object.fromEntries(
    Object.entries(wanted).filter(
      ([name, value]) => JSON.stringify(value) !== JSON.stringify(known.get(name)),
    ),
  );
}

/** The form with another action: parameters of the same names stay. */
export function withAction(form: TaskForm, action: string, actions: readonly Action[]): TaskForm {
  const fields = fieldsOf(action, actions) ?? [];
  const kept = fields.flatMap(({ name }) => {
    const text = form.parameters[name];
    return text === undefined ? [] : [[name, text] as const];
  });
  return { ...form, action, parameters: Object.fromEntries(kept) };
}
