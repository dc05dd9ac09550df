import { createFakeClock } from 'raptorflow/kernel/testing';
import {
  createCleanupScheduler,
  defineCleanupAction,
  type CleanupActions,
  type CleanupScheduler,
} from 'raptorflow/resources';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { openRouteWorld, type Answer, type RouteWorld } from '../testing/route-world.ts';
import { registerCleanupRoutes } from './cleanup.ts';

const clock = createFakeClock(Date.UTC(2026, 10, 20, 12));
let world: RouteWorld;
let cleanup: CleanupScheduler;
const actions: CleanupActions = {
  sweep: defineCleanupAction({
    description: 'Sweeps.',
    parameters: z.strictObject({ rooms: z.int().positive().default(1) }),
    async run({ rooms }) {
      if (rooms > 9) throw new RangeError('too many rooms, token=sk-aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa');
      return { resourcesCleaned: rooms, bytesFreed: 10, message: `${rooms} rooms.` };
    },
  }),
};

beforeAll(async () => {
  world = await openRouteWorld({ clock });
  cleanup = createCleanupScheduler({}, { actions, clock });
  await cleanup.start();
  registerCleanupRoutes(world.app, { ...world.guard, cleanup, actions });
});
afterAll(async () => {
  await cleanup.stop();
  await world.stop();
});

const ask = (
  role: string,
  method: 'GET' | 'POST' | 'PATCH' | 'DELETE',
  path: string,
  body?: unknown,
): Promise<Answer> => world.send(role, method, `/api/v1/metrics/cleanup/${path}`, body);

describe('cleanup tasks', () => {
  const nightly = {
    task_id: 'nightly',
    action: 'sweep',
    parameters: { rooms: 3 },
    trigger: { kind: 'cron', pattern: '30 2 * * *', time_zone: 'Europe/Berlin' },
    retry_count: 0,
  };

  it('are the operator’s: made, listed with what they can do, changed and removed', async () => {
    expect((await ask('owner', 'POST', 'tasks', nightly)).status).toBe(403);
    const made = await ask('operator', 'POST', 'tasks', nightly);
    expect(made.status).toBe(201);
    expect(made.body.data).toMatchObject({
      task_id: 'nightly',
      name: 'nightly',
      schedule: expect.stringContaining('Europe/Berlin'),
      trigger: nightly.trigger,
      next_run: '2026-11-21T01:30:00.000Z',
      timeout_seconds: 300,
      retry_count: 0,
      overlap: 'skip',
      is_running: false,
      success_rate: null,
    });
    const { body } = await ask('operator', 'GET', 'tasks');
    expect(body.data.actions).toMatchObject([
      { action: 'sweep', description: 'Sweeps.', parameters: { properties: { rooms: { default: 1 } } } },
    ]);
    expect(body.data.metrics).toMatchObject({ total_tasks: 1, enabled_tasks: 1, total_tasks_run: 0 });
    const changed = await ask('operator', 'PATCH', 'tasks/nightly', {
      enabled: false,
      timeout_seconds: 1.5,
      trigger: { kind: 'interval', every_seconds: 60 },
    });
    expect(changed.body.data).toMatchObject({
      enabled: false,
      timeout_seconds: 1.5,
      retry_count: 0,
      parameters: { rooms: 3 },
      trigger: { kind: 'interval', every_seconds: 60 },
      next_run: null,
    });
    expect((await ask('operator', 'DELETE', 'tasks/nightly')).status).toBe(204);
    expect((await ask('operator', 'DELETE', 'tasks/nightly')).status).toBe(404);
  });

  it('run when they are told to, and say what came of it, also when they fail', async () => {
    await ask('operator', 'POST', 'tasks', { ...nightly, trigger: { kind: 'manual' } });
    const run = await ask('operator', 'POST', 'tasks/nightly/run');
    expect(run.body).toMatchObject({
      message: '3 rooms.',
      data: {
        task_id: 'nightly',
        trigger_type: 'manual',
        success: true,
        resources_cleaned: 3,
        bytes_freed: 10,
      },
    });
    await ask('operator', 'PATCH', 'tasks/nightly', { parameters: { rooms: 10 } });
    const failed = await ask('operator', 'POST', 'tasks/nightly/run');
    expect(failed.status).toBe(200);
    expect(failed.body.data).toMatchObject({ success: false, error: { message: expect.any(String) } });
    expect(failed.text).not.toContain('sk-aaaa');
    const { body } = await ask('operator', 'GET', 'history?limit=1');
    expect(body.data).toMatchObject([{ task_id: 'nightly', success: false }]);
    const older = await ask(
      'operator',
      'GET',
      `history?limit=1&cursor=${encodeURIComponent(body.next_cursor)}`,
    );
    expect(older.body.data).toMatchObject([{ task_id: 'nightly', success: true }]);
    expect((await ask('operator', 'POST', 'tasks/unknown/run')).status).toBe(404);
    expect((await ask('member', 'GET', 'history')).status).toBe(403);
  });

  it('that cannot be read are refused with what is wrong, and nothing is kept of them', async () => {
    const bad = { ...nightly, task_id: 'bad', trigger: { kind: 'cron', pattern: '99 * * * *' } };
    const answer = await ask('operator', 'POST', 'tasks', bad);
    expect(answer.status).toBe(422);
    const nowhere = { ...nightly, task_id: 'bad', trigger: { kind: 'event', channel: 'no such' } };
    const noChannel = await ask('operator', 'POST', 'tasks', nowhere);
    expect(noChannel.status).toBe(422);
    expect(noChannel.body.error.details.issues).toMatchObject([{ path: 'body.trigger.channel' }]);
    const unknown = await ask('operator', 'POST', 'tasks', { ...nightly, task_id: 'bad', action: 'dance' });
    expect(unknown.body.error.message).toContain('there are sweep');
    expect((await ask('operator', 'GET', 'tasks')).body.data.tasks).toHaveLength(1);
  });
});
