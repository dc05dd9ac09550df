import { describe, expect, test } from 'vitest';
import { isRaptorFlowError, seededRandom } from '../kernel/index.ts';
import { createFakeClock, type FakeClock } from '../kernel/testing/index.ts';
import type { ExecutorOptions } from './engine-settings.ts';
import { createExecutor, type Executor } from './executor.ts';

function setUp(options: ExecutorOptions): { executor: Executor; clock: FakeClock } {
  const clock = createFakeClock();
  const deps = { clock, random: seededRandom(1) };
  return { executor: createExecutor({ retry: false, ...options }, deps), clock };
}

const failing = (): Promise<never> => Promise.reject(new Error('down'));
const codeOf = (error: unknown): string => (isRaptorFlowError(error) ? error.code : String(error));
const tick = (clock: FakeClock): Promise<void> => clock.advance(0);

/** Calls that end when the test says so. */
function gates(): { open: (() => void)[]; wait: () => Promise<void> } {
  const open: (() => void)[] = [];
  return {
    open,
    wait: () =>
      new Promise((resolve) => {
        open.push(resolve);
      }),
  };
}

describe('a retry budget', () => {
  test('does not hold for a persistent call', async () => {
    const { executor, clock } = setUp({ retryBudget: { share: 0, retriesMin: 0 } });
    let attempts = 0;
    const count = (): Promise<never> => {
      attempts += 1;
      return failing();
    };
    const retry = { retriesMax: 2, delayMs: (number: number) => (number <= 2 ? 10 : undefined) };
    void executor.execute('call', count, { retry }).catch(codeOf);
    await clock.advance(100);
    expect(attempts).toBe(1);
    void executor.execute('call', count, { retry, persistent: true }).catch(codeOf);
    await clock.advance(100);
    expect(attempts).toBe(4);
  });

  test('allows ten retries in ten seconds, or a tenth of the calls if that is more', async () => {
    const { executor, clock } = setUp({
      retry: { baseMs: 1, jitter: 'none', retriesMax: 1 },
      retryBudget: {},
    });
    let attempts = 0;
    const fail = (): Promise<never> => {
      attempts += 1;
      return failing();
    };
    const call = (count: number): Promise<unknown> =>
      Promise.allSettled(
        Array.from({ length: count }, () => executor.execute('call', fail, { breaker: false })),
      );
    void call(50);
    await clock.advance(5);
    expect(attempts).toBe(50 + 10);
    void call(350);
    await clock.advance(5);
    expect(attempts).toBe(400 + 40);
    await clock.advance(11_000);
    void call(5);
    await clock.advance(5);
    expect(attempts).toBe(440 + 10);
  });

  test('rejects with the failure itself when it allows no retry, and is no other operation’s', async () => {
    const { executor, clock } = setUp({
      retry: { baseMs: 1, jitter: 'none', retriesMax: 3 },
      retryBudget: { retriesMin: 0 },
    });
    await expect(executor.execute('a', failing)).rejects.toThrow('down');
    for (let call = 0; call < 20; call += 1) await executor.execute('b', async () => 1);
    const retried = executor.execute('b', ({ number }) =>
      number === 1 ? failing() : Promise.resolve(number),
    );
    await clock.advance(10);
    expect(await retried).toBe(2);
  });
});

describe('a bulkhead', () => {
  const options = { bulkheads: { db: { concurrencyMax: 2, queueMax: 2 } } };

  test('lets so many attempts run, queues so many in their order, and refuses the next at once', async () => {
    const { executor, clock } = setUp(options);
    const { open, wait } = gates();
    const order: number[] = [];
    const calls = [1, 2, 3, 4].map((call) =>
      executor.execute('db', async () => {
        order.push(call);
        await wait();
      }),
    );
    await tick(clock);
    expect(order).toEqual([1, 2]);
    await expect(executor.execute('db', wait)).rejects.toMatchObject({
      code: 'exhausted',
      details: { bulkhead: 'db', concurrency_max: 2, queue_max: 2 },
    });
    open[1]?.();
    await tick(clock);
    expect(order).toEqual([1, 2, 3]);
    for (let gate = 0; gate < 4; gate += 1) {
      open[gate]?.();
      await tick(clock);
    }
    await Promise.all(calls);
    expect(order).toEqual([1, 2, 3, 4]);
  });

  test('is shared by operations that name it, left out with false, and gives the place back during a retry’s wait', async () => {
    const { executor, clock } = setUp({
      retry: { baseMs: 100, jitter: 'none', retriesMax: 1 },
      bulkheads: { db: { concurrencyMax: 1 } },
    });
    const retried = executor.execute(
      'read',
      ({ number }) => (number === 1 ? failing() : Promise.resolve('late')),
      {
        bulkhead: 'db',
      },
    );
    await tick(clock);
    expect(await executor.execute('write', async () => 'between', { bulkhead: 'db' })).toBe('between');
    const { open, wait } = gates();
    void executor.execute('hold', wait, { bulkhead: 'db' });
    expect(await executor.execute('db', async () => 'free', { bulkhead: false })).toBe('free');
    open[0]?.();
    await clock.advance(100);
    expect(await retried).toBe('late');
  });

  test('keeps nothing of a call whose caller cancels or whose deadline passes while it waits', async () => {
    const { executor, clock } = setUp(options);
    const { open, wait } = gates();
    for (let call = 0; call < 2; call += 1) void executor.execute('db', wait);
    const cancelling = new AbortController();
    let begun = 0;
    const begin = async (): Promise<number> => (begun += 1);
    const cancelled = executor.execute('db', begin, { signal: cancelling.signal }).catch(codeOf);
    const late = executor.execute('db', begin, { deadlineMs: 30 }).catch(codeOf);
    await tick(clock);
    cancelling.abort();
    await clock.advance(30);
    expect(await Promise.all([cancelled, late])).toEqual(['cancelled', 'timeout']);
    for (const each of open) each();
    expect(await executor.execute('db', begin)).toBe(1);
    expect(clock.pending).toBe(0);
  });

  test('does not keep the place of a call that the circuit refuses', async () => {
    const { executor } = setUp({ bulkheads: { db: { concurrencyMax: 1 } }, breaker: { failuresToOpen: 1 } });
    await executor.execute('db', failing).catch(codeOf);
    const refusals = await Promise.all([1, 2, 3].map(() => executor.execute('db', failing).catch(codeOf)));
    expect(refusals).toEqual(['circuit_open', 'circuit_open', 'circuit_open']);
  });
});

describe('a persistent call', () => {
  test('makes the attempt as soon as a probe may pass, and what was refused took no retry', async () => {
    const { executor, clock } = setUp({ breaker: { failuresToOpen: 1, openMs: 62_000 } });
    await executor.execute('call', failing).catch(codeOf);
    let attemptedAt = 0;
    const waiting = executor.execute(
      'call',
      async ({ number }) => {
        attemptedAt = clock.monotonic();
        return number;
      },
      { persistent: true },
    );
    await clock.advance(61_999);
    expect(attemptedAt).toBe(0);
    await clock.advance(1);
    expect([await waiting, attemptedAt]).toEqual([1, 62_000]);
  });

  test('goes on within five seconds after somebody has released the circuit', async () => {
    const { executor, clock } = setUp({});
    executor.breaker('call').isolate();
    const waiting = executor.execute('call', async () => clock.monotonic(), { persistent: true });
    await clock.advance(12_000);
    executor.breaker('call').reset();
    await clock.advance(5_000);
    expect(await waiting).toBe(15_000);
  });

  test('waits no longer than its deadline and its caller, and holds no place in the bulkhead meanwhile', async () => {
    const { executor, clock } = setUp({ bulkheads: { call: { concurrencyMax: 1 } } });
    executor.breaker('call').isolate();
    const late = executor.execute('call', failing, { persistent: true, deadlineMs: 12_000 }).catch(codeOf);
    const leaving = new AbortController();
    const left = executor
      .execute('call', failing, { persistent: true, signal: leaving.signal })
      .catch(codeOf);
    const passing = executor.execute('call', async () => 'past it', { breaker: false });
    expect(await passing).toBe('past it');
    leaving.abort();
    expect(await left).toBe('cancelled');
    await clock.advance(10_000);
    expect(await late).toBe('circuit_open');
    expect(clock.pending).toBe(0);
  });
});

describe('a storm on a dead backend', () => {
  test('lets a thousand concurrent calls make no more probes than the permit, in every half-open time', async () => {
    const { executor, clock } = setUp({ breaker: { failuresToOpen: 1, openMs: 60_000 } });
    await executor.execute('call', failing).catch(codeOf);
    for (let round = 0; round < 3; round += 1) {
      await clock.advance(60_000);
      const { open, wait } = gates();
      const results = Array.from({ length: 1_000 }, () =>
        executor.execute('call', () => wait().then(failing)).catch(codeOf),
      );
      await tick(clock);
      expect(open).toHaveLength(3);
      for (const each of open) each();
      const codes = await Promise.all(results);
      expect(codes.filter((code) => code === 'circuit_open')).toHaveLength(997);
    }
  });

  test('reaches it at most 1.1 times as often as threshold and permitted probes allow', async () => {
    const { executor, clock } = setUp({
      retry: { baseMs: 1_000, retriesMax: 3 },
      breaker: { failuresToOpen: 5, openMs: 60_000 },
    });
    let reached = 0;
    const dead = (): Promise<never> => {
      reached += 1;
      return failing();
    };
    const minutes = 60;
    for (let second = 0; second < 60 * minutes; second += 1) {
      for (let caller = 0; caller < 3; caller += 1) void executor.execute('call', dead).catch(codeOf);
      await clock.advance(1_000);
    }
    // Five failures, and after each minute of waiting three probes at most.
    expect(reached).toBeLessThanOrEqual(1.1 * (5 + 3 * minutes));
    expect(reached).toBeGreaterThan(minutes / 2);
  });
});
