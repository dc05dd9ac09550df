import { z } from 'zod';
import { parseOptions, systemRandom, type Random } from '../kernel/index.ts';

/** How long to wait before a retry; a port, so that a caller may bring its own schedule. */
export interface Backoff {
  /** Retries after the first attempt. */
  readonly retriesMax: number;
  /** Milliseconds to wait before the given retry (the first is 1); undefined when there is none left. */
  delayMs(retry: number): number | undefined;
}

/** Options of `exponentialBackoff`; all optional. */
export interface BackoffOptions {
  /** The longest wait before the first retry. Default 1,000. */
  readonly baseMs?: number;
  /** What each further retry multiplies it by. Default 2. */
  readonly factor?: number;
  /** The longest wait at all. Default 60,000. */
  readonly capMs?: number;
  /** `full` (default): uniform between 0 and the wait, so that many clients do not come back together. `none`: the wait itself. */
  readonly jitter?: 'full' | 'none';
  /** Default 3, that is four attempts. */
  readonly retriesMax?: number;
}

const optionsSchema = z.strictObject({
  baseMs: z.number().nonnegative().default(1_000),
  factor: z.number().min(1).default(2),
  capMs: z.number().nonnegative().default(60_000),
  jitter: z.enum(['full', 'none']).default('full'),
  retriesMax: z.int().nonnegative().default(3),
});

/**
 * Waits that grow exponentially up to a cap, with full jitter (M. Brooker, "Exponential Backoff And Jitter", 2015).
 * Throws `invalid_options`.
 */
export function exponentialBackoff(
  options: BackoffOptions = {},
  deps: { readonly random?: Random } = {},
): Backoff {
  const { baseMs, factor, capMs, jitter, retriesMax } = parseOptions(
    'exponentialBackoff',
    optionsSchema,
    options,
  );
  const random = deps.random ?? systemRandom;
  return Object.freeze({
    retriesMax,
    delayMs(retry: number): number | undefined {
      if (retry > retriesMax) return undefined;
      const wait = Math.min(capMs, baseMs * factor ** (retry - 1));
      return jitter === 'full' ? wait * random.next() : wait;
    },
  });
}
