import type { WireCleanupTask } from '@raptorflow/contract';
import { describe, expect, it } from 'vitest';

import {
  type Action,
  changeOf,
  draftOfTask,
  formOfTask,
  idOf,
  isSound,
  newTask,
  problemsOfTask,
  type TaskForm,
  withAction,
} from './task-form.ts';

const now = Date.UTC(2026, 10, 20, 12);
const zone = 'UTC';
const actions: readonly Action[] = [
  {
    action: 'letters.retention',
    description: 'Gives up letters.',
    parameters: {
      type: 'object',
      properties: {
        keep_days: { type: 'number', exclusiveMinimum: 0, default: 30 },
        dry: { type: 'boolean' },
      },
    },
  },
  {
    action: 'letters.sweep',
    description: 'Sweeps.',
    parameters: { type: 'object', properties: { keep_days: { type: 'number' } } },
  },
];
const stored: WireCleanupTask = {
  task_id: 'old_letters',
  name: 'Old letters',
  description: 'Of no use.',
  action: 'letters.retention',
  parameters: { keep_days: 7 },
  trigger: { kind: 'interval', every_seconds: 600 },
  schedule: 'every 10m',
  priority: 'low',
  enabled: true,
  timeout_seconds: 1.5,
  retry_count: 0,
  retry_delay_seconds: 30,
  overlap: 'skip',
  concurrency: 4,
  missed: 'run_once',
  runs_on: 'every_process',
  tags: ['bus', 'night'],
  last_run: null,
  next_run: null,
  run_count: 0,
  success_count: 0,
  failure_count: 0,
  skipped_count: 0,
  average_duration_seconds: null,
  success_rate: null,
  is_running: false,
  created_at: '2026-11-20T00:00:00.000Z',
  updated_at: '2026-11-20T00:00:00.000Z',
};
const form = formOfTask(stored, actions, now, zone);
const sound: TaskForm = { ...newTask('letters.retention', now, zone), name: 'Nightly sweep' };
const wrongIn = (change: Partial<TaskForm>) => {
  const { fields, parameters } = problemsOfTask({ ...sound, ...change }, actions);
  return [...Object.keys(fields), ...Object.keys(parameters).map((name) => `parameters.${name}`)];
};

describe('a cleanup task in its form', () => {
  it('is sent as it is there when nobody touched it', () => {
    const { task_id: id, enabled: _enabled, ...rest } = stored;
    const draft = draftOfTask(form, actions, zone);
    expect(isSound(problemsOfTask(form, actions))).toBe(true);
    expect(draft.task_id).toBe(id);
    expect(rest).toMatchObject(
      Object.fromEntries(Object.entries(draft).filter(([name]) => name !== 'task_id')),
    );
    expect(changeOf(draft, draft)).toEqual({});
  });

  it('is changed by what somebody changed and nothing else', () => {
    const before = draftOfTask(form, actions, zone);
    const after = draftOfTask(
      { ...form, retries: '2', parameters: { keep_days: '' }, tags: 'bus' },
      actions,
      zone,
    );
    expect(changeOf(before, after)).toEqual({ retry_count: 2, parameters: {}, tags: ['bus'] });
  });

  it('gets its id from its name unless somebody writes one', () => {
    expect(idOf({ name: '  Nächtliches Aufräumen, 2. Teil! ', id: '' })).toBe(
      'nachtliches_aufraumen_2._teil',
    );
    expect(idOf({ name: 'Sweep', id: ' my-sweep ' })).toBe('my-sweep');
    expect(idOf({ name: '!!!', id: '' })).toBe('');
  });

  it('keeps parameters of the same names when it does something else', () => {
    const other = withAction(
      { ...sound, parameters: { keep_days: '9', dry: 'true' } },
      'letters.sweep',
      actions,
    );
    expect([other.action, other.parameters]).toEqual(['letters.sweep', { keep_days: '9' }]);
  });

  it('holds all parameters as JSON where this server does not know the action', () => {
    const elsewhere = formOfTask({ ...stored, action: 'elsewhere' }, actions, now, zone);
    expect(draftOfTask(elsewhere, actions, zone).parameters).toEqual({ keep_days: 7 });
    const broken = { ...elsewhere, parameters: { '': '[1]' } };
    expect(Object.keys(problemsOfTask(broken, actions).parameters)).toEqual(['']);
  });

  it.each<[Partial<TaskForm>, readonly string[]]>([
    [{}, []],
    [{ name: ' ' }, ['name', 'id']],
    [{ id: 'my sweep' }, ['id']],
    [{ timeout: '0 s', retries: 'many', retryDelay: '' }, ['timeout', 'retries', 'retryDelay']],
    [{ retryDelay: '0 s' }, []],
    [{ concurrency: 'x' }, []],
    [{ concurrency: 'x', overlap: 'allow' }, ['concurrency']],
    [{ parameters: { keep_days: '0' } }, ['parameters.keep_days']],
    [{ trigger: { ...sound.trigger, pattern: '' } }, ['pattern']],
  ])('is wrong like %j in %j', (change, fields) => {
    expect(wrongIn(change)).toEqual(fields);
  });
});
