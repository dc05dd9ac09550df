import type { PatternKind } from '../patterns/pattern.ts';
import type { UsageSeries } from '../usage.ts';

/** What kind of change is advised. */
export type OptimizationType =
  | 'cleanup'
  | 'quota_adjustment'
  | 'scheduling'
  | 'caching'
  | 'pooling'
  | 'compression'
  | 'architecture';

/** How much it matters, the most last. */
export type AdvicePriority = 'low' | 'medium' | 'high' | 'critical';

/** How much work it is. */
export type AdviceEffort = 'low' | 'medium' | 'high';

/** A change that a program can make; composition knows how. */
export type RecommendedAction =
  | { readonly kind: 'run_cleanup'; readonly resourceType: string; readonly workspaceId: string | null }
  | { readonly kind: 'set_quota_limit'; readonly quotaId: string; readonly limit: number }
  /** Lets the task run so much later than now. */
  | { readonly kind: 'change_schedule'; readonly taskId: string; readonly delayMs: number };

/** What is advised because of one pattern or profile. */
export interface Advice {
  readonly type: OptimizationType;
  readonly title: string;
  readonly description: string;
  readonly priority: AdvicePriority;
  readonly effort: AdviceEffort;
  /** In the unit of the series; null where it cannot be computed. */
  readonly estimatedSaving: { readonly amount: number; readonly unit: string } | null;
  readonly currentState: string;
  readonly recommendedState: string;
  readonly steps: readonly string[];
  /** What it follows from. */
  readonly basis: PatternKind | 'profile';
  readonly confidence: number | null;
  /** Null where only people can do it. */
  readonly action: RecommendedAction | null;
}

/** Who applied a recommendation, when, and what came of it. */
export interface Application {
  readonly by: string;
  /** Epoch milliseconds. */
  readonly at: number;
  readonly outcome: 'applied' | 'failed';
  /** What the executing part answered, or why it failed. */
  readonly result: string;
}

/**
 * Advice with its fate:
 *
 * - `open`: the data support it. Applying → `applying`; no longer seen for the time of repetition → `withdrawn`.
 * - `applying`: under way. → `applied`, or `open` again with a failed application.
 * - `applied`, `withdrawn`: final; the same advice comes back as a new recommendation at the earliest after the time of repetition.
 */
export interface Recommendation extends Advice {
  readonly id: string;
  readonly series: UsageSeries;
  readonly resourceType: string;
  readonly tags: readonly string[];
  readonly createdAt: number;
  /** When the data supported it for the last time. */
  readonly seenAt: number;
  readonly state: 'open' | 'applying' | 'applied' | 'withdrawn';
  /** The last attempt; null before the first. */
  readonly application: Application | null;
}

/** Executes actions; composition connects it with cleanup, quotas and schedules. */
export interface ActionExecutor {
  /**
   * Makes the change and resolves to a sentence about what was done. Rejects when it was not; then nothing is taken for applied and the same
   * recommendation may be applied again. Called once at a time for a recommendation.
   */
  apply(
    action: RecommendedAction,
    context: { readonly recommendationId: string; readonly by: string },
  ): Promise<string>;
}
