import { systemClock, type Clock } from 'raptorflow/kernel';

/** From `afterMs` of a process's life on its wall clock is wrong by `offsetMs`. */
export interface Jump {
  readonly afterMs: number;
  readonly offsetMs: number;
}

/** The machine's clock, set by somebody now and then: its wall time jumps, its monotonic time does not. */
export function jumpingClock(jumps: readonly Jump[]): Clock {
  const bornAt = systemClock.monotonic();
  const offset = (): number => {
    const age = systemClock.monotonic() - bornAt;
    return jumps.findLast(({ afterMs }) => afterMs <= age)?.offsetMs ?? 0;
  };
  return { ...systemClock, now: () => systemClock.now() + offset() };
}
