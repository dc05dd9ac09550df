/** What the server said is wrong with a task, beside the fields that it means. */
import { isClientError } from '@raptorflow/client';

import { issuesOf } from '../../data/refusal.ts';
import { sentence } from '../../format/words.ts';
import { noProblems, type TaskForm, type TaskProblems } from './task-form.ts';
import type { TriggerKind } from './trigger-form.ts';

type Field = keyof TaskProblems['fields'];

/** Problems by field, and whether that is all that was said. */
export interface Refusal {
  readonly problems: TaskProblems;
  readonly complete: boolean;
}

const fieldOfPath: Readonly<Record<string, Field>> = {
  id: 'id',
  task_id: 'id',
  name: 'name',
  description: 'description',
  action: 'action',
  priority: 'priority',
  timeout_seconds: 'timeout',
  'attempts.timeout_ms': 'timeout',
  retry_count: 'retries',
  'attempts.retries_max': 'retries',
  retry_delay_seconds: 'retryDelay',
  'attempts.retry_delay_ms': 'retryDelay',
  overlap: 'overlap',
  concurrency: 'concurrency',
  'pace.concurrency_max': 'concurrency',
  missed: 'missed',
  runs_on: 'runsOn',
  tags: 'tags',
  'trigger.pattern': 'pattern',
  'trigger.time_zone': 'timeZone',
  'trigger.every_seconds': 'every',
  'trigger.every_ms': 'every',
  'trigger.at': 'at',
  'trigger.metric': 'metric',
  'trigger.tags': 'metricTags',
  'trigger.condition': 'condition',
  'trigger.value': 'value',
  'trigger.clear_value': 'clearValue',
  'trigger.status': 'status',
  'trigger.component': 'component',
  'trigger.check_every_seconds': 'checkEvery',
  'trigger.check_every_ms': 'checkEvery',
  'trigger.repeat_seconds': 'repeat',
  'trigger.repeat_ms': 'repeat',
  'trigger.channel': 'channel',
  'trigger.types': 'types',
  'trigger.pause_seconds': 'pause',
  'trigger.pause_ms': 'pause',
};

/** What a refusal of the trigger as a whole is most likely about. */
const mainField: Readonly<Record<TriggerKind, Field | null>> = {
  cron: 'pattern',
  interval: 'every',
  once: 'at',
  threshold: 'clearValue',
  health: 'component',
  event: 'channel',
  manual: null,
};

/** Reads a refusal of what `form` said. */
export function refusalOf(error: unknown, form: TaskForm): Refusal {
  const issues = issuesOf(error);
  if (issues.length === 0) {
    const field = fieldWithoutIssue(error, form);
    if (field === null || !isClientError(error)) return { problems: noProblems, complete: false };
    return { problems: { fields: { [field]: sentence(error.message) }, parameters: {} }, complete: true };
  }
  const fields: Partial<Record<Field, string>> = {};
  const parameters: Record<string, string> = {};
  let complete = true;
  for (const { path, message } of issues) {
    const parts = path
      .replace(/^body\./u, '')
      .split(/[.[\]]+/u)
      .filter(Boolean);
    const words = sentence(message);
    if (parts[0] === 'parameters') parameters[parts[1] ?? ''] ??= words;
    else {
      const field = fieldOf(parts, form);
      if (field === null) complete = false;
      else fields[field] ??= words;
    }
  }
  return { problems: { fields, parameters }, complete };
}

function fieldOf(parts: readonly string[], form: TaskForm): Field | null {
  for (let length = parts.length; length > 0; length -= 1) {
    const field = fieldOfPath[parts.slice(0, length).join('.')];
    if (field !== undefined) return field;
  }
  return parts[0] === 'trigger' ? mainField[form.trigger.kind] : null;
}

/** A pattern or a zone that cannot be read, and an id that is taken, are refused without naming a field: the message begins with what it means. */
function fieldWithoutIssue(error: unknown, form: TaskForm): Field | null {
  if (!isClientError(error)) return null;
  if (error.code === 'conflict' && error.message.startsWith('There is a cleanup task')) return 'id';
  if (error.code !== 'invalid_input' || form.trigger.kind !== 'cron') return null;
  const quoted = /^"(.*?)" is not/u.exec(error.message)?.[1];
  if (quoted === undefined) return null;
  const isMeant = (text: string) => quoted !== '' && text.trim().startsWith(quoted);
  if (isMeant(form.trigger.pattern)) return 'pattern';
  return isMeant(form.trigger.timeZone) ? 'timeZone' : null;
}
