import type { WireCleanupResult, WireCleanupTrigger } from '@raptorflow/contract';
import { describe, expect, it } from 'vitest';

import { causeOf, freedWords, latestByTask, reasonOf, resultWords, whenWords } from './task-words.ts';

const result: WireCleanupResult = {
  result_id: 'clr_2',
  task_id: 'sweep',
  trigger_type: 'manual',
  scheduled_for: null,
  started_at: '2026-11-20T00:00:00.000Z',
  completed_at: '2026-11-20T00:00:01.000Z',
  execution_time_seconds: 1.2,
  success: true,
  message: '3 rooms.',
  resources_cleaned: 3,
  bytes_freed: 2_000_000,
  error: null,
  attempt: 1,
  process: 'prc_1',
};

describe('when a task runs', () => {
  it.each<[WireCleanupTrigger, string | null, string]>([
    [
      { kind: 'cron', pattern: '30 2 * * 1-5', time_zone: 'Europe/Berlin' },
      'cron "30 2 * * 1-5" (Europe/Berlin)',
      'Every Monday to Friday at 02:30 (Europe/Berlin)',
    ],
    [{ kind: 'cron', pattern: '0 0 * * 5#2' }, 'cron "0 0 * * 5#2" (UTC)', 'Cron "0 0 * * 5#2" (UTC)'],
    [{ kind: 'interval', every_seconds: 60 }, 'every 1m', 'Every 1m'],
    [
      { kind: 'threshold', metric: 'count', tags: { status: 'idle' }, value: 1_000, clear_value: 900 },
      null,
      'When count (status=idle) is above 1000, until it is back at 900',
    ],
    [{ kind: 'threshold', metric: 'free', condition: 'below', value: 5 }, null, 'When free is below 5'],
    [{ kind: 'health', status: 'unhealthy', component: 'bus' }, null, 'When bus is unhealthy or worse'],
    [{ kind: 'health', status: 'critical' }, null, 'When the installation is critical'],
    [{ kind: 'event', channel: 'sys.alert' }, null, 'At any event on sys.alert'],
    [{ kind: 'event', channel: 'sys.alert', types: ['a', 'b'] }, null, 'At a, b on sys.alert'],
    [{ kind: 'manual' }, null, 'Only by hand'],
  ])('%j is told', (trigger, schedule, words) => {
    expect(whenWords({ trigger, schedule })).toBe(words);
  });
});

describe('what a run came to', () => {
  it('is told with what it freed and how long it took', () => {
    expect(resultWords(result)).toBe('3 rooms. 2.0 MB freed. It took 1.2 s.');
    expect(freedWords(result)).toBe('3 things removed, 2.0 MB freed');
    expect(freedWords({ resources_cleaned: 0, bytes_freed: 0 })).toBe('');
    expect(causeOf(result)).toBe('by hand');
    expect(causeOf({ trigger_type: 'of_tomorrow' })).toBe('of_tomorrow');
  });

  it('has its reason when it failed, and says so when it has none', () => {
    const error = { code: 'timeout', message: 'No answer within 1 ms' };
    const failed = { ...result, success: false, message: '', bytes_freed: 0, attempt: 3, error };
    expect(resultWords(failed)).toBe('No answer within 1 ms. It took 1.2 s and 3 attempts.');
    expect(reasonOf({ ...failed, error: null })).toBe('It failed and did not say why');
    expect(reasonOf({ ...result, message: '' })).toBe('It is done');
  });

  it('is the newest of each task', () => {
    const older = { ...result, result_id: 'clr_1' };
    const other = { ...result, result_id: 'clr_0', task_id: 'other' };
    const latest = latestByTask([result, older, other]);
    expect([latest.get('sweep')?.result_id, latest.get('other')?.result_id]).toEqual(['clr_2', 'clr_0']);
  });
});
