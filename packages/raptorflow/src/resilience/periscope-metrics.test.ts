import { describe, expect, test } from 'vitest';
import { RaptorFlowError } from '../kernel/index.ts';
import { createMetrics, type OperationSample } from '../metrics/index.ts';
import { failing, failureOf, periscopeWorld } from './testing/periscope-world.ts';

describe('the figures of a periscope', () => {
  test('add up: a call counts once whatever its attempts, a refused one without any, and a running one is neither success nor failure', async () => {
    const { periscope, clock, of } = periscopeWorld({ breaker: { failuresToOpen: 6 } });
    const exhausted = failureOf(periscope.execute('call', failing));
    const saved = periscope.execute('call', ({ number }) => (number < 3 ? failing() : Promise.resolve('ok')));
    await clock.advance(10_000);
    await exhausted;
    expect(await saved).toBe('ok');
    void periscope.execute('call', () => new Promise(() => undefined));
    periscope.breaker('call').isolate();
    await failureOf(periscope.execute('call', failing));
    expect(of('call')).toMatchObject({
      calls: 4,
      running: 1,
      successes: 1,
      failures: 2,
      refused: 1,
      attempts: 4 + 3 + 1,
      retries: 3 + 2,
    });
    expect(periscope.getMetricsSummary().requests).toEqual({
      total: 3,
      successful: 1,
      failed: 2,
      successRate: 1 / 3,
    });
  });

  test('tell how long attempts took, failed ones too, and never the waits between them', async () => {
    const { periscope, clock, of } = periscopeWorld();
    const call = periscope.execute('call', async ({ number }) => {
      await clock.sleep(100 * number);
      if (number < 3) throw new Error('down');
    });
    await clock.advance(10_000);
    await call;
    expect(of('call')?.latency).toMatchObject({ avgMs: 600, minMs: 600, maxMs: 600 });
    expect(periscope.getMetricsSummary().performance).toEqual({ avgMs: 600, minMs: 600, maxMs: 600 });
    const failed = failureOf(periscope.execute('bad', () => clock.sleep(50).then(failing)));
    await clock.advance(10_000);
    await failed;
    expect(of('bad')?.latency).toMatchObject({ avgMs: 200, minMs: 200, maxMs: 200 });
    const text = await periscope.exportPrometheusMetrics();
    expect(text).toContain('operation_attempt_seconds_sum{operation="call"} 0.6');
    expect(text).toContain('operation_attempt_seconds_count{operation="call"} 3');
  });

  test('count as a trip each time that the circuit opens, and nothing else', async () => {
    const { periscope, clock, of } = periscopeWorld({ retry: false, breaker: { failuresToOpen: 2 } });
    for (let call = 0; call < 5; call += 1) await failureOf(periscope.execute('call', failing));
    expect(of('call')).toMatchObject({ breakerTrips: 1, breakerState: 'open', failures: 5, refused: 3 });
    await clock.advance(60_000);
    expect(of('call')?.breakerState).toBe('half_open');
    await failureOf(periscope.execute('call', failing));
    expect(of('call')).toMatchObject({ breakerTrips: 2, breakerState: 'open' });
  });

  test('show circuits that have the name of no operation', async () => {
    const { periscope, of, clock } = periscopeWorld({ retry: false, breaker: { failuresToOpen: 1 } });
    await failureOf(periscope.execute('call', failing, { breaker: 'model:a' }));
    const since = clock.now();
    await clock.advance(1_000);
    expect(periscope.getMetricsSummary().circuits).toEqual([
      { name: 'model:a', state: 'open', failureCount: 0, trips: 1, since, nextProbeInMs: 59_000 },
    ]);
    expect(of('call')).toMatchObject({ breakerState: 'disabled', breakerTrips: 0 });
    expect((await periscope.health()).status).toBe('critical');
    periscope.resetMetrics();
    expect(periscope.getMetricsSummary().circuits).toMatchObject([{ state: 'open', trips: 0 }]);
  });

  test('list with each operation the circuits that its calls have asked, and are kept', async () => {
    const { periscope, of } = periscopeWorld({ retry: false, limits: { breakersMax: 3 } });
    const namesOf = (operation: string) => of(operation)?.circuits.map(({ name }) => name);
    for (const breaker of ['model:a', 'model:b'])
      await periscope.execute('model', async () => 1, { breaker });
    await periscope.execute('free', async () => 1, { breaker: false });
    {
      await using scope = periscope.track('tracked');
      scope.succeed();
    }
    expect([namesOf('model'), namesOf('free'), namesOf('tracked')]).toEqual([
      ['model:a', 'model:b'],
      [],
      ['tracked'],
    ]);
    await periscope.execute('other', async () => 1, { breaker: 'model:b' });
    await periscope.execute('fourth', async () => 1);
    expect([namesOf('model'), namesOf('other'), namesOf('fourth')]).toEqual([
      ['model:b'],
      ['model:b'],
      ['fourth'],
    ]);
  });

  test('name the most frequent types of errors, by code where there is one', async () => {
    const { periscope } = periscopeWorld({ retry: false, breaker: { failuresToOpen: false } });
    for (let call = 0; call < 3; call += 1) await failureOf(periscope.execute('a', failing));
    const invalid = new RaptorFlowError('invalid_input', 'no');
    await failureOf(periscope.execute('b', () => Promise.reject(invalid)));
    expect(periscope.getMetricsSummary().errors.topErrors).toEqual([
      ['Error', 3],
      ['invalid_input', 1],
    ]);
  });

  test('go to Prometheus with types, labels, a histogram, and gauges of circuits and dead letters', async () => {
    const deadLetters = { list: () => Promise.resolve({ items: [], total: 7 }) };
    const { periscope } = periscopeWorld({ retry: false, breaker: { failuresToOpen: 1 } }, { deadLetters });
    await failureOf(periscope.execute('call', failing));
    const text = await periscope.exportPrometheusMetrics();
    for (const line of [
      '# TYPE operation_calls_total counter',
      'operation_calls_total{operation="call"} 1',
      'operation_failures_total{operation="call"} 1',
      '# TYPE operation_attempt_seconds histogram',
      'operation_attempt_seconds_bucket{operation="call",le="+Inf"} 1',
      '# TYPE breaker_state gauge',
      'breaker_state{breaker="call",state="open"} 1',
      'breaker_state{breaker="call",state="closed"} 0',
      'breaker_trips_total{breaker="call"} 1',
      'dead_letters 7',
    ]) {
      expect(text.split('\n')).toContain(line);
    }
  });

  test('go to a meter, and both successes and failures to the log of operations, without waits', async () => {
    const metrics = createMetrics();
    const samples: OperationSample[] = [];
    const operationLog = { dropped: 0, record: (sample: OperationSample) => void samples.push(sample) };
    const { periscope, clock } = periscopeWorld({}, { meter: metrics, operationLog });
    await periscope.execute('good', async () => 1);
    const bad = failureOf(periscope.execute('bad', failing));
    await clock.advance(10_000);
    await bad;
    expect(samples).toMatchObject([
      { operation: 'good', succeeded: true, attempts: 1, durationMs: 0 },
      { operation: 'bad', succeeded: false, attempts: 4, durationMs: 0 },
    ]);
    const text = await metrics.expose('prometheus');
    expect(text).toContain('operation_attempts_total{operation="bad"} 4');
    expect(text).toContain('operation_failures_total{operation="bad"} 1');
  });

  test('start anew after a reset, calls under way included, while circuits keep their state and their settings', async () => {
    const { periscope, clock, of } = periscopeWorld({ retry: false, breaker: { failuresToOpen: 2 } });
    await failureOf(periscope.execute('call', failing));
    const running = periscope.execute('call', () => clock.sleep(10).then(() => 'ok'));
    periscope.resetMetrics();
    expect(of('call')).toMatchObject({ calls: 1, running: 1, attempts: 1, failures: 0 });
    expect(periscope.getRecentErrors()).toEqual([]);
    await clock.advance(10);
    await running;
    expect(of('call')).toMatchObject({ calls: 1, running: 0, attempts: 1, retries: 0, successes: 1 });
    await failureOf(periscope.execute('call', failing));
    expect(periscope.breaker('call').state()).toEqual({ kind: 'closed', failures: 1 });
    await failureOf(periscope.execute('call', failing));
    expect(periscope.breaker('call').state().kind).toBe('open');
  });

  test('of operations beyond the limit are counted together, while their circuits stay apart', async () => {
    const options = { retry: false, limits: { operationsMax: 2 }, breaker: { failuresToOpen: 1 } } as const;
    const { periscope, of } = periscopeWorld(options);
    await periscope.execute('a', async () => 1);
    await periscope.execute('b', async () => 1);
    await failureOf(periscope.execute('c', failing));
    expect(await periscope.execute('other', async () => 'fine')).toBe('fine');
    expect(await periscope.execute('d', async () => 'fine')).toBe('fine');
    expect(of('other')).toMatchObject({ calls: 3, failures: 1, successes: 2 });
    expect(of('c')).toBeUndefined();
    expect(periscope.breaker('c').state().kind).toBe('open');
  });

  test('are nobody else’s: two periscopes share nothing', async () => {
    const [one, two] = [periscopeWorld(), periscopeWorld()];
    await one.periscope.execute('call', async () => 1);
    expect(two.of('call')).toBeUndefined();
  });

  test('are not taken with observe: false, and calls are retried and cut off all the same', async () => {
    const metrics = createMetrics();
    const { periscope, clock } = periscopeWorld(
      { observe: false, breaker: { failuresToOpen: 4 } },
      { meter: metrics },
    );
    const call = failureOf(periscope.execute('call', failing));
    await clock.advance(10_000);
    expect(await call).toMatchObject({ message: 'down' });
    expect(periscope.breaker('call').state().kind).toBe('open');
    expect(periscope.getMetricsSummary()).toMatchObject({ requests: { total: 0 }, operations: [] });
    expect(periscope.getRecentErrors()).toEqual([]);
    expect(metrics.snapshot().metrics).toEqual([]);
  });
});

describe('recent errors', () => {
  test('are the last hundred, newest first, with time in UTC, operation, type and duration', async () => {
    const { periscope, clock } = periscopeWorld({ retry: false, breaker: { failuresToOpen: false } });
    for (let call = 1; call <= 120; call += 1) {
      await failureOf(periscope.execute('call', () => Promise.reject(new Error(`down ${call}`))));
    }
    const failed = failureOf(
      periscope.execute('slow', async () => {
        await clock.sleep(250);
        throw new RaptorFlowError('unavailable', 'gone');
      }),
    );
    await clock.advance(250);
    await failed;
    expect(periscope.getRecentErrors(1_000)).toHaveLength(100);
    expect(periscope.getRecentErrors(2)).toEqual([
      {
        timestamp: '2026-01-01T00:00:00.250Z',
        operation: 'slow',
        errorType: 'unavailable',
        errorMessage: 'gone',
        durationMs: 250,
        fingerprint: 'slow|unavailable|gone',
      },
      expect.objectContaining({ errorMessage: 'down 120' }),
    ]);
  });

  test('are grouped where they differ in numbers and ids only', async () => {
    const { periscope } = periscopeWorld({ retry: false, breaker: { failuresToOpen: false } });
    const messages = ['No row 17', 'No row 4242', 'No row 0a1b-22', 'No column 17'];
    for (const message of messages) {
      await failureOf(periscope.execute('read', () => Promise.reject(new Error(message))));
    }
    expect(periscope.getErrorGroups()).toMatchObject([
      { operation: 'read', occurrences: 3, errorMessage: 'No row 0a1b-22' },
      { operation: 'read', occurrences: 1, errorMessage: 'No column 17' },
    ]);
  });

  test('leave out calls that their own caller cancelled', async () => {
    const { periscope, clock, of } = periscopeWorld();
    const cancelling = new AbortController();
    const call = failureOf(
      periscope.execute('call', () => new Promise(() => undefined), { signal: cancelling.signal }),
    );
    await clock.advance(0);
    cancelling.abort();
    expect(await call).toMatchObject({ code: 'cancelled' });
    expect(periscope.getRecentErrors()).toEqual([]);
    expect(of('call')).toMatchObject({ calls: 1, failures: 1, consecutiveFailures: 0 });
  });
});
