import { describe, expect, test } from 'vitest';
import { SharedWork, takeAllSteps, takeSteps, type Steps } from './pace.ts';

/** A clock on which every look takes a millisecond. */
function slowClock(): { monotonic(): number; now: number } {
  return {
    now: 0,
    monotonic() {
      this.now += 1;
      return this.now;
    },
  };
}

function* counting(steps: number, done: { steps: number }): Steps<number> {
  for (; done.steps < steps; done.steps += 1) yield;
  return done.steps;
}

const wanted = (): boolean => false;

describe('work in steps', () => {
  test('gives others their turn every ten milliseconds and still ends with the same result', async () => {
    const done = { steps: 0 };
    const seen: number[] = [];
    const work = takeSteps(counting(100, done), wanted, slowClock());
    const look = (): void => {
      seen.push(done.steps);
      if (done.steps < 100) setImmediate(look);
    };
    setImmediate(look);
    expect(await work).toBe(takeAllSteps(counting(100, { steps: 0 })));
    expect(seen.filter((steps) => steps > 0 && steps < 100).length).toBeGreaterThan(5);
  });

  test('ends within a slice when nobody wants it any more', async () => {
    const done = { steps: 0 };
    let gone = false;
    const work = takeSteps(counting(1_000_000, done), () => gone, slowClock());
    setImmediate(() => {
      gone = true;
    });
    await expect(work).rejects.toMatchObject({ code: 'cancelled' });
    expect(done.steps).toBeLessThan(100);
  });
});

describe('shared work', () => {
  test('is done once for all who wait for it', async () => {
    let begun = 0;
    const work = new SharedWork(() => {
      begun += 1;
      return counting(50, { steps: 0 });
    }, slowClock());
    expect(await Promise.all([work.get(wanted), work.get(wanted)])).toEqual([50, 50]);
    expect(await work.get(() => true)).toBe(50);
    expect(begun).toBe(1);
  });

  test('goes on while one of them wants it, and is given up when none does', async () => {
    const work = new SharedWork(() => counting(200, { steps: 0 }), slowClock());
    const still = work.get(wanted);
    const gone = work.get(() => true);
    expect(await Promise.all([still, gone])).toEqual([200, 200]);

    const given = new SharedWork(() => counting(200, { steps: 0 }), slowClock());
    await expect(given.get(() => true)).rejects.toMatchObject({ code: 'cancelled' });
    expect(await given.get(wanted)).toBe(200);
  });
});
