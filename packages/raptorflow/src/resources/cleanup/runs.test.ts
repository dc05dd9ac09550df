import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { RaptorFlowError } from '../../kernel/index.ts';
import type { CleanupScheduler, CleanupTaskDraft } from '../index.ts';
import { begin, createWorld, hour, minute, type World } from './testing/world.ts';

let world: World;
beforeEach(() => {
  world = createWorld();
});
afterEach(() => world.end());

const hourly: CleanupTaskDraft = {
  id: 'hourly',
  action: 'sweep',
  trigger: { kind: 'cron', pattern: '0 * * * *' },
};
const byHand: CleanupTaskDraft = { id: 'by_hand', action: 'sweep', trigger: { kind: 'manual' } };

/** Work that takes so long, and ends early when it is told to. */
const working =
  (ms: number) =>
  async ({ context }: { context: { signal: AbortSignal } }): Promise<void> =>
    world.clock.sleep(ms, context.signal);

describe('a run', () => {
  test('takes place at its time, with its occurrence, and is in history and in the sums', async () => {
    const scheduler = await world.start({ tasks: [hourly] });
    await world.clock.advance(2 * hour);
    expect(
      world.calls.map(({ at, context }) => [
        at - begin,
        (context.occurrenceAt ?? 0) - begin,
        context.fencingToken,
      ]),
    ).toEqual([
      [hour, hour, 1],
      [2 * hour, 2 * hour, 2],
    ]);
    const { items } = await scheduler.results({ taskId: 'hourly' });
    expect(items).toHaveLength(2);
    expect(items[0]).toMatchObject({
      taskId: 'hourly',
      trigger: 'cron',
      occurrenceAt: begin + 2 * hour,
      startedAt: begin + 2 * hour,
      success: true,
      message: 'Swept.',
      resourcesCleaned: 2,
      bytesFreed: 10,
      error: null,
      attempt: 1,
    });
    expect(await scheduler.get('hourly')).toMatchObject({
      runs: 2,
      successes: 2,
      successRate: 1,
      lastRunAt: begin + 2 * hour,
      nextRunAt: begin + 3 * hour,
    });
    expect(await scheduler.report()).toMatchObject({
      tasks: 1,
      enabledTasks: 1,
      runs: 2,
      successRate: 1,
      resourcesCleaned: 4,
      bytesFreed: 20,
    });
  });

  test('by hand answers its result, of a task that is not enabled too', async () => {
    const scheduler = await world.start({ tasks: [{ ...hourly, enabled: false }] });
    await world.clock.advance(3 * hour);
    expect(world.calls).toEqual([]);
    expect(await scheduler.run('hourly')).toMatchObject({
      trigger: 'manual',
      occurrenceAt: null,
      success: true,
    });
  });

  test('that fails is tried again after its pause, and succeeds with the attempt that did', async () => {
    const scheduler = await world.start({ tasks: [hourly] });
    world.work = async ({ context }) => {
      if (context.attempt < 3) throw new RaptorFlowError('unavailable', 'Not now.');
    };
    await world.clock.advance(hour + 2 * minute);
    expect(world.calls.map(({ at }) => at - begin - hour)).toEqual([0, 30_000, 60_000]);
    expect((await scheduler.results()).items).toMatchObject([
      { success: true, attempt: 3, durationMs: 60_000 },
    ]);
  });

  test('that fails for good is a failure with its cause, and the next one takes place', async () => {
    const scheduler = await world.start({
      tasks: [{ ...hourly, attempts: { retriesMax: 1, retryDelayMs: 1 } }],
    });
    world.work = async () => {
      throw new RaptorFlowError('unavailable', 'Gone.');
    };
    await world.clock.advance(2 * hour + minute);
    expect(world.calls).toHaveLength(4);
    expect((await scheduler.results()).items[0]).toMatchObject({
      success: false,
      attempt: 2,
      message: 'Gone.',
      error: { code: 'unavailable', message: 'Gone.' },
      resourcesCleaned: 0,
    });
    expect(await scheduler.get('hourly')).toMatchObject({ runs: 2, failures: 2, successRate: 0 });
  });

  test('that takes too long is told to end and is a timeout', async () => {
    const scheduler = await world.start({
      tasks: [{ ...byHand, attempts: { timeoutMs: 5_000, retriesMax: 0 } }],
    });
    world.work = working(hour);
    const running = scheduler.run('by_hand');
    await world.clock.advance(6_000);
    expect(await running).toMatchObject({ success: false, error: { code: 'timeout' } });
    expect(world.calls[0]?.endedAt).toBeDefined();
    expect((await scheduler.get('by_hand')).isRunning).toBe(false);
  });

  test('whose action does not heed its signal keeps the task from running again until it ends', async () => {
    const scheduler = await world.start({
      tasks: [{ ...byHand, attempts: { timeoutMs: 5_000, retriesMax: 0 } }],
      leaseMs: 10_000,
      refreshMs: 5_000,
    });
    world.work = () => world.clock.sleep(10 * minute);
    const running = scheduler.run('by_hand');
    await world.clock.advance(6_000);
    expect(await running).toMatchObject({ error: { code: 'timeout' } });
    await world.clock.advance(5 * minute);
    expect((await scheduler.get('by_hand')).isRunning).toBe(true);
    await expect(scheduler.run('by_hand')).rejects.toMatchObject({ code: 'conflict' });
    await world.clock.advance(5 * minute);
    world.work = async () => undefined;
    expect(await scheduler.run('by_hand')).toMatchObject({ success: true });
    expect((await scheduler.results()).items).toHaveLength(2);
  });

  test('does not begin an attempt beside one that still works', async () => {
    const scheduler = await world.start({
      tasks: [{ ...byHand, attempts: { timeoutMs: 5_000, retriesMax: 3, retryDelayMs: 1_000 } }],
    });
    world.work = ({ context }) => (context.attempt === 1 ? world.clock.sleep(8_000) : Promise.resolve());
    const running = scheduler.run('by_hand');
    await world.clock.advance(minute);
    expect(await running).toMatchObject({ success: true, attempt: 2 });
    expect(world.calls.map(({ at }) => at - begin)).toEqual([0, 8_000]);
  });

  test('of a task that is removed meanwhile goes on, and its caller has the result', async () => {
    const scheduler = await world.start({ tasks: [byHand], leaseMs: 3_000 });
    world.work = working(minute);
    const running = scheduler.run('by_hand');
    await world.clock.advance(10);
    await scheduler.remove('by_hand');
    await world.clock.advance(minute);
    expect(await running).toMatchObject({ success: true });
  });
});

describe('a task that is due while it runs', () => {
  const start = async (pace: CleanupTaskDraft['pace']): Promise<CleanupScheduler> => {
    world.work = working(150 * minute);
    return world.start({ tasks: [{ ...hourly, pace, attempts: { timeoutMs: 10 * hour } }] });
  };
  const begins = (): number[] => world.calls.map(({ at }) => (at - begin) / hour);

  test('is skipped and counted', async () => {
    const scheduler = await start({ overlap: 'skip' });
    await world.clock.advance(4 * hour);
    expect(begins()).toEqual([1, 4]);
    expect(await scheduler.get('hourly')).toMatchObject({ skipped: 2, runs: 1, isRunning: true });
    await expect(scheduler.run('hourly')).rejects.toMatchObject({ code: 'conflict' });
    expect(await scheduler.get('hourly')).toMatchObject({ skipped: 2 });
    const leftOut = world.metrics
      .snapshot()
      .metrics.find((metric) => metric.definition.name === 'cleanup_left_out');
    expect(leftOut?.series).toMatchObject([{ tags: { reason: 'overlap', task: 'hourly' }, value: 2 }]);
  });

  test('waits and runs once more, however often it was due', async () => {
    const scheduler = await start({ overlap: 'wait' });
    await world.clock.advance(3.75 * hour);
    expect(begins()).toEqual([1, 3.5]);
    expect(world.calls[1]?.context.occurrenceAt).toBe(begin + 2 * hour);
    expect(await scheduler.get('hourly')).toMatchObject({ skipped: 1 });
  });

  test('waits in each process for itself, where every process runs it', async () => {
    await start({ overlap: 'wait', runsOn: 'every_process' });
    await world.clock.advance(3.75 * hour);
    expect(begins()).toEqual([1, 3.5]);
  });

  test('runs beside itself as often as it is allowed to', async () => {
    const scheduler = await start({ overlap: 'allow', concurrencyMax: 2 });
    await world.clock.advance(4 * hour);
    expect(begins()).toEqual([1, 2, 4]);
    expect(await scheduler.get('hourly')).toMatchObject({ skipped: 1 });
  });
});

describe('workers', () => {
  test('take what is urgent first, and as many at a time as there are', async () => {
    const task = (id: string, priority: CleanupTaskDraft['priority']): CleanupTaskDraft => ({
      ...byHand,
      id,
      priority,
    });
    const scheduler = await world.start({
      workers: 1,
      tasks: [
        task('a', 'low'),
        task('b', 'medium'),
        task('c', 'high'),
        task('d', 'critical'),
        task('e', 'critical'),
      ],
    });
    world.work = working(1_000);
    const runs = ['a', 'b', 'c', 'd', 'e'].map((id) => scheduler.run(id));
    await world.clock.advance(0);
    expect(await scheduler.report()).toMatchObject({ queued: 4, runningTasks: 1 });
    await world.clock.advance(10_000);
    await Promise.all(runs);
    expect(world.calls.map(({ context }) => context.taskId)).toEqual(['a', 'd', 'e', 'c', 'b']);
    expect(world.calls.map(({ at }) => at - begin)).toEqual([0, 1_000, 2_000, 3_000, 4_000]);
  });

  test('are five by default', async () => {
    const ids = Array.from({ length: 7 }, (_, index) => `t${index}`);
    const scheduler = await world.start({ tasks: ids.map((id) => ({ ...byHand, id })) });
    world.work = working(1_000);
    const runs = ids.map((id) => scheduler.run(id));
    await world.clock.advance(500);
    expect(world.calls).toHaveLength(5);
    await world.clock.advance(2_000);
    await Promise.all(runs);
  });

  test('take a run once that is asked for again while it waits', async () => {
    const events = { ...byHand, id: 'e', trigger: { kind: 'event', channel: 'c', pauseMs: 0 } } as const;
    const scheduler = await world.start({ workers: 1, tasks: [byHand, events] });
    world.work = working(1_000);
    const running = scheduler.run('by_hand');
    await world.clock.advance(0);
    world.emit('evt_1');
    world.emit('evt_1');
    expect(await scheduler.report()).toMatchObject({ queued: 1 });
    await world.clock.advance(3_000);
    await running;
  });

  test('refuse what is too much to wait', async () => {
    const scheduler = await world.start({
      workers: 1,
      queuedMax: 1,
      tasks: [byHand, { ...byHand, id: 'b' }, { ...byHand, id: 'c' }],
    });
    world.work = working(1_000);
    const runs = [scheduler.run('by_hand'), scheduler.run('b')];
    await world.clock.advance(0);
    await expect(scheduler.run('c')).rejects.toThrow(/raise queuedMax/);
    await world.clock.advance(3_000);
    await Promise.all(runs);
  });
});

test('history is bounded', async () => {
  const scheduler = await world.start({
    resultsMax: 3,
    tasks: [{ ...hourly, trigger: { kind: 'interval', everyMs: 1_000 } }],
  });
  await world.clock.advance(10_000);
  expect((await scheduler.results()).items.map(({ occurrenceAt }) => (occurrenceAt ?? 0) - begin)).toEqual([
    10_000, 9_000, 8_000,
  ]);
  await expect(scheduler.results({ limit: 0 })).rejects.toMatchObject({ code: 'invalid_input' });
});

test('the meter has runs, failures, durations, queued and running', async () => {
  const scheduler = await world.start({ workers: 1, tasks: [hourly, { ...byHand, id: 'b' }] });
  world.work = working(90 * minute);
  await scheduler.update('hourly', { attempts: { timeoutMs: 10 * hour } });
  await world.clock.advance(hour);
  const waiting = scheduler.run('b');
  await world.clock.advance(0);
  const value = (name: string): unknown =>
    world.metrics.snapshot().metrics.find((metric) => metric.definition.name === name)?.series;
  expect(value('cleanup_running')).toMatchObject([{ value: 1 }]);
  expect(value('cleanup_queued')).toMatchObject([{ value: 1 }]);
  world.work = async () => {
    throw new RaptorFlowError('invalid_input', 'Never.');
  };
  await world.clock.advance(100 * minute);
  await waiting;
  expect(value('cleanup_runs')).toMatchObject([
    { tags: { outcome: 'success', task: 'hourly' }, value: 1 },
    { tags: { outcome: 'failure', task: 'b' }, value: 1 },
    { tags: { outcome: 'failure', task: 'hourly' }, value: 1 },
  ]);
  expect(value('cleanup_run_duration_ms')).toHaveLength(2);
});
