import { expect, test } from 'vitest';
import { isRaptorFlowError, RaptorFlowError, seededRandom } from '../kernel/index.ts';
import { createExecutor } from './executor.ts';
import {
  specifiedOutcome,
  type ScriptedAttempt,
  type ScriptedCall,
  type SpecifiedOptions,
  type TraceOutcome,
} from './testing/call-specification.ts';
import { TraceClock } from './testing/trace-clock.ts';

const traces = 10_000;

const options: SpecifiedOptions = {
  breaker: { failuresToOpen: 3, openMs: 100, probesMax: 2, successesToClose: 2, probeMs: 30 },
  baseMs: 20,
  retriesMax: 3,
  timeoutMs: 40,
  throttleMs: 55,
  budget: { share: 0.5, retriesMin: 4 },
};

const endings = ['succeed', 'succeed', 'fail', 'fail', 'fail', 'permanent', 'throttled'] as const;

/** Times have fractions, so that no two things happen at once and their order is never a question. */
function traceOf(seed: number): ScriptedCall[] {
  const random = seededRandom(seed);
  const between = (from: number, to: number): number => from + (to - from) * random.next();
  const attempt = (): ScriptedAttempt => ({
    afterMs: between(0.5, 60),
    how: endings[Math.floor(random.next() * endings.length)] ?? 'fail',
  });
  return Array.from({ length: 1 + Math.floor(random.next() * 12) }, () => ({
    at: between(0.1, 500),
    attempts: Array.from({ length: 1 + Math.floor(random.next() * 4) }, attempt),
    deadlineMs: random.next() < 0.3 ? between(5, 200) : undefined,
    cancelMs: random.next() < 0.2 ? between(1, 120) : undefined,
  }));
}

/** What the executor does with a trace. */
async function realOutcome(trace: readonly ScriptedCall[]): Promise<TraceOutcome> {
  const clock = new TraceClock();
  const circuit: string[] = [];
  const executor = createExecutor(
    {
      retry: { baseMs: options.baseMs, jitter: 'none', retriesMax: options.retriesMax },
      retryBudget: options.budget,
      timeoutMs: options.timeoutMs,
      breaker: options.breaker,
    },
    { clock, onBreakerChange: ({ to }) => circuit.push(to) },
  );
  const calls = trace.map(() => ({ attemptsAt: [] as number[], ending: '', endedAt: -1 }));
  for (const [index, call] of trace.entries()) {
    const found = calls[index];
    if (!found) continue;
    const cancelling = new AbortController();
    const end = (ending: string): void => {
      found.ending = ending;
      found.endedAt = clock.monotonic();
    };
    clock.setTimeout(() => {
      executor
        .execute('call', ({ number }) => attempt(clock, call, number, found.attemptsAt), {
          signal: cancelling.signal,
          ...(call.deadlineMs !== undefined && { deadlineMs: call.deadlineMs }),
        })
        .then(
          () => end('succeed'),
          (error: unknown) => end(endingOf(error)),
        );
      if (call.cancelMs !== undefined) clock.setTimeout(() => cancelling.abort(), call.cancelMs);
    }, call.at);
  }
  await clock.runOut();
  return { calls, circuit };
}

function attempt(clock: TraceClock, call: ScriptedCall, number: number, startedAt: number[]): Promise<void> {
  startedAt.push(clock.monotonic());
  const script = call.attempts[Math.min(number, call.attempts.length) - 1];
  return new Promise((resolve, reject) => {
    clock.setTimeout(() => {
      if (script?.how === 'succeed') resolve();
      else reject(failureOf(script?.how ?? 'fail'));
    }, script?.afterMs ?? 0);
  });
}

function failureOf(how: string): RaptorFlowError {
  if (how === 'permanent') return new RaptorFlowError('invalid_input', 'permanent');
  if (how === 'throttled')
    return new RaptorFlowError('exhausted', 'throttled', { retryAfterMs: options.throttleMs });
  return new RaptorFlowError('unavailable', 'fail');
}

function endingOf(error: unknown): string {
  if (!isRaptorFlowError(error)) return String(error);
  const own = ['timeout', 'cancelled', 'circuit_open'];
  return own.includes(error.code) ? error.code : error.message;
}

/** Sums of fractions may differ in their last digits. */
function rounded({ calls, circuit }: TraceOutcome): unknown {
  const round = (at: number): number => Math.round(at * 1_000) / 1_000;
  return {
    circuit,
    calls: calls.map(({ attemptsAt, ending, endedAt }) => ({
      attemptsAt: attemptsAt.map(round),
      ending,
      endedAt: round(endedAt),
    })),
  };
}

test('calls do on 10,000 random traces what the plain specification of breaker and retry does', async () => {
  const seen = new Map<string, number>();
  for (let seed = 1; seed <= traces; seed += 1) {
    const trace = traceOf(seed);
    const specified = specifiedOutcome(trace, options);
    const real = await realOutcome(trace);
    expect(rounded(real), `trace ${seed}`).toEqual(rounded(specified));
    for (const { ending } of specified.calls) seen.set(ending, (seen.get(ending) ?? 0) + 1);
    for (const state of specified.circuit) seen.set(state, (seen.get(state) ?? 0) + 1);
  }
  // The traces are worth something only if they come to every state and every ending.
  const all = ['succeed', 'fail', 'permanent', 'throttled', 'timeout', 'cancelled', 'circuit_open'];
  for (const each of [...all, 'open', 'half-open', 'closed']) expect(seen.get(each)).toBeGreaterThan(100);
});
