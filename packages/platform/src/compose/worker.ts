/** A worker: the society in a process of its own, beside servers on the same Redis and PostgreSQL. */
import type { Config } from '../config.ts';
import { createProcessHistory } from './history.ts';
import { createProcessSnapshots } from './process-snapshots.ts';
import { requireDistributed } from './profile.ts';
import { commonDeps, createProgram, type ProgramDeps } from './program.ts';

/** A started worker. */
export interface RunningWorker {
  /** From the beginning of `startWorker` until it worked, in milliseconds. */
  readonly startedInMs: number;
  /** Events that handlers of this process have finished so far. */
  eventsHandled(): number;
  /** Takes no more events, lets finish what is in hand until the deadline, and gives the rest back to other processes. */
  stop(options?: { readonly deadlineMs?: number }): Promise<void>;
}

/**
 * Starts a worker. It listens nowhere and leaves nothing in the data directory. Throws `invalid_configuration` unless both
 * Redis and PostgreSQL are configured, and `unavailable` when one of them cannot be reached; then nothing is left running.
 */
export async function startWorker(config: Config, deps: ProgramDeps = {}): Promise<RunningWorker> {
  requireDistributed(config);
  const common = commonDeps(config, deps);
  const began = common.clock.monotonic();
  const program = createProgram(config, common, deps.signal);
  const watching = config.monitoring.enabled
    ? [createProcessHistory(config, 'worker', common), createProcessSnapshots(config, 'worker', common)]
    : [];
  const stop = async (deadlineMs: number): Promise<void> => {
    // What the last steps measured is kept beside the rest of the work's end.
    await Promise.all([...watching, program].map((part) => part.stop({ deadlineMs })));
    common.own.ended('metrics');
  };
  try {
    await program.start();
    await Promise.all(watching.map((part) => part.start()));
  } catch (error) {
    await stop(1_000).catch(() => undefined);
    throw error;
  }
  return {
    startedInMs: common.clock.monotonic() - began,
    eventsHandled: () => program.stores.bus.metrics().acknowledged,
    stop: (options = {}) => stop(options.deadlineMs ?? 5_000),
  };
}
