import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isRaptorFlowError } from '../kernel/index.ts';
import { createFakeClock, type FakeClock } from '../kernel/testing/index.ts';
import { createBreaker, type Breaker, type BreakerChange, type BreakerPermit } from './breaker.ts';
import { BreakerSpecification } from './testing/breaker-specification.ts';

const options = { failuresToOpen: 3, openMs: 100, probesMax: 2, successesToClose: 2, probeMs: 50 };

function opened(): { breaker: Breaker; clock: FakeClock; changes: BreakerChange[] } {
  const clock = createFakeClock();
  const changes: BreakerChange[] = [];
  const breaker = createBreaker('model', options, { clock, onChange: (change) => changes.push(change) });
  for (let call = 0; call < 3; call += 1) breaker.fail(breaker.acquire());
  return { breaker, clock, changes };
}

function refusal(breaker: Breaker): unknown {
  try {
    breaker.acquire();
  } catch (error) {
    return error;
  }
  return undefined;
}

describe('a breaker', () => {
  test('opens after failures in a row, a success between them counting from the start again', () => {
    const breaker = createBreaker('model', options, { clock: createFakeClock() });
    breaker.fail(breaker.acquire());
    breaker.fail(breaker.acquire());
    breaker.succeed(breaker.acquire());
    breaker.fail(breaker.acquire());
    breaker.fail(breaker.acquire());
    expect(breaker.state()).toEqual({ kind: 'closed', failures: 2 });
    breaker.fail(breaker.acquire());
    expect(breaker.state().kind).toBe('open');
  });

  test('refuses calls while open with the time to the next probe, and late results do not push it back', async () => {
    const clock = createFakeClock();
    const breaker = createBreaker('model', options, { clock });
    const late = breaker.acquire();
    for (let call = 0; call < 3; call += 1) breaker.fail(breaker.acquire());
    await clock.advance(40);
    breaker.fail(late);
    expect(refusal(breaker)).toMatchObject({ code: 'circuit_open', retryable: true, retryAfterMs: 60 });
    await clock.advance(60);
    expect(breaker.state().kind).toBe('half-open');
  });

  test('lets only so many probes through, closes after enough successes, and tells of each change', async () => {
    const { breaker, clock, changes } = opened();
    await clock.advance(100);
    const [first, second] = [breaker.acquire(), breaker.acquire()];
    expect(refusal(breaker)).toMatchObject({ code: 'circuit_open', retryAfterMs: 50 });
    breaker.succeed(first);
    breaker.succeed(first);
    expect(breaker.state()).toMatchObject({ kind: 'half-open', probes: 1, successes: 1 });
    breaker.succeed(second);
    expect(breaker.state()).toEqual({ kind: 'closed', failures: 0 });
    expect(changes.map(({ from, to }) => `${from} → ${to}`)).toEqual([
      'closed → open',
      'open → half-open',
      'half-open → closed',
    ]);
  });

  test('opens again after one failed probe', async () => {
    const { breaker, clock } = opened();
    await clock.advance(100);
    breaker.fail(breaker.acquire());
    expect(refusal(breaker)).toMatchObject({ code: 'circuit_open', retryAfterMs: 100 });
  });

  test('takes back the place of a cancelled probe, and gives up on one that never ends', async () => {
    const { breaker, clock } = opened();
    await clock.advance(100);
    const [first] = [breaker.acquire(), breaker.acquire()];
    breaker.release(first);
    breaker.acquire();
    await clock.advance(50);
    expect(breaker.state().kind).toBe('open');
  });

  test('gives no more probes than successes are still missing', async () => {
    const clock = createFakeClock();
    const breaker = createBreaker(
      'model',
      { ...options, probesMax: 3, successesToClose: 2, failuresToOpen: 1 },
      { clock },
    );
    breaker.fail(breaker.acquire());
    await clock.advance(100);
    const [first] = [breaker.acquire(), breaker.acquire()];
    expect(refusal(breaker)).toMatchObject({ code: 'circuit_open' });
    breaker.succeed(first);
    expect(refusal(breaker)).toMatchObject({ code: 'circuit_open' });
  });

  test('opens by the share of failed calls in the window, once there are enough, and forgets old ones', async () => {
    const clock = createFakeClock();
    const window = { windowMs: 1_000, callsMin: 10, failureRate: 0.5 };
    const breaker = createBreaker('model', { failuresToOpen: false, window }, { clock });
    for (let call = 0; call < 9; call += 1) breaker.fail(breaker.acquire());
    expect(breaker.state().kind).toBe('closed');
    await clock.advance(1_100);
    for (let call = 0; call < 6; call += 1) breaker.succeed(breaker.acquire());
    for (let call = 0; call < 5; call += 1) breaker.fail(breaker.acquire());
    expect(breaker.state().kind).toBe('closed');
    breaker.fail(breaker.acquire());
    expect(breaker.state().kind).toBe('open');
    breaker.reset();
    for (let call = 0; call < 9; call += 1) breaker.fail(breaker.acquire());
    expect(breaker.state().kind).toBe('closed');
    breaker.succeed(breaker.acquire());
    expect(breaker.state().kind).toBe('open');
  });

  test('opens by the share of slow calls in the window, though they succeed', () => {
    const window = { callsMin: 4, slowMs: 100, slowRate: 0.75 };
    const breaker = createBreaker('model', { window }, { clock: createFakeClock() });
    for (const tookMs of [20, 101, 150]) breaker.succeed(breaker.acquire(), tookMs);
    breaker.succeed(breaker.acquire(), 100);
    expect(breaker.state().kind).toBe('closed');
    for (let call = 0; call < 4; call += 1) breaker.succeed(breaker.acquire(), 500);
    expect(breaker.state().kind).toBe('open');
  });

  test('can be isolated by hand, then refuses without a time, until it is reset', () => {
    const breaker = createBreaker('model', options, { clock: createFakeClock() });
    breaker.isolate();
    const error = refusal(breaker);
    expect(isRaptorFlowError(error, 'circuit_open') && error.retryAfterMs).toBeUndefined();
    breaker.reset();
    expect(breaker.state()).toEqual({ kind: 'closed', failures: 0 });
  });
});

type Step =
  | { readonly do: 'acquire' }
  | { readonly do: 'isolate' }
  | { readonly do: 'reset' }
  | { readonly do: 'wait'; readonly ms: number }
  | { readonly do: 'settle'; readonly how: 'succeed' | 'fail' | 'release'; readonly call: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant('acquire' as const) }) },
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant('settle' as const),
      how: fc.constantFrom('succeed' as const, 'fail' as const, 'fail' as const, 'release' as const),
      call: fc.nat({ max: 5 }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.integer({ min: 1, max: 120 }) }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('isolate' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('reset' as const) }) },
);

function tryAcquire(breaker: Breaker): BreakerPermit | undefined {
  try {
    return breaker.acquire();
  } catch (error) {
    if (isRaptorFlowError(error, 'circuit_open')) return undefined;
    throw error;
  }
}

/** What the breaker and the specification answer to the same steps. */
function trace(steps: readonly Step[]): { ours: string[]; specified: string[] } {
  let now = 0;
  const breaker = createBreaker('model', options, {
    clock: { ...createFakeClock(), monotonic: () => now },
  });
  const model = new BreakerSpecification(options);
  const running: { id: number; era: number; permit: BreakerPermit }[] = [];
  const ours: string[] = [];
  const specified: string[] = [];
  for (const [index, each] of steps.entries()) {
    if (each.do === 'wait') now += each.ms;
    if (each.do === 'isolate') {
      model.isolate();
      breaker.isolate();
    }
    if (each.do === 'reset') {
      model.close();
      breaker.reset();
    }
    if (each.do === 'acquire') {
      const expected = model.acquire(now, index);
      const permit = tryAcquire(breaker);
      ours.push(permit === undefined ? 'refused' : 'passed');
      specified.push(expected === undefined ? 'refused' : 'passed');
      if (permit !== undefined && expected) running.push({ id: index, era: expected.era, permit });
    }
    if (each.do === 'settle') {
      const [call] = running.splice(Math.min(each.call, Math.max(0, running.length - 1)), 1);
      if (call) {
        model.settle(now, call.id, call.era, each.how);
        breaker[each.how](call.permit);
      }
    }
    model.tick(now);
    ours.push(breaker.state().kind);
    specified.push(model.kind);
  }
  return { ours, specified };
}

test('the breaker does on 10,000 random traces what its plain specification does', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60, size: 'max' }), (steps) => {
      const { ours, specified } = trace(steps);
      expect(ours).toEqual(specified);
    }),
    { numRuns: 10_000 },
  );
});
