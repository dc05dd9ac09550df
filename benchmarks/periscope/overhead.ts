import {
  circuitBreaker,
  ConsecutiveBreaker,
  ExponentialBackoff,
  handleAll,
  retry,
  timeout,
  TimeoutStrategy,
  wrap,
} from 'cockatiel';
import CircuitBreaker from 'opossum';
import { createPeriscope } from 'raptorflow/resilience';
import { assertCount } from '../harness/fault.ts';
import type { Findings } from '../harness/findings.ts';
import type { BenchSettings } from '../harness/question.ts';
import { runRace, type Leg } from '../harness/race.ts';

const timeoutMs = 1_000;
/** Passes of one measurement, each after one of the raw await; the fastest of both count, because others on the machine can only make a pass slower. */
const passes = 12;
/** A call of cockatiel takes twenty times as long as one of ours. */
const cockatielShare = 0.1;

type Pass = (calls: number) => Promise<void>;

let made = 0;
// One function for all, so that each contestant finds it compiled for the same callers.
const work = (): Promise<number> => {
  made += 1;
  return Promise.resolve(made);
};

async function rawPass(calls: number): Promise<void> {
  for (let call = 0; call < calls; call += 1) await work();
}

function ours(calls: number): Leg {
  return leg('ours', calls, () => {
    const periscope = createPeriscope({ timeoutMs });
    return {
      pass: async (count) => {
        for (let call = 0; call < count; call += 1) await periscope.execute('work', work);
      },
      finish: (count) => {
        const [operation] = periscope.getMetricsSummary().operations;
        assertCount('calls that ours recorded', operation?.successes ?? 0, count);
      },
    };
  });
}

/** It has no retry: its figure is without one. */
function opossum(calls: number): Leg {
  return leg('opossum', calls, () => {
    const breaker = new CircuitBreaker(work, { timeout: timeoutMs });
    return {
      pass: async (count) => {
        for (let call = 0; call < count; call += 1) await breaker.fire();
      },
      finish: () => breaker.shutdown(),
    };
  });
}

/** It has no latency sketch: its figure is without one. */
function cockatiel(calls: number): Leg {
  return leg('cockatiel', calls * cockatielShare, () => {
    const policy = wrap(
      retry(handleAll, { maxAttempts: 3, backoff: new ExponentialBackoff() }),
      circuitBreaker(handleAll, { halfOpenAfter: 60_000, breaker: new ConsecutiveBreaker(5) }),
      timeout(timeoutMs, TimeoutStrategy.Aggressive),
    );
    return {
      pass: async (count) => {
        for (let call = 0; call < count; call += 1) await policy.execute(work);
      },
      finish: () => undefined,
    };
  });
}

interface Contestant {
  readonly pass: Pass;
  /** Checks what can be checked after so many calls, and stops. */
  finish(calls: number): void;
}

function leg(who: string, calls: number, build: () => Contestant): Leg {
  return {
    who,
    run: async () => {
      const { pass, finish } = build();
      const before = made;
      await rawPass(calls);
      await pass(calls);
      let [raw, guarded] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
      for (let turn = 0; turn < passes; turn += 1) {
        raw = Math.min(raw, await microsecondsPerCall(rawPass, calls));
        guarded = Math.min(guarded, await microsecondsPerCall(pass, calls));
      }
      assertCount(`calls made by ${who}`, made - before, 2 * (passes + 1) * calls);
      finish((passes + 1) * calls);
      return { overhead_us: guarded - raw };
    },
  };
}

async function microsecondsPerCall(pass: Pass, calls: number): Promise<number> {
  const begunAt = performance.now();
  await pass(calls);
  return ((performance.now() - begunAt) * 1_000) / calls;
}

/** What a call costs that succeeds at once, beyond awaiting it. */
export async function overhead(settings: BenchSettings, findings: Findings): Promise<void> {
  const calls = 50 * settings.operations;
  const race = {
    title: 'overhead: a call that succeeds at once, over a raw await',
    legs: [ours(calls), cockatiel(calls), opossum(calls)],
    rounds: settings.rounds,
  };
  await runRace(race, findings, settings.print);
}
