import type { Backoff } from './backoff.ts';
import type { Classification } from './classification.ts';

/** One call's own settings; what is absent is that of whoever makes the call. */
export interface ExecuteOptions {
  /** A schedule of retries, or false for a single attempt. */
  readonly retry?: Backoff | false;
  readonly classify?: (error: unknown) => Classification;
  /** Milliseconds for one attempt. */
  readonly timeoutMs?: number;
  /** Milliseconds for the whole call, waits included. A wait that would reach beyond is not begun. */
  readonly deadlineMs?: number;
  /** The name of the breaker to ask before each attempt; false for none. Default: the operation's name. */
  readonly breaker?: string | false;
  /** The name of the bulkhead to pass for each attempt; false for none. Default: the operation's name. Without a bulkhead of that name there is no limit. */
  readonly bulkhead?: string | false;
  /**
   * True: only its schedule, its deadline and its signal end the call, for work that must not be given up early. An attempt that the circuit refuses
   * is made as soon as it lets it through, looking every five seconds at least; it is no attempt and takes no retry. The retry budget does not hold.
   */
  readonly persistent?: boolean;
  readonly signal?: AbortSignal;
}
