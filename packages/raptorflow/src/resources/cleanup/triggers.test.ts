import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { CleanupTaskDraft, CleanupTrigger } from '../index.ts';
import { begin, createWorld, hour, minute, type World } from './testing/world.ts';

let world: World;
beforeEach(() => {
  world = createWorld();
});
afterEach(() => world.end());

const task = (trigger: CleanupTrigger, more: Partial<CleanupTaskDraft> = {}): CleanupTaskDraft => ({
  id: 'task',
  action: 'sweep',
  trigger,
  ...more,
});
const times = (): number[] => world.calls.map(({ at }) => at - begin);

describe('a threshold', () => {
  const above: CleanupTrigger = {
    kind: 'threshold',
    metric: 'system_memory_percent',
    value: 85,
    clearValue: 80,
    checkEveryMs: 10_000,
    repeatMs: null,
  };

  test('runs the task once when the metric gets beyond it, and not for ever', async () => {
    await world.start({ tasks: [task(above)] });
    world.metric = 85;
    await world.clock.advance(minute);
    expect(times()).toEqual([]);
    world.metric = 86;
    await world.clock.advance(hour);
    expect(times()).toEqual([70_000]);
  });

  test('runs it again only after the metric has come back far enough', async () => {
    await world.start({ tasks: [task(above)] });
    for (const metric of [90, 84, 90, 81, 90, 80, 84, 90]) {
      world.metric = metric;
      await world.clock.advance(10_000);
    }
    expect(times()).toEqual([10_000, 80_000]);
  });

  test('runs it again while the metric stays beyond, as often as it says', async () => {
    await world.start({ tasks: [task({ ...above, repeatMs: 20 * minute })] });
    world.metric = 99;
    await world.clock.advance(hour);
    expect(times()).toEqual([10_000, 20 * minute + 10_000, 40 * minute + 10_000]);
  });

  test('may be a lower one, and comes back by five percent unless it says how far', async () => {
    const below = {
      kind: 'threshold',
      metric: 'free',
      condition: 'below',
      value: 100,
      checkEveryMs: 1_000,
    } as const;
    await world.start({ tasks: [task(below)] });
    for (const metric of [101, 99, 104, 99, 105, 99]) {
      world.metric = metric;
      await world.clock.advance(1_000);
    }
    expect(times()).toEqual([2_000, 6_000]);
  });

  test('of a metric that nobody knows does nothing', async () => {
    await world.start({ tasks: [task(above)] });
    world.metric = 90;
    await world.clock.advance(10_000);
    world.metric = undefined;
    await world.clock.advance(minute);
    world.metric = Number.NaN;
    await world.clock.advance(minute);
    world.metric = 90;
    await world.clock.advance(minute);
    expect(times()).toEqual([10_000]);
  });
});

test('bad health runs the task once for each time that it gets so', async () => {
  await world.start({ tasks: [task({ kind: 'health', status: 'unhealthy', checkEveryMs: 1_000 })] });
  for (const health of ['degraded', 'unhealthy', 'critical', 'degraded', 'critical'] as const) {
    world.health = health;
    await world.clock.advance(1_000);
  }
  expect(times()).toEqual([2_000, 5_000]);
});

test('an event runs the task, once however often and in however many processes it arrives', async () => {
  const draft = task({ kind: 'event', channel: 'sys.alert.*', pauseMs: 0 });
  const scheduler = await world.start({ tasks: [draft] });
  await world.start({ tasks: [draft] });
  world.emit('evt_1');
  await world.clock.advance(10);
  world.emit('evt_1');
  world.emit('evt_2');
  await world.clock.advance(10);
  expect((await scheduler.results()).items.map(({ trigger }) => trigger)).toEqual(['event', 'event']);
});

test('events closer together than the pause run the task once', async () => {
  await world.start({ tasks: [task({ kind: 'event', channel: 'c', pauseMs: minute })] });
  for (let at = 0; at < 100; at += 1) {
    world.emit(`evt_${at}`);
    await world.clock.advance(1_000);
  }
  expect(times()).toEqual([0, minute]);
});

test('a task that is not enabled, or is removed, is not triggered by anything', async () => {
  const scheduler = await world.start({
    tasks: [
      task({ kind: 'event', channel: 'c' }, { id: 'event' }),
      task({ kind: 'threshold', metric: 'm', value: 1 }, { id: 'metric' }),
    ],
  });
  world.metric = 2;
  await scheduler.update('event', { enabled: false });
  const off = await scheduler.create(
    task({ kind: 'cron', pattern: '@hourly' }, { id: 'off', enabled: false }),
  );
  expect(off.nextRunAt).toBeNull();
  await scheduler.remove('metric');
  world.emit('evt_1');
  await world.clock.advance(hour);
  expect(times()).toEqual([]);
  await scheduler.update('event', { enabled: true });
  world.emit('evt_2');
  await world.clock.advance(10);
  expect(world.calls).toHaveLength(1);
});

test('a schedule means the walls of its zone, and a night in which they are set has one run', async () => {
  world.clock.jump(Date.UTC(2026, 2, 28, 12));
  await world.start({ tasks: [task({ kind: 'cron', pattern: '30 2 * * *', timeZone: 'Europe/Berlin' })] });
  await world.clock.advance(38 * hour);
  expect(world.calls.map(({ at }) => new Date(at).toISOString())).toEqual([
    '2026-03-29T01:00:00.000Z',
    '2026-03-30T00:30:00.000Z',
  ]);
});

describe('times that nobody was there for', () => {
  const hourly = (missed: 'run_once' | 'skip'): CleanupTaskDraft =>
    task({ kind: 'cron', pattern: '0 * * * *' }, { pace: { missed } });

  test('run once, for all of them, when a process is back', async () => {
    const first = await world.start({ tasks: [hourly('run_once')] });
    await world.clock.advance(2 * hour);
    await first.stop();
    await world.clock.advance(5.5 * hour);
    await world.start();
    await world.clock.advance(hour);
    expect(world.calls.map(({ context }) => ((context.occurrenceAt ?? 0) - begin) / hour)).toEqual([
      1, 2, 7, 8,
    ]);
  });

  test('do not run where the task says so', async () => {
    const first = await world.start({ tasks: [hourly('skip')] });
    await world.clock.advance(2 * hour);
    await first.stop();
    await world.clock.advance(5.5 * hour);
    await world.start();
    await world.clock.advance(hour);
    expect(world.calls.map(({ context }) => ((context.occurrenceAt ?? 0) - begin) / hour)).toEqual([1, 2, 8]);
  });

  test('of before the task was made do not run', async () => {
    world.clock.jump(begin + 90 * minute);
    await world.start({ tasks: [hourly('run_once')] });
    await world.clock.advance(minute);
    expect(world.calls).toEqual([]);
  });
});
