import { describe, expect, it } from 'vitest';
import { systemClock } from './index.ts';
import { createFakeClock, trackHandles } from './testing/index.ts';

describe('the fake clock', () => {
  it('runs timers in order of their due time and lets promises settle in between', async () => {
    const clock = createFakeClock(1_000);
    const seen: string[] = [];
    clock.setTimeout(() => seen.push(`b@${clock.now()}`), 20);
    clock.setTimeout(() => void clock.sleep(5).then(() => seen.push(`a+5@${clock.now()}`)), 10);
    const every = clock.setInterval(() => seen.push(`i@${clock.now()}`), 12);
    await clock.advance(25);
    expect(seen).toEqual(['i@1012', 'a+5@1015', 'b@1020', 'i@1024']);
    every.cancel();
    await clock.advance(100);
    expect(seen).toHaveLength(4);
    expect(clock.pending).toBe(0);
    expect(clock.monotonic()).toBe(125);
  });

  it('jumps the wall without moving timers', async () => {
    const clock = createFakeClock(0);
    let fired = false;
    clock.setTimeout(() => (fired = true), 10);
    clock.jump(1_000_000);
    expect(clock.now()).toBe(1_000_000);
    await clock.advance(9);
    expect(fired).toBe(false);
    await clock.advance(1);
    expect(fired).toBe(true);
  });

  it('rejects a sleep as cancelled when its signal aborts, and forgets its timer', async () => {
    const clock = createFakeClock();
    const abort = new AbortController();
    const sleeping = clock.sleep(1_000, abort.signal);
    abort.abort();
    await expect(sleeping).rejects.toMatchObject({ code: 'cancelled' });
    await expect(clock.sleep(1, abort.signal)).rejects.toMatchObject({ code: 'cancelled' });
    expect(clock.pending).toBe(0);
  });
});

describe('the system clock', () => {
  it('sleeps, and a cancelled timer leaves nothing behind', async () => {
    const handles = trackHandles();
    const before = systemClock.monotonic();
    await systemClock.sleep(5);
    expect(systemClock.monotonic() - before).toBeGreaterThanOrEqual(4);
    const timer = systemClock.setTimeout(() => undefined, 60_000);
    expect(handles.leaks()).toEqual(['Timeout ×1']);
    timer.cancel();
    expect(handles.leaks()).toEqual([]);
  });

  it('waits longer than 32 bits of milliseconds instead of firing at once', async () => {
    let fired = false;
    const timer = systemClock.setTimeout(() => (fired = true), 2 ** 40);
    await systemClock.sleep(5);
    timer.cancel();
    expect(fired).toBe(false);
  });
});
