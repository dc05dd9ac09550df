import { sleepWith, type Clock, type Timer } from '../clock.ts';

/** A clock that stands still until a test moves it. */
export interface FakeClock extends Clock {
  /** Moves time forward, running what falls due in order and letting promises settle in between. */
  advance(durationMs: number): Promise<void>;
  /** Sets the wall time (a jump, as when the machine's clock is corrected); the monotonic time and timers do not move. */
  jump(epochMs: number): void;
  /** How many timers are waiting. */
  readonly pending: number;
}

interface Waiting {
  due: number;
  readonly order: number;
  readonly run: () => void;
  readonly periodMs: number | undefined;
}

/** Builds a fake clock; it starts on 2026-01-01 00:00 UTC unless told otherwise. */
export function createFakeClock(startMs: number = Date.UTC(2026, 0, 1)): FakeClock {
  const waiting = new Set<Waiting>();
  let elapsed = 0;
  let wallOffset = startMs;
  let order = 0;

  const add = (run: () => void, delayMs: number, periodMs: number | undefined): Timer => {
    const entry: Waiting = { due: elapsed + Math.max(delayMs, 0), order: order++, run, periodMs };
    waiting.add(entry);
    const timer: Timer = { cancel: () => void waiting.delete(entry), unref: () => timer };
    return timer;
  };

  const earliest = (until: number): Waiting | undefined => {
    let found: Waiting | undefined;
    for (const entry of waiting) {
      if (entry.due > until) continue;
      if (!found || entry.due < found.due || (entry.due === found.due && entry.order < found.order))
        found = entry;
    }
    return found;
  };

  const setTimeout: Clock['setTimeout'] = (run, delayMs) => add(run, delayMs, undefined);
  return {
    now: () => wallOffset + elapsed,
    monotonic: () => elapsed,
    setTimeout,
    setInterval: (run, periodMs) => add(run, periodMs, Math.max(periodMs, 1)),
    sleep: sleepWith(setTimeout),
    get pending() {
      return waiting.size;
    },
    jump(epochMs) {
      wallOffset = epochMs - elapsed;
    },
    async advance(durationMs) {
      const until = elapsed + durationMs;
      await settle();
      for (let next = earliest(until); next; next = earliest(until)) {
        elapsed = Math.max(elapsed, next.due);
        if (next.periodMs === undefined) waiting.delete(next);
        else next.due = elapsed + next.periodMs;
        next.run();
        await settle();
      }
      elapsed = until;
      await settle();
    },
  };
}

// Two turns of the real event loop: promises settle, and answers that worker threads have already posted arrive.
async function settle(): Promise<void> {
  for (let turn = 0; turn < 2; turn += 1) {
    await new Promise<void>((resolve) => {
      setImmediate(resolve);
    });
  }
}
