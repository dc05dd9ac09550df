import { systemClock, type Clock, type Timer } from '../../kernel/index.ts';
import type { ResourceScope } from '../registry/resource.ts';
import type { Tracking } from './tracking.ts';

/** Timers that are resources until they have run or were cancelled. An interval is not used by running: whoever wants it to live long says so by `lifetimeMsMax`. */
export type TrackedTimers = Pick<Clock, 'setTimeout' | 'setInterval'>;

/** Makes timers of a clock that are tracked. Their calls throw as `register` does. */
export function trackedTimers(
  scope: ResourceScope,
  tracking: Tracking = {},
  clock: Clock = systemClock,
): TrackedTimers {
  const track = (start: (onRun: () => void) => Timer): Timer => {
    const handle = scope.register({ ...tracking, type: 'timer', dispose: () => timer.cancel() });
    const timer = start(() => handle.release());
    const tracked: Timer = {
      cancel: () => {
        timer.cancel();
        handle.release();
      },
      unref: () => {
        timer.unref();
        return tracked;
      },
    };
    return tracked;
  };
  return {
    setTimeout: (run, delayMs) =>
      track((onRun) =>
        clock.setTimeout(() => {
          onRun();
          run();
        }, delayMs),
      ),
    setInterval: (run, periodMs) => track(() => clock.setInterval(run, periodMs)),
  };
}
