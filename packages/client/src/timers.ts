/** Time and chance as the socket needs them, so that tests can hold both. */

/** A clock, timers and a source of chance. */
export interface Timers {
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Calls back once after so many milliseconds; the returned function cancels it. */
  readonly after: (delayMs: number, callback: () => void) => () => void;
  /** A number in [0, 1). */
  readonly random: () => number;
}

/** The machine's own. */
export const systemTimers: Timers = {
  now: () => Date.now(),
  after: (delayMs, callback) => {
    const timer = setTimeout(callback, delayMs);
    return () => clearTimeout(timer);
  },
  random: () => Math.random(),
};
