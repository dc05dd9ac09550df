import { describe, expect, test } from 'vitest';
import { RaptorFlowError, seededRandom } from '../kernel/index.ts';
import { createFakeClock, type FakeClock } from '../kernel/testing/index.ts';
import { createMetrics, type Metrics } from '../metrics/index.ts';
import type { Attempt } from './attempt.ts';
import type { ExecutorOptions } from './engine-settings.ts';
import { createExecutor, type Executor } from './executor.ts';
import { retry } from './retry.ts';

const schedule = { baseMs: 1_000, jitter: 'none', retriesMax: 3 } as const;

function setUp(options: ExecutorOptions = {}): { executor: Executor; clock: FakeClock; metrics: Metrics } {
  const clock = createFakeClock();
  const metrics = createMetrics({}, { clock });
  const deps = { clock, meter: metrics, random: seededRandom(1) };
  return { executor: createExecutor({ retry: schedule, ...options }, deps), clock, metrics };
}

/** Notes how a promise ends, so that a test may move the clock meanwhile. */
function watch<T>(promise: Promise<T>): { value?: T; error?: unknown; done: boolean } {
  const seen: { value?: T; error?: unknown; done: boolean } = { done: false };
  promise.then(
    (value) => Object.assign(seen, { value, done: true }),
    (error: unknown) => Object.assign(seen, { error, done: true }),
  );
  return seen;
}

const failing = (): Promise<never> => Promise.reject(new Error('down'));

function value(metrics: Metrics, name: string, operation: string): unknown {
  const metric = metrics.snapshot().metrics.find((each) => each.definition.name === name);
  return metric?.series.find((each) => each.tags['operation'] === operation)?.value;
}

describe('an executor', () => {
  test('makes four attempts one, two and four seconds apart, then rejects with the last failure itself', async () => {
    const { executor, clock, metrics } = setUp();
    const times: number[] = [];
    const seen = watch(
      executor.execute('call', async (attempt) => {
        times.push(clock.monotonic());
        throw new Error(`down ${attempt.number}`);
      }),
    );
    await clock.advance(10_000);
    expect(times).toEqual([0, 1_000, 3_000, 7_000]);
    expect(seen.error).toMatchObject({ message: 'down 4' });
    expect(value(metrics, 'operation_attempts', 'call')).toBe(4);
    expect(value(metrics, 'operation_retries', 'call')).toBe(3);
    expect(value(metrics, 'operation_calls', 'call')).toBe(1);
    expect(value(metrics, 'operation_failures', 'call')).toBe(1);
    expect(value(metrics, 'operation_attempt_ms', 'call')).toMatchObject({ count: 4, max: 0 });
  });

  test('does not repeat a permanent failure, and does not blame the other side for it', async () => {
    const { executor } = setUp({ breaker: { failuresToOpen: 1 } });
    const refused = new RaptorFlowError('invalid_input', 'no');
    let attempts = 0;
    await expect(
      executor.execute('call', async () => {
        attempts += 1;
        throw refused;
      }),
    ).rejects.toBe(refused);
    expect(attempts).toBe(1);
    expect(executor.breaker('call').state()).toEqual({ kind: 'closed', failures: 0 });
  });

  test('waits as long as a throttling side asks', async () => {
    const { executor, clock } = setUp();
    const seen = watch(
      executor.execute('call', async ({ number }) => {
        if (number === 1) throw new RaptorFlowError('exhausted', 'slow down', { retryAfterMs: 5_000 });
        return clock.monotonic();
      }),
    );
    await clock.advance(4_999);
    expect(seen.done).toBe(false);
    await clock.advance(1);
    expect(seen.value).toBe(5_000);
  });

  test('ends an attempt that takes too long, aborts its signal, and tries again', async () => {
    const { executor, clock } = setUp({ timeoutMs: 200 });
    const signals: AbortSignal[] = [];
    const hang = async (attempt: Attempt): Promise<string> => {
      signals.push(attempt.signal);
      if (attempt.number === 2) return 'answered';
      return new Promise<string>(() => undefined);
    };
    const seen = watch(executor.execute('call', hang));
    await clock.advance(200);
    expect(signals[0]?.aborted).toBe(true);
    expect(signals[0]?.reason).toMatchObject({ code: 'timeout' });
    await clock.advance(1_000);
    expect(seen.value).toBe('answered');
    await clock.advance(50);
    expect(clock.pending).toBe(0);
  });

  test('keeps the whole call inside its deadline: no wait reaches beyond, and the last attempt is cut', async () => {
    const { executor, clock } = setUp();
    const early = watch(executor.execute('call', failing, { deadlineMs: 900 }));
    await clock.advance(0);
    expect(early.error).toMatchObject({ message: 'down' });
    const late = watch(
      executor.execute('other', ({ number }) => (number === 1 ? failing() : new Promise(() => undefined)), {
        deadlineMs: 1_500,
      }),
    );
    await clock.advance(1_500);
    expect(late.error).toMatchObject({ code: 'timeout', details: { timeout_ms: 500 } });
  });

  test('asks the breaker before every attempt, and fails at once while it is open, with the failure as cause', async () => {
    const { executor, clock, metrics } = setUp({ breaker: { failuresToOpen: 2, openMs: 60_000 } });
    const first = watch(executor.execute('call', failing, { breaker: 'model' }));
    await clock.advance(10_000);
    expect(value(metrics, 'operation_attempts', 'call')).toBe(2);
    expect(first.error).toMatchObject({ code: 'circuit_open', cause: { message: 'down' } });
    const second = watch(executor.execute('call', failing, { breaker: 'model' }));
    await clock.advance(0);
    expect(second.error).toMatchObject({ code: 'circuit_open', retryAfterMs: 51_000 });
    const unguarded = watch(executor.execute('call', async () => 'fine', { breaker: false }));
    await clock.advance(50_999);
    expect(unguarded.value).toBe('fine');
    const probe = watch(executor.execute('call', async () => 'back', { breaker: 'model' }));
    await clock.advance(1);
    expect(probe.error).toMatchObject({ code: 'circuit_open' });
    expect(await executor.execute('call', async () => 'back', { breaker: 'model' })).toBe('back');
    expect(executor.breakers().map((breaker) => [breaker.name, breaker.state().kind])).toEqual([
      ['model', 'half-open'],
    ]);
  });

  test('stops at once when the caller cancels, during an attempt or a wait, and gives a probe back', async () => {
    const { executor, clock } = setUp({ breaker: { failuresToOpen: 1, openMs: 10, probesMax: 1 } });
    const waiting = new AbortController();
    const inWait = watch(executor.execute('call', failing, { signal: waiting.signal, breaker: false }));
    await clock.advance(1);
    waiting.abort();
    await clock.advance(0);
    expect(inWait.error).toMatchObject({ code: 'cancelled' });

    watch(executor.execute('call', failing, { retry: false }));
    await clock.advance(10);
    const running = new AbortController();
    const inAttempt = watch(
      executor.execute('call', () => new Promise(() => undefined), { signal: running.signal }),
    );
    await clock.advance(0);
    expect(executor.breaker('call').state()).toMatchObject({ kind: 'half-open', probes: 1 });
    running.abort();
    await clock.advance(0);
    expect(inAttempt.error).toMatchObject({ code: 'cancelled' });
    expect(executor.breaker('call').state()).toMatchObject({ kind: 'half-open', probes: 0 });
    expect(clock.pending).toBe(0);
  });

  test('blames nobody for a call that its caller cancels, whatever the call’s own classification says', async () => {
    const { executor, clock } = setUp({ breaker: { failuresToOpen: 1 } });
    const cancelling = new AbortController();
    const call = watch(
      executor.execute('call', () => new Promise(() => undefined), {
        signal: cancelling.signal,
        classify: () => ({ kind: 'retryable' }),
      }),
    );
    await clock.advance(0);
    cancelling.abort();
    await clock.advance(60_000);
    expect(call.error).toMatchObject({ code: 'cancelled' });
    expect(executor.breaker('call').state()).toEqual({ kind: 'closed', failures: 0 });
  });

  test('forgets the oldest closed breaker when it holds too many, never an open one before it', async () => {
    const { executor, clock } = setUp({ breakersMax: 2, breaker: { failuresToOpen: 1 }, retry: false });
    watch(executor.execute('bad', failing));
    await clock.advance(0);
    await executor.execute('good', async () => 1);
    await executor.execute('new', async () => 1);
    expect(executor.breakers().map((breaker) => breaker.name)).toEqual(['bad', 'new']);
  });

  test('uses the breaker that it shows, also after it had forgotten the one before', async () => {
    const { executor } = setUp({ breakersMax: 1, breaker: { failuresToOpen: 1 }, retry: false });
    await executor.execute('a', async () => 1);
    await executor.execute('b', async () => 1);
    await executor.execute('a', failing).catch(() => undefined);
    expect(executor.breaker('a').state().kind).toBe('open');
    await expect(executor.execute('a', async () => 1)).rejects.toMatchObject({ code: 'circuit_open' });
  });

  test('refuses wrong options when it is built', () => {
    for (const options of [{ breaker: { openMs: -1 } }, { retry: { factor: 0 } }, { timeoutMs: 0 }]) {
      expect(() => createExecutor(options)).toThrow(expect.objectContaining({ code: 'invalid_options' }));
    }
  });
});

describe('retry', () => {
  test('tells of each failed attempt that it will repeat, and stops before the first when already cancelled', async () => {
    const clock = createFakeClock();
    const notices: number[] = [];
    const seen = watch(
      retry(
        async (attempt) => (attempt < 3 ? failing() : attempt),
        {
          onRetry: ({ attempt }) => notices.push(attempt),
        },
        { clock },
      ),
    );
    await clock.advance(10_000);
    expect(seen.value).toBe(3);
    expect(notices).toEqual([1, 2]);
    const signal = AbortSignal.abort();
    await expect(retry(async () => 1, { signal }, { clock })).rejects.toMatchObject({ code: 'cancelled' });
  });
});
