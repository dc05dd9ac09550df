import { describe, expect, test } from 'vitest';
import { seededRandom, type Clock } from '../kernel/index.ts';
import { createFakeClock, type FakeClock } from '../kernel/testing/index.ts';
import { TimerWheel, type WheelEntry } from './timer-wheel.ts';

function entryOf(expire: (now: number) => void): WheelEntry {
  return { due: 0, slot: -1, before: undefined, after: undefined, expire };
}

function setUp(): {
  wheel: TimerWheel;
  clock: FakeClock;
  seen: number[];
  add: (delayMs: number) => WheelEntry;
} {
  const clock = createFakeClock();
  const wheel = new TimerWheel(clock);
  const seen: number[] = [];
  const add = (delayMs: number): WheelEntry => {
    const note = entryOf((now) => seen.push(now));
    wheel.add(note, clock.monotonic(), delayMs);
    return note;
  };
  return { wheel, clock, seen, add };
}

describe('a timer wheel', () => {
  test('lets each entry expire exactly when it is due, whatever its slot and round', async () => {
    const { wheel, clock, seen, add } = setUp();
    const random = seededRandom(7);
    const delays = Array.from({ length: 300 }, () => Math.floor(random.next() * 20_000));
    for (const delayMs of [...delays, 5, 5, 4_096, 8_192]) add(delayMs);
    await clock.advance(20_000);
    expect(seen).toEqual([...delays, 5, 5, 4_096, 8_192].toSorted((a, b) => a - b));
    expect(wheel.waiting).toBe(0);
    expect(clock.pending).toBe(0);
  });

  test('never lets a removed entry expire, and removes each only once', async () => {
    const { wheel, clock, seen, add } = setUp();
    const [first, second, third] = [add(10), add(10), add(10)];
    wheel.remove(second, 0);
    wheel.remove(second, 0);
    wheel.remove(first, 0);
    expect(wheel.waiting).toBe(1);
    await clock.advance(10);
    expect(seen).toEqual([10]);
    wheel.remove(third, 10);
    expect(wheel.waiting).toBe(0);
  });

  test('sets one timer for a thousand entries that come and go one after the other', () => {
    const clock = createFakeClock();
    let timersSet = 0;
    const setTimeout: Clock['setTimeout'] = (run, delayMs) => {
      timersSet += 1;
      return clock.setTimeout(run, delayMs);
    };
    const wheel = new TimerWheel({ ...clock, setTimeout });
    for (let call = 0; call < 1_000; call += 1) {
      const note = entryOf(() => undefined);
      wheel.add(note, call / 100, 1_000);
      wheel.remove(note, call / 100);
    }
    expect(timersSet).toBe(1);
  });

  test('lets entries expire in the order of their times when it is late', () => {
    let now = 0;
    let look: (() => void) | undefined;
    const clock = createFakeClock();
    const setTimeout: Clock['setTimeout'] = (run) => {
      look = run;
      return clock.setTimeout(run, 0);
    };
    const wheel = new TimerWheel({ ...clock, monotonic: () => now, setTimeout });
    const order: number[] = [];
    for (const delayMs of [4_100, 30, 5_000, 20, 4_096]) {
      const entry = entryOf(() => order.push(delayMs));
      wheel.add(entry, 0, delayMs);
    }
    now = 6_000;
    look?.();
    expect(order).toEqual([20, 30, 4_096, 4_100, 5_000]);
  });

  test('lets its timer go at most 50 ms after the last entry, even one that was due in an hour', async () => {
    const { wheel, clock, add } = setUp();
    const quick = add(3_600_000);
    wheel.remove(quick, 0);
    await clock.advance(50);
    expect(clock.pending).toBe(0);
    const slow = add(3_600_000);
    await clock.advance(1_000);
    expect(clock.pending).toBe(1);
    wheel.remove(slow, clock.monotonic());
    expect(clock.pending).toBe(0);
  });

  test('takes an entry that is due earlier than all others, and entries that come while others expire', async () => {
    const { wheel, clock, seen, add } = setUp();
    add(40);
    add(7);
    const chain = entryOf(() => add(1));
    wheel.add(chain, 0, 3);
    await clock.advance(100);
    expect(seen).toEqual([4, 7, 40]);
  });
});
