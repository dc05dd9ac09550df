import { describe, expect, test } from 'vitest';
import { failing, failureOf, periscopeWorld } from './testing/periscope-world.ts';

describe('a call through a periscope', () => {
  test('is made four times, 1, 2 and 4 seconds apart, by execute and executeWithRetry alike', async () => {
    for (const name of ['execute', 'executeWithRetry'] as const) {
      const { periscope, clock } = periscopeWorld();
      const times: number[] = [];
      const call = failureOf(
        periscope[name]('call', () => {
          times.push(clock.monotonic());
          return failing();
        }),
      );
      await clock.advance(60_000);
      expect(await call).toMatchObject({ message: 'down' });
      expect(times).toEqual([0, 1_000, 3_000, 7_000]);
    }
  });

  test('waits a random part of the time unless told otherwise, and stays within the retry budget', async () => {
    const { periscope, clock, of } = periscopeWorld({ retry: {}, breaker: { failuresToOpen: false } });
    const times: number[] = [];
    const calls = Array.from({ length: 20 }, () =>
      failureOf(
        periscope.execute('call', ({ number }) => {
          if (number === 2) times.push(clock.monotonic());
          return failing();
        }),
      ),
    );
    await clock.advance(60_000);
    await Promise.all(calls);
    expect(new Set(times).size).toBe(times.length);
    expect(Math.max(...times)).toBeLessThan(1_000);
    expect(of('call')).toMatchObject({ calls: 20, retries: 10, failures: 20 });
    expect(of('call')?.retriesDenied).toBeGreaterThan(0);
  });

  test('is answered by its fallback when it fails for good, and counts as failed and as answered by it', async () => {
    const { periscope, of } = periscopeWorld({ retry: false });
    const answer = await periscope.execute('call', failing, {
      fallback: (error) => `instead: ${String(error)}`,
    });
    expect(answer).toBe('instead: Error: down');
    const wrong = (): never => {
      throw new RangeError('the fallback is wrong');
    };
    expect(await failureOf(periscope.execute('call', failing, { fallback: wrong }))).toBeInstanceOf(
      RangeError,
    );
    expect(await periscope.execute('call', async () => 1, { fallback: () => 2 })).toBe(1);
    expect(of('call')).toMatchObject({ calls: 3, failures: 2, successes: 1, fallbacks: 2 });
  });

  test('hands the arguments of a wrapped function on, under the function’s name or another', async () => {
    const { periscope, of } = periscopeWorld();
    const add = async (a: number, b: number): Promise<number> => a + b;
    expect(await periscope.wrap(add)(2, 3)).toBe(5);
    expect(await periscope.wrap(add, 'sum')(3, 4)).toBe(7);
    expect(of('add')?.calls).toBe(1);
    expect(of('sum')?.calls).toBe(1);
    expect(() => periscope.wrap(async () => 1)).toThrow(expect.objectContaining({ code: 'invalid_options' }));
  });

  test('makes no signal unless its function reads it', async () => {
    const { periscope } = periscopeWorld({ timeoutMs: 1_000 });
    const original = globalThis.AbortController;
    let made = 0;
    class Counting extends original {
      constructor() {
        super();
        made += 1;
      }
    }
    globalThis.AbortController = Counting;
    try {
      await periscope.execute('call', async () => 1);
      expect(made).toBe(0);
      await periscope.execute('call', async (attempt) => attempt.signal.aborted);
      expect(made).toBe(1);
    } finally {
      globalThis.AbortController = original;
    }
  });
});

describe('calls with an idempotency key', () => {
  test('share one run while it is under way, and its result for a while after', async () => {
    const { periscope, clock, of } = periscopeWorld({ limits: { idempotencyMs: 1_000 } });
    let runs = 0;
    const pay = async (): Promise<number> => {
      await clock.sleep(100);
      return (runs += 1);
    };
    const call = (key: string): Promise<number> => periscope.execute('pay', pay, { idempotencyKey: key });
    const together = Promise.all([call('a'), call('a'), call('b')]);
    await clock.advance(100);
    expect(await together).toEqual([1, 1, 2]);
    await clock.advance(999);
    expect(await call('a')).toBe(1);
    await clock.advance(1);
    const again = call('a');
    await clock.advance(100);
    expect(await again).toBe(3);
    expect(of('pay')?.calls).toBe(3);
  });

  test('share a failure with those who waited for it, and run again afterwards', async () => {
    const { periscope, clock } = periscopeWorld({ retry: false });
    let runs = 0;
    const pay = async (): Promise<number> => {
      runs += 1;
      if (runs === 1) throw new Error('down');
      return runs;
    };
    const options = { idempotencyKey: 'a' };
    const first = Promise.all([1, 2].map(() => failureOf(periscope.execute('pay', pay, options))));
    await clock.advance(0);
    expect(await first).toMatchObject([{ message: 'down' }, { message: 'down' }]);
    expect(runs).toBe(1);
    expect(await periscope.execute('pay', pay, options)).toBe(2);
  });

  test('of two operations are apart, and a caller’s own signal ends that caller’s waiting only', async () => {
    const { periscope, clock } = periscopeWorld();
    const slow = (answer: string) => () => clock.sleep(50).then(() => answer);
    const leaving = new AbortController();
    const a = periscope.execute('a', slow('a'), { idempotencyKey: 'k' });
    const b = periscope.execute('b', slow('b'), { idempotencyKey: 'k' });
    const second = failureOf(
      periscope.execute('a', slow('?'), { idempotencyKey: 'k', signal: leaving.signal }),
    );
    await clock.advance(10);
    leaving.abort();
    expect(await second).toMatchObject({ code: 'cancelled' });
    await clock.advance(40);
    expect([await a, await b]).toEqual(['a', 'b']);
  });

  test('are bounded: the oldest result goes first, and with all under way a further key is refused', async () => {
    const { periscope, clock } = periscopeWorld({ limits: { idempotencyKeysMax: 2 } });
    let runs = 0;
    const call = (key: string, ms: number): Promise<number> =>
      periscope.execute('pay', () => clock.sleep(ms).then(() => (runs += 1)), { idempotencyKey: key });
    const both = [call('a', 10), call('b', 100)];
    await clock.advance(20);
    const third = call('c', 100);
    await clock.advance(20);
    expect(await failureOf(call('d', 1))).toMatchObject({ code: 'exhausted' });
    const again = call('b', 1);
    await clock.advance(100);
    expect(await Promise.all([...both, third, again])).toEqual([1, 2, 3, 2]);
  });
});

describe('a tracked scope', () => {
  test('counts as one call with its duration, and succeeds only when it says so', async () => {
    const { periscope, clock, of } = periscopeWorld();
    {
      await using scope = periscope.track('import');
      await Promise.all([clock.advance(70), clock.sleep(70)]);
      scope.succeed();
    }
    const left = async (): Promise<void> => {
      await using scope = periscope.track('import');
      await failing();
      scope.succeed();
    };
    await failureOf(left());
    expect(of('import')).toMatchObject({ calls: 2, successes: 1, failures: 1, running: 0 });
    expect(of('import')?.latency.maxMs).toBe(70);
  });

  test('is refused by an open circuit, and opens it with its failures', async () => {
    const { periscope, of } = periscopeWorld({ breaker: { failuresToOpen: 2 } });
    for (let turn = 0; turn < 2; turn += 1) {
      await using scope = periscope.track('import');
      scope.fail(new Error('down'));
      scope.succeed();
    }
    expect(() => periscope.track('import')).toThrow(expect.objectContaining({ code: 'circuit_open' }));
    expect(of('import')).toMatchObject({ calls: 3, failures: 3, refused: 1, breakerState: 'open' });
    expect(periscope.getRecentErrors()[1]).toMatchObject({ errorMessage: 'down' });
  });
});
