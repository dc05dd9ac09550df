import { RaptorFlowError } from './errors.ts';

/** A pending call that can be taken back. */
export interface Timer {
  cancel(): void;
  /** Lets the process end although this timer is pending. */
  unref(): Timer;
}

/** Time, as everything in the product sees it; tests pass a clock that they move by hand. */
export interface Clock {
  /** Wall time, milliseconds since 1970 UTC. May jump when the machine's clock is set. */
  now(): number;
  /** Milliseconds since an arbitrary start, with fractions. Never goes back. */
  monotonic(): number;
  setTimeout(run: () => void, delayMs: number): Timer;
  setInterval(run: () => void, periodMs: number): Timer;
  /** Resolves after `delayMs`; rejects with `cancelled` as soon as the signal aborts. */
  sleep(delayMs: number, signal?: AbortSignal): Promise<void>;
}

/** Node counts a timer's delay in 32 bits and fires at once beyond; longer waits are clamped to this, about 24.8 days. */
export const timerDelayMsMax: number = 2 ** 31 - 1;

/** Builds `sleep` from a clock's `setTimeout`. */
export function sleepWith(setTimer: Clock['setTimeout']): Clock['sleep'] {
  return (delayMs, signal) =>
    new Promise<void>((resolve, reject) => {
      const cancelled = (): RaptorFlowError =>
        new RaptorFlowError('cancelled', 'The wait was cancelled.', { cause: signal?.reason });
      if (signal?.aborted) {
        reject(cancelled());
        return;
      }
      const onAbort = (): void => {
        timer.cancel();
        reject(cancelled());
      };
      const timer = setTimer(() => {
        signal?.removeEventListener('abort', onAbort);
        resolve();
      }, delayMs);
      signal?.addEventListener('abort', onAbort, { once: true });
    });
}

function startTimeout(run: () => void, delayMs: number): Timer {
  const handle = setTimeout(run, Math.min(Math.max(delayMs, 0), timerDelayMsMax));
  const timer: Timer = {
    cancel: () => clearTimeout(handle),
    unref: () => {
      handle.unref();
      return timer;
    },
  };
  return timer;
}

function startInterval(run: () => void, periodMs: number): Timer {
  const handle = setInterval(run, Math.min(Math.max(periodMs, 1), timerDelayMsMax));
  const timer: Timer = {
    cancel: () => clearInterval(handle),
    unref: () => {
      handle.unref();
      return timer;
    },
  };
  return timer;
}

// Looked up once: Node defines the global by a getter, which costs as much as reading the time.
const machine = performance;

/** The machine's clock. */
export const systemClock: Clock = Object.freeze({
  now: () => Date.now(),
  monotonic: () => machine.now(),
  setTimeout: startTimeout,
  setInterval: startInterval,
  sleep: sleepWith(startTimeout),
});
