import { describe, expect, test } from 'vitest';
import type { Logger } from '../kernel/index.ts';
import type { BreakerChange } from './breaker.ts';
import { createPeriscope } from './create-periscope.ts';
import { failing, failureOf, periscopeWorld } from './testing/periscope-world.ts';

const noRetries = { retry: false, breaker: { failuresToOpen: 5 } } as const;
const letters = (total: number) => ({ list: () => Promise.resolve({ items: ['letter'], total }) });

function logTo(lines: string[]): Logger {
  const write = (level: string) => (message: string) => void lines.push(`${level}: ${message}`);
  const [debug, info, warn, error] = ['debug', 'info', 'warn', 'error'].map(write);
  const log = { debug, info, warn, error, child: () => log } as Logger;
  return log;
}

describe('the health of a periscope', () => {
  test('is good before the first call', async () => {
    const { periscope } = periscopeWorld({}, { deadLetters: letters(100) });
    expect(await periscope.health({ deep: true })).toMatchObject({
      status: 'healthy',
      alerts: [],
      circuitBreaker: { state: 'disabled', failureCount: 0 },
      deadLetterQueueSize: 100,
      metrics: { requests: { total: 0, successRate: 1 } },
      timestamp: '2026-01-01T00:00:00.000Z',
    });
  });

  test('is degraded by an error rate over 10 % from the twentieth call on, and recovers with the window', async () => {
    const { periscope, clock } = periscopeWorld(noRetries);
    const call = (fails: boolean): Promise<unknown> =>
      failureOf(periscope.execute('call', fails ? failing : async () => 1));
    for (let turn = 0; turn < 19; turn += 1) await call(turn < 2);
    expect((await periscope.health()).status).toBe('healthy');
    await call(false);
    expect((await periscope.health()).status).toBe('healthy');
    await call(true);
    await call(false);
    const { status, alerts, operations } = await periscope.health();
    expect(status).toBe('degraded');
    expect(alerts).toMatchObject([{ code: 'error_rate', subject: 'call', status: 'degraded' }]);
    expect(alerts[0]?.message).toBe('3 of 22 calls of the last five minutes failed (13.6 %).');
    expect(alerts[0]?.clears).toContain('10 %');
    expect(operations).toEqual([{ operation: 'call', status: 'degraded', alerts }]);
    await clock.advance(300_000);
    expect((await periscope.health()).status).toBe('healthy');
  });

  test('is unhealthy from three failures in a row on, since the first of them, until a call succeeds', async () => {
    const { periscope, clock } = periscopeWorld(noRetries);
    for (let turn = 0; turn < 3; turn += 1) {
      expect((await periscope.health()).status).toBe('healthy');
      await clock.advance(1_000);
      await failureOf(periscope.execute('call', failing));
    }
    expect((await periscope.health()).alerts).toMatchObject([
      { status: 'unhealthy', code: 'consecutive_failures', since: '2026-01-01T00:00:01.000Z' },
    ]);
    await periscope.execute('call', async () => 1);
    expect((await periscope.health()).status).toBe('healthy');
  });

  test('is critical while a circuit is open, whatever milder reasons there are besides', async () => {
    const { periscope, clock } = periscopeWorld(noRetries, { deadLetters: letters(101) });
    const slow = periscope.execute('slow', () => clock.sleep(5_001));
    await clock.advance(5_001);
    await slow;
    for (let turn = 0; turn < 5; turn += 1) await failureOf(periscope.execute('call', failing));
    const { status, alerts, circuitBreaker } = await periscope.health();
    expect(status).toBe('critical');
    expect(alerts.map(({ code, status: each }) => [code, each])).toEqual([
      ['circuit_open', 'critical'],
      ['consecutive_failures', 'unhealthy'],
      ['slow', 'degraded'],
      ['dead_letters', 'degraded'],
    ]);
    expect(circuitBreaker.state).toBe('open');
    await clock.advance(60_000);
    expect((await periscope.health()).alerts).toMatchObject([
      { code: 'consecutive_failures' },
      { code: 'slow' },
      { code: 'circuit_half_open', status: 'degraded' },
      { code: 'dead_letters' },
    ]);
  });

  test('remembers since when a reason has been there, and begins anew after it was gone', async () => {
    let total = 101;
    const deadLetters = { list: () => Promise.resolve({ items: [], total }) };
    const { periscope, clock } = periscopeWorld({}, { deadLetters });
    const since = async (): Promise<string | undefined> => (await periscope.health()).alerts[0]?.since;
    expect(await since()).toBe('2026-01-01T00:00:00.000Z');
    await clock.advance(5_000);
    expect(await since()).toBe('2026-01-01T00:00:00.000Z');
    total = 100;
    expect(await since()).toBeUndefined();
    total = 101;
    expect(await since()).toBe('2026-01-01T00:00:05.000Z');
  });

  test('keeps to other limits, and shows dead letters that can not be counted', async () => {
    const deadLetters = { list: () => Promise.reject(new Error('the bus is closed')) };
    const { periscope } = periscopeWorld(
      { ...noRetries, health: { consecutiveFailures: 1 } },
      { deadLetters },
    );
    await failureOf(periscope.execute('call', failing));
    const { alerts } = await periscope.health();
    expect(alerts.map(({ status, message }) => [status, message])).toEqual([
      ['unhealthy', 'The last 1 calls failed.'],
      ['degraded', 'The dead letters could not be counted: the bus is closed'],
    ]);
  });

  test('asks dependencies all at once, each with its deadline, and at most once a second', async () => {
    let asked = 0;
    const aborted: boolean[] = [];
    const dependencies = [
      { name: 'redis', check: () => Promise.resolve((asked += 1)) },
      { name: 'database', check: () => Promise.reject(new Error('refused')), absence: 'critical' as const },
      {
        name: 'model',
        deadlineMs: 300,
        absence: 'degraded' as const,
        check: (signal: AbortSignal) => {
          signal.addEventListener('abort', () => aborted.push(true));
          return new Promise(() => undefined);
        },
      },
    ];
    const { periscope, clock } = periscopeWorld({}, { dependencies });
    expect((await periscope.health()).dependencies).toEqual([]);
    const deep = Promise.all([periscope.health({ deep: true }), periscope.health({ deep: true })]);
    await clock.advance(300);
    const [first] = await deep;
    expect(first?.status).toBe('critical');
    expect(first?.dependencies).toEqual([
      { name: 'redis', status: 'healthy', durationMs: 0, error: null },
      { name: 'database', status: 'critical', durationMs: 0, error: 'refused' },
      { name: 'model', status: 'degraded', durationMs: 300, error: '"model" did not answer within 300 ms.' },
    ]);
    expect(aborted).toEqual([true]);
    await clock.advance(699);
    await periscope.health({ deep: true });
    expect(asked).toBe(1);
    await clock.advance(1);
    const again = periscope.health({ deep: true });
    await clock.advance(300);
    await again;
    expect(asked).toBe(2);
    expect(clock.pending).toBe(0);
  });
});

describe('the surroundings of a periscope', () => {
  test('are answered all together, a source that is missing or fails with the reason in words', async () => {
    const systemStats = () => Promise.reject(new Error('no /proc'));
    const { periscope } = periscopeWorld(noRetries, { systemStats, deadLetters: letters(1) });
    await failureOf(periscope.execute('call', failing));
    const all = await periscope.getComprehensiveHealth();
    expect(all).toMatchObject({
      periscope: { status: 'healthy' },
      monitoring: { requests: { failed: 1 }, threats: { ingested: 0 } },
      system: { error: 'no /proc' },
      recentErrors: [{ operation: 'call' }],
      errorGroups: [{ occurrences: 1 }],
      deadLetterQueueSize: 1,
    });
    expect(all.gpu).toMatchObject({ error: expect.stringContaining('gpuStats') as string });
    expect(await periscope.getDeadLetterQueue(5)).toEqual(['letter']);
  });

  test('are measured by Node where nobody gives figures', async () => {
    const stats = await createPeriscope().getSystemStats();
    expect(stats).toMatchObject({ processMemoryMb: expect.any(Number) as number });
    for (const value of Object.values(stats)) expect(value).toBeGreaterThanOrEqual(0);
  });

  test('are written for people, in colours at a terminal and without elsewhere', async () => {
    const texts: string[] = [];
    const write = (text: string): void => void texts.push(text);
    for (const isTTY of [true, false]) {
      const { periscope } = periscopeWorld({ ...noRetries, breaker: {} }, { output: { write, isTTY } });
      for (let turn = 0; turn < 5; turn += 1) await failureOf(periscope.execute('call', failing));
      await periscope.execute('other', async () => 1);
      expect(texts).toHaveLength(isTTY ? 0 : 1);
      await periscope.logMetrics();
    }
    const [coloured = '', plain = ''] = texts;
    expect(plain).toContain('Periscope  critical');
    expect(plain).toMatch(/call +5 +5 +0 .* open/);
    // eslint-disable-next-line no-control-regex -- Colours are control characters.
    expect(coloured.replaceAll(/\u001B\[\d+m/g, '')).toBe(plain);
    expect(coloured).not.toBe(plain);
  });

  test('hear of every change of a circuit, in the log and by a listener, whose mistakes do no harm', async () => {
    const lines: string[] = [];
    const changes: string[] = [];
    const onBreakerChange = ({ name, from, to }: BreakerChange): void => {
      changes.push(`${name}: ${from} → ${to}`);
      throw new Error('a wrong listener');
    };
    const { periscope, clock } = periscopeWorld(
      { retry: false, breaker: { failuresToOpen: 1, successesToClose: 1 } },
      { log: logTo(lines), onBreakerChange },
    );
    expect(await failureOf(periscope.execute('call', failing))).toMatchObject({ message: 'down' });
    await clock.advance(60_000);
    expect(await periscope.execute('call', async () => 'back')).toBe('back');
    expect(changes).toEqual(['call: closed → open', 'call: open → half-open', 'call: half-open → closed']);
    const wrong = 'error: A listener of changes of circuits threw.';
    expect(lines).toEqual([
      'warn: The circuit "call" has opened.',
      wrong,
      'info: The circuit "call" is half-open.',
      wrong,
      'info: The circuit "call" is closed.',
      wrong,
    ]);
  });

  test('are reported to the log at the interval that was asked for, from start to stop', async () => {
    const lines: string[] = [];
    const log = logTo(lines);
    const { periscope, clock } = periscopeWorld({ ...noRetries, reportEverySeconds: 60 }, { log });
    await clock.advance(60_000);
    expect(lines).toEqual([]);
    await periscope.start();
    await clock.advance(60_000);
    for (let turn = 0; turn < 3; turn += 1) await failureOf(periscope.execute('call', failing));
    await clock.advance(60_000);
    expect(lines).toEqual(['info: All operations are healthy.', 'warn: Operations are unhealthy.']);
    await periscope.stop();
    await periscope.stop();
    expect(clock.pending).toBe(0);
    expect(periscope.state).toBe('stopped');
    expect(await periscope.execute('call', async () => 'still')).toBe('still');
  });

  test('are refused with wrong options', () => {
    const wrong = { reportEverySeconds: 0.1 };
    const unknown = { retries: 3 } as object;
    for (const options of [wrong, unknown, { breaker: { openMs: -1 } }, { limits: { recentErrorsMax: 0 } }]) {
      expect(() => createPeriscope(options)).toThrow(expect.objectContaining({ code: 'invalid_options' }));
    }
  });
});
