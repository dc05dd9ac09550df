import { RaptorFlowError, createIds } from 'raptorflow/kernel';
import { createFakeClock } from 'raptorflow/kernel/testing';
import type { Notification } from 'raptorflow/alerts';
import { describe, expect, it } from 'vitest';
import { tryNotifiers } from './notifier-trial.ts';

describe('a trial of notifiers', () => {
  it('reaches each of them, and says why it did not', async () => {
    const clock = createFakeClock();
    const heard: Notification[] = [];
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
      { clock, ids: createIds({ clock }) },
    );
    await clock.advance(15_000);
    expect(await trial).toEqual([
      { notifier: 'log', failure: null },
      { notifier: 'webhook', failure: 'The webhook answered 500.' },
      { notifier: 'mail', failure: 'No answer.' },
    ]);
    expect(heard).toMatchObject([{ status: 'firing', alerts: [{ severity: 'info', workspaceId: null }] }]);
    expect(clock.pending).toBe(0);
  });
});
