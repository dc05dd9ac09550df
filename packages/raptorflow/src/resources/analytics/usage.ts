/**
 * Whether a value says how much is held at a moment (open handles, bytes, running tasks) or how much was used up during a step (tokens,
 * money, requests). Only what is held can leak or lie idle.
 */
export type UsageKind = 'held' | 'used';

/** One series of usage, and what is known about the thing that is used. */
export interface UsageSeries {
  /** The same for the same series at every reading; at most 300 characters. */
  readonly id: string;
  /** `memory`, `file_handle` … or any that a user defined; also `llm_tokens`, `money`. */
  readonly resourceType: string;
  readonly kind: UsageKind;
  /** What is counted: `handles`, `bytes`, `tokens`, `micro_usd`. */
  readonly unit: string;
  readonly workspaceId: string | null;
  /** What is there to be used: the size of a pool, the limit of a quota; null when there is no such bound. */
  readonly capacity: number | null;
  /** The quota that sets the capacity, when one does: then advice can be applied. */
  readonly quotaId: string | null;
  /** The task whose schedule makes the usage, when one does. */
  readonly taskId: string | null;
}

/** A moment and what was measured; null when nothing was. */
export interface UsagePoint {
  /** The end of the step, epoch milliseconds. */
  readonly at: number;
  readonly value: number | null;
}

/** A series with its points in the order of time. */
export interface UsageReading {
  readonly series: UsageSeries;
  readonly points: readonly UsagePoint[];
}

/** What is asked of a source: steps that end after `from` and up to `to`. */
export interface UsageRange {
  readonly from: number;
  readonly to: number;
  readonly stepMs: number;
}

/** Where usage is read from. */
export interface UsageSource {
  /** All series of the range, each step summed up to one value. May reject; then the round is left out and reported. */
  read(range: UsageRange): Promise<readonly UsageReading[]>;
}
