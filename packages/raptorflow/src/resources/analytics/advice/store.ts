import type { Recommendation } from './recommendation.ts';

/** A recommendation that was carried out. */
export interface AppliedAdvice {
  /** The same for the same advice on the same series. */
  readonly key: string;
  readonly recommendation: Recommendation;
}

/**
 * Where it is kept which recommendations were carried out, over restarts. One process at a time uses a store. Calls before `open` and after `close` reject
 * with `unavailable`.
 */
export interface AdviceStore {
  /** Beyond `appliedMax` the oldest are forgotten. Rejects with `unavailable`, `schema_newer`, `storage_corrupt`. */
  open(keeping: { readonly appliedMax: number }): Promise<void>;
  /** Tolerates a store that is not open. */
  close(): Promise<void>;
  /** The newest first. */
  load(): Promise<readonly AppliedAdvice[]>;
  /** Durable when it resolves. */
  keep(applied: AppliedAdvice): Promise<void>;
}
