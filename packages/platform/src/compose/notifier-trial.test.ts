import { RaptorFlowError, createIds } from 'raptorflow/kernel';
import { createFakeClock } from 'raptorflow/kernel/testing';
import type { Notification } from 'raptorflow/alerts';
import { createPeriscope } from 'raptorflow/resilience';
import { describe, expect, it } from 'vitest';
import { tryNotifiers } from './notifier-trial.ts';

describe('a trial of notifiers', () => {
  it('reaches each of them, and says why it did not', async () => {
    const clock = createFakeClock();
    const heard: Notification[] = [];
    const executor = createPeriscope({}, { clock });
    // What deliveries have met before does not keep a trial from being made.
    executor.breaker('notify:log').isolate();
    const trial = tryNotifiers(
      [
        {
          name: 'log',
          notify: async (notification) => {
            heard.push(notification);
          },
        },
        {
          name: 'webhook',
          notify: () => Promise.reject(new RaptorFlowError('unavailable', 'The webhook answered 500.')),
        },
        {
          name: 'mail',
          notify: (_notification, { signal }) =>
            new Promise((_resolve, reject) => {
              signal.addEventListener('abort', () => reject(new RaptorFlowError('timeout', 'No answer.')));
            }),
        },
      ],
      { clock, ids: createIds({ clock }), executor },
    );
    await clock.advance(15_000);
    expect(await trial).toEqual([
      { notifier: 'log', failure: null },
      { notifier: 'webhook', failure: 'The webhook answered 500.' },
      { notifier: 'mail', failure: '"notify:mail" did not answer within 15000 ms.' },
    ]);
    expect(heard).toMatchObject([{ status: 'firing', alerts: [{ severity: 'info', workspaceId: null }] }]);
    await clock.advance(1_000);
    expect(clock.pending).toBe(0);
    const { operations } = executor.getMetricsSummary();
    expect(operations.map(({ operation, successes, failures }) => [operation, successes, failures])).toEqual([
      ['notify:log', 1, 0],
      ['notify:webhook', 0, 1],
      ['notify:mail', 0, 1],
    ]);
  });
});
