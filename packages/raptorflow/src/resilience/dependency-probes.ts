import { RaptorFlowError, type Clock } from '../kernel/index.ts';
import type { HealthStatus } from './health-status.ts';

/** Something outside that operations need, and how to ask whether it is there. */
export interface Dependency {
  readonly name: string;
  /** Resolves when it is there; rejects, or does not answer in time, when it is not. The signal aborts at the deadline. */
  check(signal: AbortSignal): Promise<unknown>;
  /** Default 2,000. */
  readonly deadlineMs?: number;
  /** What its absence means for the whole. Default `unhealthy`. */
  readonly absence?: Exclude<HealthStatus, 'healthy'>;
}

/** How a dependency answered. */
export interface DependencyReport {
  readonly name: string;
  readonly status: HealthStatus;
  readonly durationMs: number;
  /** What its check rejected with; null when it is there. */
  readonly error: string | null;
}

const deadlineMsDefault = 2_000;
const cachedMs = 1_000;

/** Asks dependencies, all at once, at most once a second however often the health is read. */
export class DependencyProbes {
  readonly #dependencies: readonly Dependency[];
  readonly #clock: Clock;
  #asked: { readonly at: number; readonly answers: Promise<DependencyReport[]> } | undefined;

  constructor(dependencies: readonly Dependency[], clock: Clock) {
    this.#dependencies = dependencies;
    this.#clock = clock;
  }

  ask(): Promise<DependencyReport[]> {
    const now = this.#clock.monotonic();
    if (!this.#asked || now - this.#asked.at >= cachedMs) {
      const answers = Promise.all(this.#dependencies.map((dependency) => this.#probe(dependency)));
      this.#asked = { at: now, answers };
    }
    return this.#asked.answers;
  }

  async #probe(dependency: Dependency): Promise<DependencyReport> {
    const { name, deadlineMs = deadlineMsDefault, absence = 'unhealthy' } = dependency;
    const begunAt = this.#clock.monotonic();
    const report = (status: HealthStatus, error: string | null): DependencyReport => ({
      name,
      status,
      durationMs: this.#clock.monotonic() - begunAt,
      error,
    });
    const deadline = new AbortController();
    const tooLate = Promise.withResolvers<never>();
    const timer = this.#clock.setTimeout(() => {
      const error = new RaptorFlowError('timeout', `"${name}" did not answer within ${deadlineMs} ms.`);
      tooLate.reject(error);
      deadline.abort(error);
    }, deadlineMs);
    try {
      await Promise.race([askOnce(dependency, deadline.signal), tooLate.promise]);
      return report('healthy', null);
    } catch (error) {
      return report(absence, error instanceof Error ? error.message : String(error));
    } finally {
      timer.cancel();
    }
  }
}

/** A check that throws before it returns a promise looks like one that rejects. */
async function askOnce(dependency: Dependency, signal: AbortSignal): Promise<void> {
  await dependency.check(signal);
}
