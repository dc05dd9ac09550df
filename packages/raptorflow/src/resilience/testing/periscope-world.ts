import { seededRandom } from '../../kernel/index.ts';
import { createFakeClock, type FakeClock } from '../../kernel/testing/index.ts';
import { createPeriscope } from '../create-periscope.ts';
import type { PeriscopeDeps, PeriscopeOptions } from '../periscope-options.ts';
import type { OperationSummary } from '../metrics-summary.ts';
import type { Periscope } from '../periscope.ts';

/** A periscope on a clock that a test moves. */
export interface PeriscopeWorld {
  readonly periscope: Periscope;
  readonly clock: FakeClock;
  /** The figures of one operation. */
  of(operation: string): OperationSummary | undefined;
}

/** Builds one; retries wait one, two and four seconds exactly. */
export function periscopeWorld(options: PeriscopeOptions = {}, deps: PeriscopeDeps = {}): PeriscopeWorld {
  const clock = createFakeClock();
  const periscope = createPeriscope(
    { retry: { jitter: 'none' }, ...options },
    { clock, random: seededRandom(1), ...deps },
  );
  const of: PeriscopeWorld['of'] = (name) =>
    periscope.getMetricsSummary().operations.find(({ operation }) => operation === name);
  return { periscope, clock, of };
}

/** Something that is down. */
export const failing = (): Promise<never> => Promise.reject(new Error('down'));

/** What a promise rejects with. */
export async function failureOf(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  return undefined;
}
