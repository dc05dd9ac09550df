/** The first connections to the servers of an installation, which may come up after us: tried again for a while, as operations of Periscope. */
import { isRaptorFlowError, RaptorFlowError, type Clock, type Logger } from 'raptorflow/kernel';
import { exponentialBackoff, type Backoff, type Executor } from 'raptorflow/resilience';

/** How long it is tried. */
export interface FirstConnectionOptions {
  /** Seconds from the first attempt on, after which none begins any more; 0 for a single one. */
  readonly waitSeconds: number;
  /** Ends the waiting, with `cancelled`. */
  readonly signal?: AbortSignal | undefined;
}

/** What first connections work with. */
export interface FirstConnectionDeps {
  readonly executor: Pick<Executor, 'execute'>;
  readonly clock: Clock;
  readonly log: Logger;
}

/** The servers. */
type Server = 'redis' | 'postgres';

/** Makes first connections. */
export interface FirstConnections {
  /**
   * Calls `attempt` until it resolves, at once again only after failures that are `retryable`. Rejects with the last failure itself, or `cancelled` when
   * the start is ended meanwhile; the attempt's signal aborts then.
   */
  make<T>(server: Server, attempt: (signal: AbortSignal) => Promise<T>): Promise<T>;
  /** Ends what still waits: another part of the start has failed. */
  giveUp(): void;
}

const names: Readonly<Record<Server, string>> = { redis: 'Redis', postgres: 'PostgreSQL' };
const pauses = { baseMs: 250, capMs: 2_000, retriesMax: Number.MAX_SAFE_INTEGER } as const;

/** Prepares first connections. */
export function createFirstConnections(
  { waitSeconds, signal: interruption }: FirstConnectionOptions,
  { executor, clock, log }: FirstConnectionDeps,
): FirstConnections {
  const left = new AbortController();
  const signal = interruption ? AbortSignal.any([interruption, left.signal]) : left.signal;
  const isTold = new Set<string>();
  // Each reason once: a start that waits half a minute has one line to say, not twenty.
  const tell = (error: unknown): void => {
    if (!isRaptorFlowError(error) || !error.retryable || isTold.has(error.message)) return;
    isTold.add(error.message);
    log.warn(
      `${error.message} The start waits for it, up to ${waitSeconds} s from its first attempt (CONNECT_WAIT_SECONDS).`,
    );
  };
  return {
    async make(server, attempt) {
      const deadlineAt = clock.monotonic() + waitSeconds * 1_000;
      try {
        return await executor.execute(
          `connect:${server}`,
          async (running) => {
            try {
              const made = await attempt(running.signal);
              if (running.number > 1) log.info(`${names[server]} answers.`);
              return made;
            } catch (error) {
              if (waitSeconds > 0) tell(error);
              throw error;
            }
          },
          // The waiting has an end of its own, so nothing else may end it sooner.
          { retry: until(deadlineAt, clock), breaker: false, persistent: true, signal },
        );
      } catch (error) {
        throw isRaptorFlowError(error, 'cancelled') ? interrupted(server, error) : error;
      }
    },
    giveUp: () => left.abort(),
  };
}

/** Growing pauses up to two seconds, none of which ends after the deadline. An attempt that has begun may end in its own time, with its own words. */
function until(deadlineAt: number, clock: Clock): Backoff {
  const backoff = exponentialBackoff(pauses);
  return {
    retriesMax: backoff.retriesMax,
    delayMs(retry) {
      const delayMs = backoff.delayMs(retry) ?? 0;
      return clock.monotonic() + delayMs < deadlineAt ? delayMs : undefined;
    },
  };
}

function interrupted(server: Server, cause: RaptorFlowError): RaptorFlowError {
  return new RaptorFlowError('cancelled', `The start was ended while it waited for ${names[server]}.`, {
    cause,
  });
}
