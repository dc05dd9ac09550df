import { ClientError } from '@raptorflow/client';
import { describe, expect, it } from 'vitest';

import { newTask, noProblems, type TaskForm } from './task-form.ts';
import { refusalOf } from './task-refusal.ts';

const form: TaskForm = { ...newTask('sweep', Date.UTC(2026, 10, 20), 'UTC'), name: 'Sweep' };
const withTrigger = (trigger: Partial<TaskForm['trigger']>): TaskForm => ({
  ...form,
  trigger: { ...form.trigger, ...trigger },
});
const refusal = (...issues: readonly (readonly [path: string, message: string])[]) =>
  new ClientError('No.', {
    code: 'invalid_input',
    status: 422,
    details: { issues: issues.map(([path, message]) => ({ path, message })) },
  });
const without = (code: string, message: string) => new ClientError(message, { code, status: 422 });

describe('a refused task', () => {
  it('is told beside the fields that the server names', () => {
    const said = refusal(
      ['body.task_id', 'Use letters'],
      ['body.trigger.every_seconds', 'Give a number of at least 0'],
      ['parameters.keep_days', 'too small'],
      ['parameters', 'unrecognized key: "x"'],
      ['attempts.retries_max', 'at most 20'],
      ['body.tags.0', 'at least 1 character'],
    );
    expect(refusalOf(said, form)).toEqual({
      problems: {
        fields: {
          id: 'Use letters.',
          every: 'Give a number of at least 0.',
          retries: 'At most 20.',
          tags: 'At least 1 character.',
        },
        parameters: { keep_days: 'Too small.', '': 'Unrecognized key: "x".' },
      },
      complete: true,
    });
  });

  it('is told beside the main field of its trigger when the trigger is meant as a whole', () => {
    const said = refusal(['trigger', 'no']);
    expect(refusalOf(said, withTrigger({ kind: 'event' })).problems.fields).toEqual({ channel: 'No.' });
    expect(refusalOf(said, withTrigger({ kind: 'manual' })).complete).toBe(false);
  });

  it('is told beside the pattern, the zone or the id that the message begins with', () => {
    const words = '"99 * * * *" is not a cron pattern (Invalid value for minute: 99).';
    const pattern = withTrigger({ pattern: '99 * * * *' });
    expect(refusalOf(without('invalid_input', words), pattern)).toEqual({
      problems: { fields: { pattern: words }, parameters: {} },
      complete: true,
    });
    const zone = '"Mars/Olympus" is not a time zone that this machine knows.';
    const onMars = withTrigger({ timeZone: 'Mars/Olympus' });
    expect(refusalOf(without('invalid_input', zone), onMars).problems.fields).toEqual({ timeZone: zone });
    const taken = 'There is a cleanup task "sweep" already; update it instead.';
    expect(refusalOf(without('conflict', taken), form).problems.fields).toEqual({ id: taken });
  });

  it('is not all told beside fields when it means something else', () => {
    const rest = { problems: noProblems, complete: false };
    expect(refusalOf(without('exhausted', 'Too many.'), form)).toEqual(rest);
    expect(refusalOf(without('conflict', 'It was changed meanwhile.'), form)).toEqual(rest);
    expect(refusalOf(without('invalid_input', '"x" is not a cron pattern.'), form)).toEqual(rest);
    expect(refusalOf(null, form)).toEqual(rest);
    expect(refusalOf(refusal(['name', 'no'], ['elsewhere', 'no']), form).complete).toBe(false);
  });
});
