import type { Chance } from './chance.ts';
import type { Jump } from './clock.ts';
import type { FaultKind } from './ledger.ts';

/** The engines that the chaos program knows. */
export type EngineName = 'sqlite' | 'redis';

/** What will go wrong, and when. */
export interface PlannedFault {
  readonly atMs: number;
  readonly fault: Exclude<FaultKind, 'clock_jump'>;
  /** A number that chooses among those it can happen to. */
  readonly choice: number;
  readonly forMs: number;
}

const weights: Readonly<Record<EngineName, Partial<Record<PlannedFault['fault'], number>>>> = {
  sqlite: { killed: 5, frozen: 1 },
  redis: { killed: 5, frozen: 2, half_open: 2, cut: 3, redis_killed: 1.2 },
};

/** Longest of each; short ones are frequent, because what matters happens at the edges. */
const longestMs: Readonly<Record<PlannedFault['fault'], number>> = {
  killed: 0,
  cut: 0,
  frozen: 9_000,
  half_open: 9_000,
  redis_killed: 4_000,
};

/** The faults of a run, in their order; the same for the same chance. */
export function planFaults(engine: EngineName, seconds: number, chance: Chance): PlannedFault[] {
  const plan: PlannedFault[] = [];
  for (let atMs = 500; ;) {
    atMs += chance.between(200, 2_400);
    if (atMs > seconds * 1_000) return plan;
    const fault = chance.weighted(weights[engine] as Record<PlannedFault['fault'], number>);
    const share = chance.next() ** 2;
    plan.push({ atMs, fault, choice: chance.seed(), forMs: Math.round(50 + share * longestMs[fault]) });
  }
}

/** How a process's wall clock will be wrong: a few seconds ahead or behind, changing now and then. */
export function planJumps(chance: Chance): Jump[] {
  const jumps: Jump[] = [];
  let afterMs = 0;
  for (let count = chance.between(0, 4); count > 0; count -= 1) {
    jumps.push({ afterMs, offsetMs: chance.between(-4_000, 4_000) });
    afterMs += chance.between(500, 8_000);
  }
  return jumps;
}
