import { createFakeClock, type FakeClock } from '../kernel/testing/index.ts';
import { beforeEach, expect, test } from 'vitest';
import {
  createSchedule,
  createScheduleTimer,
  type Occurrence,
  type Schedule,
  type ScheduleDraft,
  type ScheduleTimer,
  type ScheduleTimerOptions,
} from './index.ts';

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;
const start = Date.UTC(2026, 0, 1);

let clock: FakeClock;
let told: { readonly occurrence: Occurrence; readonly now: number }[];
beforeEach(() => {
  clock = createFakeClock(start);
  told = [];
});

const moments = (): number[] => told.map(({ occurrence }) => occurrence.at - start);

function timerOf(schedule: Schedule, options: ScheduleTimerOptions = {}): ScheduleTimer {
  return createScheduleTimer(schedule, options, {
    clock,
    run: (occurrence) => void told.push({ occurrence, now: clock.now() }),
  });
}

async function started(draft: ScheduleDraft, options: ScheduleTimerOptions = {}): Promise<ScheduleTimer> {
  const timer = timerOf(await createSchedule(draft), options);
  await timer.start();
  return timer;
}

test('each moment is told once, at its time and not before', async () => {
  const timer = await started({ kind: 'interval', everyMs: 7 * minute });
  expect(timer.nextAt).toBe(start + 7 * minute);
  await clock.advance(hour);
  expect(moments()).toEqual([7, 14, 21, 28, 35, 42, 49, 56].map((at) => at * minute));
  expect(told.every(({ occurrence, now }) => occurrence.at === now && !occurrence.isLate)).toBe(true);
  await timer.stop();
});

test('a timer that the machine fires early tells nothing early', async () => {
  const hasty = {
    ...clock,
    setTimeout: (run: () => void, ms: number) => clock.setTimeout(run, Math.max(ms - 3, 1)),
  };
  const schedule = await createSchedule({ kind: 'interval', everyMs: minute });
  const timer = createScheduleTimer(
    schedule,
    {},
    {
      clock: hasty,
      run: (occurrence) => void told.push({ occurrence, now: clock.now() }),
    },
  );
  await timer.start();
  await clock.advance(10 * minute);
  expect(moments()).toEqual(Array.from({ length: 10 }, (_, index) => (index + 1) * minute));
  expect(told.every(({ occurrence, now }) => now >= occurrence.at)).toBe(true);
  await timer.stop();
});

test('it does not drift, whatever telling takes', async () => {
  const schedule = await createSchedule({ kind: 'interval', everyMs: minute });
  const timer = createScheduleTimer(
    schedule,
    {},
    {
      clock,
      run: (occurrence) => {
        told.push({ occurrence, now: clock.now() });
        clock.jump(clock.now() + 300);
      },
    },
  );
  await timer.start();
  await clock.advance(hour - 30_000);
  expect(moments()).toEqual(Array.from({ length: 59 }, (_, index) => (index + 1) * minute));
  await timer.stop();
});

test('a wait beyond the 24.8 days of a timer ends at its moment', async () => {
  const timer = await started({ kind: 'once', at: start + 200 * day }, { lookEveryMs: day });
  await clock.advance(200 * day - 1);
  expect(told).toEqual([]);
  await clock.advance(1);
  expect(moments()).toEqual([200 * day]);
  expect(timer.nextAt).toBeNull();
  expect(clock.pending).toBe(0);
  await timer.stop();
});

test('what a sleep missed is told once, as the last of them and with the first', async () => {
  const timer = await started({ kind: 'interval', everyMs: minute });
  clock.jump(start + 30 * day + 10);
  await clock.advance(30_000);
  expect(told.map(({ occurrence }) => occurrence)).toEqual([
    { at: start + 30 * day, since: start + minute, isLate: false },
  ]);
  await clock.advance(minute);
  expect(moments()).toEqual([30 * day, 30 * day + minute]);
  await timer.stop();
});

test('what a sleep missed of a rare schedule is told late', async () => {
  const timer = await started({ kind: 'cron', pattern: '0 2 * * *' });
  clock.jump(start + 3 * day + 5 * hour);
  await clock.advance(30_000);
  expect(told.map(({ occurrence }) => occurrence)).toEqual([
    { at: start + 3 * day + 2 * hour, since: start + 2 * hour, isLate: true },
  ]);
  await timer.stop();
});

test('with "skip" nothing is told of what was missed', async () => {
  const timer = await started({ kind: 'cron', pattern: '0 2 * * *' }, { missed: 'skip' });
  clock.jump(start + 3 * day + 5 * hour);
  await clock.advance(20 * hour);
  expect(moments()).toEqual([]);
  await clock.advance(hour + minute);
  expect(moments()).toEqual([4 * day + 2 * hour]);
  await timer.stop();
});

test('a clock that is set forward or woken is noticed within the looking time', async () => {
  const timer = await started({ kind: 'once', at: start + 10 * day }, { lookEveryMs: 10_000 });
  await clock.advance(minute);
  clock.jump(start + 10 * day);
  await clock.advance(10_000);
  expect(told).toHaveLength(1);
  await timer.stop();
});

test('a clock that is set back does not bring a moment twice, nor late by what it was set back', async () => {
  const timer = await started({ kind: 'interval', everyMs: hour });
  await clock.advance(2 * hour);
  clock.jump(start + hour - minute);
  await clock.advance(hour + 2 * minute);
  expect(moments()).toEqual([hour, 2 * hour]);
  await clock.advance(hour);
  expect(moments()).toEqual([hour, 2 * hour, 3 * hour]);
  await timer.stop();
});

test('a clock that was a year ahead does not stop the schedule for a year', async () => {
  clock.jump(start + 365 * day);
  const timer = await started({ kind: 'interval', everyMs: hour });
  clock.jump(start);
  await clock.advance(2 * hour);
  expect(moments()).toEqual([hour, 2 * hour]);
  await timer.stop();
});

test('a timer that goes on where another process ended tells what was missed between', async () => {
  const timer = await started({ kind: 'cron', pattern: '@hourly' }, { afterMs: start - 3 * hour });
  await clock.advance(0);
  expect(told.map(({ occurrence }) => occurrence)).toEqual([
    { at: start, since: start - 2 * hour, isLate: false },
  ]);
  await timer.stop();
});

test('nothing is left after stop, and stopping twice or before starting is nothing', async () => {
  const schedule = await createSchedule({ kind: 'interval', everyMs: minute });
  await timerOf(schedule).stop();
  const timer = await started({ kind: 'interval', everyMs: minute });
  await timer.stop();
  await timer.stop();
  expect(clock.pending).toBe(0);
  await clock.advance(hour);
  expect(told).toEqual([]);
});

test('options that make no sense are refused', async () => {
  const schedule = await createSchedule({ kind: 'interval', everyMs: minute });
  expect(() => timerOf(schedule, { lookEveryMs: 0 })).toThrow(/lookEveryMs/);
});
