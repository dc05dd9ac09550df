/** Where a group that does not exist yet begins to read. */
export type StartFrom =
  /** Events published from now on. */
  | 'new'
  /** Everything that is still stored. */
  | 'earliest'
  /** Events of the last so many milliseconds. */
  | { readonly sinceMs: number }
  /** Events after this one. */
  | { readonly eventId: string };

/** How failed attempts are repeated: the wait is uniform in 0 … min(capMs, baseMs × factor^n) (full jitter). */
export interface RetryOptions {
  /** Attempts after the first. Default 3. */
  readonly retries?: number;
  /** Default 1,000. */
  readonly baseMs?: number;
  /** Default 2. */
  readonly factor?: number;
  /** Default 60,000. */
  readonly capMs?: number;
}

/** How to subscribe. Everything is optional. */
export interface SubscribeOptions<Type extends string = string> {
  /**
   * The durable subscription to join. Its members compete: each event is handled by one of them, at least once, across
   * crashes. Without a group the subscription is live: it sees what is published from now on, without retries.
   */
  readonly group?: string | undefined;
  /** What logs and `bus.subscriptions()` call this subscription. */
  readonly name?: string | undefined;
  /** Where a group that does not exist yet begins. Default `new`. Not for live subscriptions. */
  readonly from?: StartFrom | undefined;
  /** Only events of these types; a base type includes its subtypes. Default: all. */
  readonly types?: readonly Type[] | undefined;
  /** Handlers running at once. Default 10; 1 for live subscriptions. */
  readonly concurrency?: number | undefined;
  /** Events held in hand at once, running ones included. Default 2 × concurrency. */
  readonly prefetch?: number | undefined;
  readonly retry?: RetryOptions | undefined;
  /** An attempt that takes longer is aborted and has failed. Default 30,000. */
  readonly timeoutMs?: number | undefined;
  /** Strictly one after the other per channel, workspace and priority, retries included. Default false. */
  readonly ordered?: boolean | undefined;
}

/** A running subscription. */
export interface Subscription {
  readonly id: string;
  readonly pattern: string;
  readonly group: string | null;
  readonly name: string;
  /** True between `pause` and `resume`. */
  readonly paused: boolean;
  /** Begins no further event until `resume`. What runs goes on. */
  pause(): void;
  resume(): void;
  /** How many events the group has not handled yet (its backlog and what waits for a retry); of a live subscription, what waits in memory. */
  lag(): Promise<number>;
  /** Begins nothing further, waits for running handlers until the deadline (default 5,000 ms), gives back what was not begun. */
  stop(options?: { readonly deadlineMs?: number }): Promise<void>;
}

/** A line of `bus.subscriptions()`. */
export interface SubscriptionInfo {
  readonly id: string;
  readonly pattern: string;
  readonly group: string | null;
  readonly name: string;
  readonly paused: boolean;
  /** Handlers running now. */
  readonly running: number;
  /** Events in hand that no handler has begun. */
  readonly waiting: number;
}
