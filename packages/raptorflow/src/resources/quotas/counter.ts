import { PeriodClock, type ClockedPeriod, type Periods } from './calendar.ts';
import type { QuotaDefinition, QuotaKind } from './definition.ts';

/** More than any counter can hold exactly is never granted. */
export const usageMax: number = Number.MAX_SAFE_INTEGER;

/** One counter of a quota: what a store has to know to count. */
export interface Counter {
  /** No two counters share it, in all stores and for ever. */
  readonly key: string;
  readonly quotaId: string;
  /** What no other quota has, see `quotaKey`. */
  readonly quotaKey: string;
  readonly kind: QuotaKind;
  /** Usage that its kind allows without more ado. Of a dynamic quota the least that it allows. */
  readonly limit: number;
  /** Null for what is held, and for ever. */
  readonly clock: Periods | null;
  readonly isHeld: boolean;
  /** The workspace whose counters are counted together; null for counters of everybody. */
  readonly workspaceId: string | null;
}

/** What is stored of a counter. */
export interface CounterState {
  used: number;
  /** The period that it was counted in last; 0 without periods. */
  index: number;
  /** A dynamic limit that has risen, else 0. */
  raised: number;
  /** Usage of the periods before, of a dynamic quota: the last one last. */
  past: number[];
}

/** A dynamic limit has risen. */
export interface Raise {
  readonly counter: Counter;
  readonly from: number;
  readonly to: number;
  /** What the periods before had used. */
  readonly past: readonly number[];
}

/** Periods that a dynamic limit looks back on. */
const dynamicPeriods = 5;
/** More than this share of them has to be busy, that is, to have used more than this share of the limit. */
const dynamicShare = 0.8;
/** A dynamic limit rises to so much of the mean usage, */
const dynamicGrowth = 1.2;
/** and to so much of the limit in the definition at most. */
export const dynamicGrowthMax = 2;

/** A counter that has counted nothing. */
export function emptyState(index: number): CounterState {
  return { used: 0, index, raised: 0, past: [] };
}

/** The limit that a counter has now. */
export function limitOf(counter: Counter, state: CounterState): number {
  return state.raised > counter.limit ? state.raised : counter.limit;
}

/**
 * Brings a counter to a period. A period before the present one changes nothing: a clock that goes back gives no usage back.
 * Answers the raise of a dynamic limit, if there was one.
 */
export function roll(counter: Counter, state: CounterState, index: number): Raise | null {
  const elapsed = index - state.index;
  if (elapsed <= 0) return null;
  state.index = index;
  const { used } = state;
  if (counter.kind === 'burst') {
    state.used = Math.max(0, used - counter.limit * elapsed);
    return null;
  }
  state.used = 0;
  if (counter.kind !== 'dynamic') return null;
  state.past.push(used);
  for (let skipped = 1; skipped < elapsed && skipped <= dynamicPeriods; skipped += 1) state.past.push(0);
  if (state.past.length > dynamicPeriods) state.past = state.past.slice(-dynamicPeriods);
  return raise(counter, state);
}

function raise(counter: Counter, state: CounterState): Raise | null {
  const from = limitOf(counter, state);
  let [busy, sum] = [0, 0];
  for (const used of state.past) {
    sum += used;
    if (used > from * dynamicShare) busy += 1;
  }
  if (state.past.length < dynamicPeriods || busy <= dynamicShare * dynamicPeriods) return null;
  const wanted = Math.max(from, Math.floor((dynamicGrowth * sum) / dynamicPeriods));
  const to = Math.min(dynamicGrowthMax * counter.limit, wanted);
  if (to <= from) return null;
  state.raised = to;
  return { counter, from, to, past: [...state.past] };
}

/** When a store may forget a counter in this state, epoch milliseconds; null when it may not. `end` is that of its present period. */
export function forgettableAt(counter: Counter, state: CounterState, end: number): number | null {
  if (counter.isHeld) return state.used === 0 ? 0 : null;
  if (!counter.clock || state.raised > 0) return null;
  if (counter.kind === 'burst')
    return end + Math.ceil(state.used / counter.limit) * counter.clock.lengthMsMax;
  return counter.kind === 'dynamic' ? end + dynamicPeriods * counter.clock.lengthMsMax : end;
}

/** Clocks by period and time zone: counters of one quota share one. */
export function clockOf(quota: Pick<QuotaDefinition, 'period' | 'timeZone'>): Periods | null {
  if (quota.period === 'held' || quota.period === 'forever') return null;
  return new PeriodClock(quota.period satisfies ClockedPeriod, quota.timeZone);
}
