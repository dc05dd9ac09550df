import { circuitBreaker, ConsecutiveBreaker, ExponentialBackoff, handleAll, retry, wrap } from 'cockatiel';
import CircuitBreaker from 'opossum';
import { createPeriscope } from 'raptorflow/resilience';
import { fault } from '../harness/fault.ts';
import type { Findings } from '../harness/findings.ts';
import type { BenchSettings } from '../harness/question.ts';
import { runRace, type Leg } from '../harness/race.ts';

const failuresToOpen = 5;
const openMs = 100;
const stormMs = 1_500;
/** Calls that come together, each millisecond or so, once the circuit has had the failures to open. */
const callersAtOnce = 20;
/** The delay of the first retry where there are retries. */
const retryMs = 10;
/** Failures in a row, and one probe after each waiting time: nobody may call more often. */
const allowed = failuresToOpen + Math.floor(stormMs / openMs);

type Call = () => Promise<unknown>;

/** Counts the calls that get through to it, and answers none. */
class DeadBackend {
  calls = 0;
  readonly answer = (): Promise<never> => {
    this.calls += 1;
    return Promise.reject(fault('the backend is down'));
  };
}

function ours(backend: DeadBackend): { call: Call; stop: () => void } {
  const periscope = createPeriscope({
    retry: { baseMs: retryMs },
    breaker: { failuresToOpen, openMs, probesMax: 1 },
  });
  return { call: () => periscope.execute('backend', backend.answer), stop: () => undefined };
}

function cockatiel(backend: DeadBackend): { call: Call; stop: () => void } {
  const policy = wrap(
    retry(handleAll, { maxAttempts: 3, backoff: new ExponentialBackoff({ initialDelay: retryMs }) }),
    circuitBreaker(handleAll, { halfOpenAfter: openMs, breaker: new ConsecutiveBreaker(failuresToOpen) }),
  );
  return { call: () => policy.execute(backend.answer), stop: () => undefined };
}

/** It has no retry, so fewer calls come to it. */
function opossum(backend: DeadBackend): { call: Call; stop: () => void } {
  const breaker = new CircuitBreaker(backend.answer, {
    resetTimeout: openMs,
    volumeThreshold: failuresToOpen,
    timeout: 1_000,
  });
  return { call: () => breaker.fire(), stop: () => breaker.shutdown() };
}

function leg(who: string, build: (backend: DeadBackend) => { call: Call; stop: () => void }): Leg {
  return {
    who,
    run: async () => {
      const backend = new DeadBackend();
      const { call, stop } = build(backend);
      await storm(call);
      stop();
      if (backend.calls < failuresToOpen) throw fault(`${who} made only ${backend.calls} calls`);
      return { dead_backend_calls_ratio: backend.calls / allowed };
    },
  };
}

/** First one call after the other, then many at a time. */
async function storm(call: Call): Promise<void> {
  const endsAt = performance.now() + stormMs;
  const waiting: Promise<unknown>[] = [];
  for (let turn = 0; performance.now() < endsAt; turn += 1) {
    const callers = turn < failuresToOpen ? 1 : callersAtOnce;
    for (let caller = 0; caller < callers; caller += 1) waiting.push(call().catch(() => undefined));
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  await Promise.all(waiting);
}

/** How many calls reach something that is down. */
export async function deadBackend(settings: BenchSettings, findings: Findings): Promise<void> {
  const race = {
    title: `dead backend: ${stormMs} ms of calls to something that is down, circuits open for ${openMs} ms`,
    legs: [leg('ours', ours), leg('cockatiel', cockatiel), leg('opossum', opossum)],
    rounds: settings.rounds,
  };
  await runRace(race, findings, settings.print);
}
