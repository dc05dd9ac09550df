import { BreakerSpecification, type SpecifiedBreakerOptions } from './breaker-specification.ts';

/** How an attempt ends, if it is let. */
export interface ScriptedAttempt {
  readonly afterMs: number;
  readonly how: 'succeed' | 'fail' | 'permanent' | 'throttled';
}

/** A call of a trace. */
export interface ScriptedCall {
  readonly at: number;
  /** One for each attempt; the last also for those behind it. */
  readonly attempts: readonly ScriptedAttempt[];
  readonly deadlineMs: number | undefined;
  /** When the caller's signal aborts, after the beginning of the call. */
  readonly cancelMs: number | undefined;
}

/** What the calls of a trace are made with. */
export interface SpecifiedOptions {
  readonly breaker: SpecifiedBreakerOptions;
  readonly baseMs: number;
  readonly retriesMax: number;
  readonly timeoutMs: number;
  readonly throttleMs: number;
  readonly budget: { readonly share: number; readonly retriesMin: number };
}

/** What became of a trace. */
export interface TraceOutcome {
  /** For each call: when its attempts began, how it ended, and when. */
  readonly calls: { readonly attemptsAt: number[]; ending: string; endedAt: number }[];
  readonly circuit: readonly string[];
}

type Step = (now: number) => void;

/** What the calls of a trace have in common. */
interface World {
  readonly options: SpecifiedOptions;
  readonly breaker: BreakerSpecification;
  readonly later: (at: number, run: Step) => void;
  ids: number;
  calledSoFar: number;
  retriedSoFar: number;
}

/**
 * Breaker and retry as a plain specification: a list of things to come, taken in the order of time, and for each of them a sentence of the
 * guide. It knows nothing of promises, timers or permits. Traces must be shorter than the nine seconds that a budget remembers.
 */
export function specifiedOutcome(trace: readonly ScriptedCall[], options: SpecifiedOptions): TraceOutcome {
  const agenda: { at: number; run: Step }[] = [];
  const breaker = new BreakerSpecification(options.breaker);
  const later = (at: number, run: Step): void => void agenda.push({ at, run });
  const world: World = { options, breaker, later, ids: 0, calledSoFar: 0, retriedSoFar: 0 };
  const calls = trace.map((call) => {
    const found = { attemptsAt: [], ending: '', endedAt: -1 };
    specifyCall(call, found, world);
    return found;
  });
  while (agenda.length > 0) {
    const next = agenda.reduce((a, b) => (b.at < a.at ? b : a));
    agenda.splice(agenda.indexOf(next), 1);
    next.run(next.at);
  }
  return { calls, circuit: breaker.history };
}

function specifyCall(call: ScriptedCall, found: TraceOutcome['calls'][number], world: World): void {
  const { options, breaker, later } = world;
  const deadlineAt = call.at + (call.deadlineMs ?? Number.POSITIVE_INFINITY);
  // What an attempt does when its caller cancels; undefined between attempts.
  let onCancel: Step | undefined;
  const end = (now: number, ending: string): void => {
    found.ending = ending;
    found.endedAt = now;
  };
  const afterFailure = (now: number, how: string): void => {
    const retry = found.attemptsAt.length;
    const wait = options.baseMs * 2 ** (retry - 1);
    const delayMs = how === 'throttled' ? Math.max(wait, options.throttleMs) : wait;
    const { share, retriesMin } = options.budget;
    const allowed = Math.max(retriesMin, share * world.calledSoFar);
    const final = how === 'permanent' || retry > options.retriesMax || now + delayMs >= deadlineAt;
    if (final || world.retriedSoFar + 1 > allowed) return end(now, how);
    world.retriedSoFar += 1;
    later(now + delayMs, (then) => found.endedAt < 0 && attempt(then));
  };
  const attempt = (now: number): void => {
    const id = (world.ids += 1);
    const leave = breaker.acquire(now, id);
    if (!leave) return end(now, 'circuit_open');
    found.attemptsAt.push(now);
    const script = call.attempts[Math.min(found.attemptsAt.length, call.attempts.length) - 1];
    if (!script) return;
    const limitMs = Math.min(options.timeoutMs, deadlineAt - now);
    onCancel = (then) => breaker.settle(then, id, leave.era, 'release');
    later(now + Math.min(limitMs, script.afterMs), (then) => {
      if (found.endedAt >= 0) return;
      onCancel = undefined;
      const how = script.afterMs < limitMs ? script.how : 'timeout';
      const blamed = how === 'fail' || how === 'timeout';
      breaker.settle(then, id, leave.era, how === 'succeed' ? how : blamed ? 'fail' : 'release');
      if (how === 'succeed') end(then, how);
      else afterFailure(then, how);
    });
  };
  later(call.at, (now) => {
    world.calledSoFar += 1;
    attempt(now);
  });
  if (call.cancelMs === undefined) return;
  later(call.at + call.cancelMs, (now) => {
    if (found.endedAt >= 0) return;
    onCancel?.(now);
    end(now, 'cancelled');
  });
}
