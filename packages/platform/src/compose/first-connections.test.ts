import { RaptorFlowError, type Logger } from 'raptorflow/kernel';
import { createFakeClock, type FakeClock } from 'raptorflow/kernel/testing';
import { createPeriscope, type Periscope } from 'raptorflow/resilience';
import { beforeEach, describe, expect, it } from 'vitest';
import { createFirstConnections, type FirstConnections } from './first-connections.ts';

const absent = new RaptorFlowError('unavailable', 'Redis cannot be reached (refused).');
let clock: FakeClock;
let periscope: Periscope;
let said: string[];

function connections(waitSeconds: number, signal?: AbortSignal): FirstConnections {
  const say =
    (level: string) =>
    (message: string): void => {
      said.push(`${level} ${message}`);
    };
  const log: Logger = {
    debug: say('debug'),
    info: say('info'),
    warn: say('warn'),
    error: say('error'),
    child: () => log,
  };
  return createFirstConnections({ waitSeconds, signal }, { executor: periscope, clock, log });
}

async function pass(seconds: number): Promise<void> {
  for (let tenth = 0; tenth < seconds * 10; tenth += 1) await clock.advance(100);
}

beforeEach(() => {
  clock = createFakeClock();
  periscope = createPeriscope({ retryBudget: { share: 0, retriesMin: 0 } }, { clock });
  said = [];
});

describe('the first connection to a server', () => {
  it('is an operation, made once and without a word where the server is there', async () => {
    expect(await connections(30).make('postgres', async () => 'link')).toBe('link');
    expect(said).toEqual([]);
    expect(periscope.getMetricsSummary().operations).toMatchObject([
      { operation: 'connect:postgres', calls: 1, attempts: 1, successes: 1, circuits: [] },
    ]);
  });

  it('is tried again until the server is there, which is said once, with what is wrong and how long it waits', async () => {
    let attempts = 0;
    const made = connections(30).make('redis', async () => {
      attempts += 1;
      if (clock.monotonic() < 20_000) throw absent;
      return 'link';
    });
    await pass(25);
    expect(await made).toBe('link');
    expect(attempts).toBeGreaterThan(10);
    expect(said).toEqual([
      `warn ${absent.message} The start waits for it, up to 30 s from its first attempt (CONNECT_WAIT_SECONDS).`,
      'info Redis answers.',
    ]);
  });

  it('fails with the last failure itself when the time is over', async () => {
    const made = connections(3).make('redis', () => Promise.reject(absent));
    const ended = made.catch((error: unknown) => [error, clock.monotonic()]);
    await pass(4);
    const [error, at] = (await ended) as [unknown, number];
    expect(error).toBe(absent);
    expect(at).toBeLessThanOrEqual(3_000);
    expect(clock.pending).toBe(0);
  });

  it('lets an attempt that has begun end in its own time, with its own words', async () => {
    const slow = async (): Promise<never> => {
      await clock.sleep(4_000);
      throw absent;
    };
    const ended = connections(3)
      .make('redis', slow)
      .catch((error: unknown) => error);
    await pass(5);
    expect(await ended).toBe(absent);
  });

  it('is made once only where nobody is to wait, or what is wrong does not mend itself', async () => {
    await expect(connections(0).make('redis', () => Promise.reject(absent))).rejects.toBe(absent);
    const wrong = new RaptorFlowError('unavailable', 'WRONGPASS', { retryable: false });
    await expect(connections(30).make('redis', () => Promise.reject(wrong))).rejects.toBe(wrong);
    expect(said).toEqual([]);
    expect(periscope.getMetricsSummary().operations).toMatchObject([{ calls: 2, attempts: 2 }]);
  });

  it('ends at once when the start is interrupted, or another part of it has failed', async () => {
    const interruption = new AbortController();
    const ends: unknown[] = [];
    const some = connections(30, interruption.signal);
    const others = connections(30);
    for (const each of [some, others]) {
      each.make('postgres', () => Promise.reject(absent)).catch((error: unknown) => ends.push(error));
    }
    await pass(5);
    interruption.abort();
    others.giveUp();
    await clock.advance(0);
    const cancelled = { code: 'cancelled', message: 'The start was ended while it waited for PostgreSQL.' };
    expect(ends).toMatchObject([cancelled, cancelled]);
    expect(clock.pending).toBe(0);
  });
});
