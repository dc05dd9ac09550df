import { ClientError, type Client } from '@raptorflow/client';
import { createFakeClock } from 'raptorflow/kernel/testing';
import { describe, expect, it } from 'vitest';
import type { CleanupResult } from './cleanup-history.ts';
import { runOf } from './cleanup-run.ts';

const result = (id: string, trigger = 'manual'): CleanupResult => ({
  result_id: id,
  task_id: 'sweep',
  trigger_type: trigger,
  scheduled_for: null,
  started_at: '2026-01-01T00:00:00.000Z',
  completed_at: '2026-01-01T00:00:01.000Z',
  execution_time_seconds: 1,
  success: true,
  message: 'Swept.',
  resources_cleaned: 1,
  bytes_freed: 0,
  error: null,
  attempt: 1,
  process: 'prc_a',
});

/** A server that gives no answer to a run as long as anybody waits, and whose history is `past`. */
function slowServer(past: CleanupResult[]): Pick<Client['cleanup'], 'run' | 'history'> {
  return {
    run: () => Promise.reject(new ClientError('No answer.', { code: 'timeout', status: 0 })),
    history: () => Promise.resolve({ status: 'success', message: '', data: [...past], next_cursor: null }),
  };
}

describe('raptorflow cleanup run', () => {
  it('waits for a run that takes longer than an answer may: for its own, not for one by schedule or an earlier one', async () => {
    const clock = createFakeClock();
    const past = [result('clr_before')];
    const { signal } = new AbortController();
    let found: CleanupResult | undefined;
    const waiting = runOf(slowServer(past), 'sweep', { clock, signal }).then((own) => (found = own));
    await clock.advance(60_000);
    past.unshift(result('clr_clock', 'cron'));
    await clock.advance(60_000);
    expect(found).toBeUndefined();
    past.unshift(result('clr_own'));
    await clock.advance(60_000);
    await waiting;
    expect(found?.result_id).toBe('clr_own');
  });

  it('stops waiting at Ctrl-C', async () => {
    const clock = createFakeClock();
    const abort = new AbortController();
    const waiting = runOf(slowServer([]), 'sweep', { clock, signal: abort.signal });
    const stopped = waiting.catch((error: unknown) => error);
    await clock.advance(1_000);
    abort.abort();
    expect(await stopped).toMatchObject({ code: 'cancelled' });
  });
});
