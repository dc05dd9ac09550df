import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { trackHandles } from '../../kernel/testing/index.ts';
import { createCleanupScheduler, defaultCleanupTasks, type CleanupTaskDraft } from '../index.ts';
import { begin, createWorld, hour, idleAction, minute, type World } from './testing/world.ts';

let world: World;
beforeEach(() => {
  world = createWorld();
});
afterEach(() => world.end());

const sweep: CleanupTaskDraft = {
  id: 'sweep_hourly',
  action: 'sweep',
  trigger: { kind: 'cron', pattern: '0 * * * *' },
};

describe('tasks', () => {
  test('are made with defaults, read, listed by id, changed and removed', async () => {
    const scheduler = await world.start();
    const made = await scheduler.create(sweep);
    expect(made).toMatchObject({
      name: 'sweep_hourly',
      priority: 'medium',
      enabled: true,
      attempts: { timeoutMs: 300_000, retriesMax: 3, retryDelayMs: 30_000 },
      pace: { overlap: 'skip', missed: 'run_once', runsOn: 'one_process' },
      createdAt: begin,
      lastRunAt: null,
      nextRunAt: begin + hour,
      runs: 0,
      averageDurationMs: null,
      successRate: null,
      isRunning: false,
    });
    await scheduler.create({ ...sweep, id: 'a' });
    expect((await scheduler.list()).map(({ id }) => id)).toEqual(['a', 'sweep_hourly']);
    const changed = await scheduler.update('a', {
      trigger: { kind: 'interval', everyMs: 5 * minute },
      attempts: { retriesMax: 0 },
    });
    expect(changed).toMatchObject({
      attempts: { timeoutMs: 300_000, retriesMax: 0 },
      nextRunAt: begin + 5 * minute,
    });
    expect(await scheduler.get('a')).toEqual(changed);
    await scheduler.remove('a');
    await expect(scheduler.get('a')).rejects.toMatchObject({ code: 'not_found' });
  });

  test('that are removed leave no timer', async () => {
    const scheduler = await world.start();
    const before = world.clock.pending;
    await scheduler.create(sweep);
    expect(world.clock.pending).toBe(before + 1);
    await scheduler.remove(sweep.id);
    expect(world.clock.pending).toBe(before);
  });

  test('that are not there are not found, whatever is asked', async () => {
    const scheduler = await world.start();
    for (const ask of [
      () => scheduler.get('x'),
      () => scheduler.run('x'),
      () => scheduler.remove('x'),
      () => scheduler.update('x', {}),
    ]) {
      await expect(ask()).rejects.toMatchObject({ code: 'not_found' });
    }
  });

  test('are not made twice, nor beyond the limit', async () => {
    const scheduler = await world.start({ tasksMax: 1 });
    await scheduler.create(sweep);
    await expect(scheduler.create({ ...sweep, id: 'b' })).rejects.toMatchObject({ code: 'exhausted' });
    await scheduler.remove(sweep.id);
    await scheduler.create(sweep);
    const second = await world.start();
    await expect(second.create(sweep)).rejects.toMatchObject({ code: 'conflict' });
  });

  test.for([
    [{ ...sweep, id: 'ä' }, /id/],
    [{ ...sweep, action: 'nothing' }, /"nothing" is not an action; there are retain, sweep/],
    [{ ...sweep, parameters: { keepMs: -1 } }, /parameters\.keepMs/],
    [{ ...sweep, parameters: { other: 1 } }, /parameters/],
    [{ ...sweep, trigger: { kind: 'cron', pattern: '99 * * * *' } }, /cron pattern/],
    [{ ...sweep, trigger: { kind: 'cron', pattern: '@daily', timeZone: 'Mars/Olympus' } }, /time zone/],
    [{ ...sweep, trigger: { kind: 'threshold', metric: 'm', value: 85, clearValue: 90 } }, /clearValue/],
    [{ ...sweep, attempts: { timeoutMs: 0 } }, /attempts\.timeoutMs/],
    [{ ...sweep, surprise: true }, /surprise/],
  ] as const)('are refused with the field that is wrong: %#', async ([draft, message]) => {
    const scheduler = await world.start();
    const making = scheduler.create(draft);
    await expect(making).rejects.toMatchObject({ code: 'invalid_input' });
    await expect(making).rejects.toThrow(message);
  });

  test('are refused when their trigger needs a port that is not there', async () => {
    await world.start({ tasks: [{ ...sweep, trigger: { kind: 'manual' } }] });
    const portless = createCleanupScheduler(
      {},
      { actions: { sweep: idleAction }, store: world.store, clock: world.clock },
    );
    await portless.start();
    await expect(
      portless.update(sweep.id, { trigger: { kind: 'threshold', metric: 'm', value: 1 } }),
    ).rejects.toThrow(/readMetric/);
    await portless.stop();
  });

  test('that two people change at once are changed by one', async () => {
    const scheduler = await world.start();
    await scheduler.create(sweep);
    const changes = await Promise.allSettled([
      scheduler.update(sweep.id, { name: 'one' }),
      scheduler.update(sweep.id, { name: 'two' }),
    ]);
    expect(changes.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
  });

  test('of the options are made once, and stay as they were changed', async () => {
    const first = await world.start({ tasks: [sweep] });
    await first.update(sweep.id, { enabled: false });
    const second = await world.start({ tasks: [sweep, { ...sweep, id: 'b' }] });
    expect((await second.list()).map(({ id, enabled }) => [id, enabled])).toEqual([
      ['b', true],
      [sweep.id, false],
    ]);
  });

  test('by default are six, of which each can be read', async () => {
    expect(defaultCleanupTasks.map(({ id }) => id)).toEqual([
      'resource_cleanup_hourly',
      'metrics_cleanup_daily',
      'cache_cleanup_6hourly',
      'memory_cleanup_threshold',
      'resource_count_threshold',
      'dead_letters_retention_daily',
    ]);
    const tasks = defaultCleanupTasks.map((task) => ({ ...task, action: 'sweep', parameters: {} }));
    const scheduler = await world.start({ tasks });
    const next = Object.fromEntries((await scheduler.list()).map(({ id, nextRunAt }) => [id, nextRunAt]));
    expect(next).toEqual({
      resource_cleanup_hourly: begin + hour,
      metrics_cleanup_daily: begin + 2 * hour,
      cache_cleanup_6hourly: begin + 6 * hour,
      memory_cleanup_threshold: null,
      resource_count_threshold: null,
      dead_letters_retention_daily: begin + 2.5 * hour,
    });
  });
});

describe('the scheduler', () => {
  test('answers only while it is running, and leaves nothing behind', async () => {
    const handles = trackHandles();
    const scheduler = await world.start({
      tasks: [sweep, { ...sweep, id: 'e', trigger: { kind: 'event', channel: 'c' } }],
    });
    expect(world.subscriptions).toBe(1);
    await scheduler.stop();
    await scheduler.stop();
    expect(world.clock.pending).toBe(0);
    expect(world.subscriptions).toBe(0);
    expect(handles.leaks()).toEqual([]);
    await expect(scheduler.list()).rejects.toMatchObject({ code: 'unavailable' });
    await expect(scheduler.create(sweep)).rejects.toMatchObject({ code: 'unavailable' });
    await world.clock.advance(3 * hour);
    expect(world.calls).toEqual([]);
  });

  test('refuses options that it does not know', () => {
    expect(() => createCleanupScheduler({ worker: 1 } as object, { actions: {} })).toThrow(/worker/);
  });

  test('follows what another scheduler on the store changes', async () => {
    const first = await world.start({ refreshMs: 1_000 });
    const second = await world.start({ refreshMs: 1_000 });
    await first.create(sweep);
    await world.clock.advance(1_000);
    expect((await second.get(sweep.id)).nextRunAt).toBe(begin + hour);
    await first.update(sweep.id, { trigger: { kind: 'interval', everyMs: 7 * minute } });
    await world.clock.advance(1_000);
    expect((await second.get(sweep.id)).nextRunAt).toBe(begin + 7 * minute);
    await first.remove(sweep.id);
    await world.clock.advance(hour);
    expect(world.calls).toEqual([]);
  });
});
