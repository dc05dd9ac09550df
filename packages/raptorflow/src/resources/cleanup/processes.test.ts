import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { RaptorFlowError } from '../../kernel/index.ts';
import type { CleanupScheduler, CleanupStore, CleanupTaskDraft } from '../index.ts';
import { abandoned, claim, linger, takeoversMax } from './claims.ts';
import { noClaims, type Claims } from './record.ts';
import { begin, createWorld, hour, minute, type World } from './testing/world.ts';

let world: World;
beforeEach(() => {
  world = createWorld();
});
afterEach(() => world.end());

const hourly: CleanupTaskDraft = {
  id: 'hourly',
  action: 'sweep',
  trigger: { kind: 'cron', pattern: '0 * * * *' },
};
const times = { leaseMs: 30_000, refreshMs: 10_000 };

interface Mortal {
  readonly scheduler: CleanupScheduler;
  /** From then on nothing of it reaches the store. */
  kill(): void;
  /** What it asks the store waits, as in a process that stands still, until it goes on. */
  stall(): () => void;
}

async function mortal(tasks: readonly CleanupTaskDraft[] = []): Promise<Mortal> {
  let isDead = false;
  let standing: Promise<void> | undefined;
  const store = new Proxy(world.store, {
    get: (target, name: keyof CleanupStore) => {
      const method = target[name] as (...args: unknown[]) => Promise<unknown>;
      return async (...args: unknown[]) => {
        await standing;
        if (isDead && name !== 'close') throw new RaptorFlowError('unavailable', 'Dead.');
        return method.apply(target, args);
      };
    },
  });
  const scheduler = await world.startOn(store, { ...times, tasks });
  return {
    scheduler,
    kill: () => {
      isDead = true;
    },
    stall: () => {
      const { promise, resolve } = Promise.withResolvers<void>();
      standing = promise;
      return () => {
        standing = undefined;
        resolve();
      };
    },
  };
}

describe('several processes on one store', () => {
  test('run each time of a task once', async () => {
    const schedulers = [
      await world.start({ ...times, tasks: [hourly] }),
      await world.start(times),
      await world.start(times),
    ];
    await world.clock.advance(10 * hour);
    const { items } = (await schedulers[0]?.results()) ?? { items: [] };
    expect(items.map(({ occurrenceAt }) => ((occurrenceAt ?? 0) - begin) / hour)).toEqual([
      10, 9, 8, 7, 6, 5, 4, 3, 2, 1,
    ]);
    expect(world.calls).toHaveLength(10);
    expect(world.calls.map(({ context }) => context.fencingToken)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  });

  test('each run what every process has to do for itself', async () => {
    const everywhere: CleanupTaskDraft = { ...hourly, pace: { runsOn: 'every_process' } };
    const first = await world.start({ ...times, tasks: [everywhere] });
    await world.start(times);
    await world.clock.advance(2 * hour);
    expect(world.calls).toHaveLength(4);
    expect(await first.get('hourly')).toMatchObject({ runs: 4, successes: 4 });
    const processes = (await first.results()).items.map(({ processId }) => processId);
    expect(new Set(processes).size).toBe(2);
  });

  test('do not overlap, neither by time nor by hand', async () => {
    const first = await world.start({ ...times, tasks: [hourly] });
    const second = await world.start(times);
    world.work = ({ context }) => world.clock.sleep(30 * minute, context.signal);
    await first.update('hourly', { attempts: { timeoutMs: hour } });
    await world.clock.advance(hour + minute);
    await expect(first.run('hourly')).rejects.toMatchObject({ code: 'conflict' });
    await expect(second.run('hourly')).rejects.toMatchObject({ code: 'conflict' });
    expect((await second.get('hourly')).isRunning).toBe(true);
    expect(world.calls).toHaveLength(1);
  });
});

describe('a process that dies', () => {
  test('leaves its run to another one once its lease has ended, and its own result does not count', async () => {
    const { kill } = await mortal([hourly]);
    const other = await world.start(times);
    world.work = ({ context }) => world.clock.sleep(context.fencingToken === 1 ? 5 * minute : 0);
    await world.clock.advance(hour + 1_000);
    expect(world.calls).toHaveLength(1);
    kill();
    await world.clock.advance(40_000);
    expect(world.calls.map(({ context }) => [context.occurrenceAt, context.fencingToken])).toEqual([
      [begin + hour, 1],
      [begin + hour, 2],
    ]);
    await world.clock.advance(10 * minute);
    expect((await other.results()).items).toMatchObject([{ occurrenceAt: begin + hour, success: true }]);
  });

  test('only seemingly, and comes back, has lost its run: its late result does not count', async () => {
    const { scheduler, stall } = await mortal([hourly]);
    await world.start(times);
    world.work = async ({ context }) => {
      await world.clock.sleep(context.fencingToken === 1 ? 5 * minute : 0, context.signal);
      return { message: `fence ${context.fencingToken}` };
    };
    await world.clock.advance(hour + 1_000);
    const goOn = stall();
    await world.clock.advance(minute);
    expect(world.calls.map(({ context }) => context.fencingToken)).toEqual([1, 2]);
    expect(world.calls[0]?.endedAt).toBeUndefined();
    goOn();
    await world.clock.advance(10_000);
    expect(world.calls[0]?.endedAt).toBeDefined();
    await world.clock.advance(10 * minute);
    expect((await scheduler.results()).items.map(({ message }) => message)).toEqual(['fence 2']);
    expect(await scheduler.get('hourly')).toMatchObject({ runs: 1, successes: 1, isRunning: false });
  });

  test('is told to end when it cannot renew its lease, before another one takes the run', async () => {
    const { kill } = await mortal([hourly]);
    const other = await world.start(times);
    world.work = ({ context }) => world.clock.sleep(5 * minute, context.signal);
    await world.clock.advance(hour + 1_000);
    kill();
    await world.clock.advance(50_000);
    const [first, second] = world.calls;
    expect(first?.endedAt).toBeDefined();
    expect(second?.context.fencingToken).toBe(2);
    expect((first?.endedAt ?? Infinity) - (second?.at ?? 0)).toBeLessThanOrEqual(10_000);
    await world.clock.advance(10 * minute);
    expect((await other.results()).items).toHaveLength(1);
  });

  test('with a run by hand leaves a failure, and the task can run again', async () => {
    const byHand: CleanupTaskDraft = { id: 'by_hand', action: 'sweep', trigger: { kind: 'manual' } };
    const { scheduler, kill } = await mortal([byHand]);
    const other = await world.start(times);
    world.work = () => world.clock.sleep(5 * minute);
    const running = scheduler.run('by_hand');
    running.catch(() => undefined);
    await world.clock.advance(1_000);
    kill();
    await world.clock.advance(minute);
    expect((await other.results()).items).toMatchObject([{ success: false, error: { code: 'unavailable' } }]);
    world.work = async () => undefined;
    expect(await other.run('by_hand')).toMatchObject({ success: true });
    await world.clock.advance(10 * minute);
    await expect(running).rejects.toBeDefined();
  });

  test('leaves what waited for its run to another one', async () => {
    const waiting: CleanupTaskDraft = { ...hourly, pace: { overlap: 'wait' } };
    const { scheduler, kill } = await mortal([waiting]);
    const other = await world.start(times);
    world.work = ({ context }) =>
      world.clock.sleep(context.fencingToken === 1 ? 2 * hour : 0, context.signal);
    await scheduler.update('hourly', { attempts: { timeoutMs: 3 * hour } });
    await world.clock.advance(hour - minute);
    scheduler.run('hourly').catch(() => undefined);
    await world.clock.advance(2 * minute);
    expect(world.calls).toHaveLength(1);
    kill();
    await world.clock.advance(2 * minute);
    expect((await other.results()).items.map(({ trigger, success }) => [trigger, success])).toEqual([
      ['cron', true],
      ['manual', false],
    ]);
  });

  test('gives a run back when it is stopped before its end, and another one takes it at once', async () => {
    const first = await world.start({ ...times, tasks: [hourly] });
    world.work = ({ context }) => world.clock.sleep(5 * minute, context.signal);
    await world.clock.advance(hour + 1_000);
    await first.stop({ deadlineMs: 0 });
    world.work = async () => undefined;
    const second = await world.start(times);
    await world.clock.advance(1_000);
    expect((await second.results()).items).toMatchObject([{ occurrenceAt: begin + hour, success: true }]);
  });

  test('does not take others with it for ever: a run that processes die of is given up', () => {
    const pace = { overlap: 'skip', concurrencyMax: 1, missed: 'run_once', runsOn: 'one_process' } as const;
    const cause = { key: 'at:1', trigger: 'cron', at: 1 } as const;
    let claims: Claims = noClaims;
    for (let death = 0; death <= takeoversMax; death += 1) {
      const claimed = claim(claims, cause, pace, { processId: `p${death}`, now: death * 100, leaseMs: 100 });
      expect(claimed.kind).toBe('granted');
      if (claimed.kind === 'granted') claims = claimed.claims;
      expect(abandoned(claims, death * 100)).toEqual([]);
      expect(abandoned(claims, death * 100 + 100)).toHaveLength(1);
    }
    const last = claim(claims, cause, pace, { processId: 'p', now: 10_000, leaseMs: 100 });
    expect(last).toMatchObject({ kind: 'given_up', claims: { holdings: [] } });
  });
});

test('a store that does not answer for a while loses no run', async () => {
  let isAway = false;
  const flaky = new Proxy(world.store, {
    get: (target, name: keyof CleanupStore) => {
      const method = target[name] as (...args: unknown[]) => Promise<unknown>;
      return (...args: unknown[]) =>
        isAway ? Promise.reject(new RaptorFlowError('unavailable', 'Away.')) : method.apply(target, args);
    },
  });
  const scheduler = await world.startOn(flaky, { ...times, tasks: [hourly] });
  await world.clock.advance(hour - 1);
  isAway = true;
  await world.clock.advance(10 * minute);
  expect(world.calls).toEqual([]);
  isAway = false;
  await world.clock.advance(minute);
  expect((await scheduler.results()).items).toMatchObject([{ occurrenceAt: begin + hour }]);
});

describe('claims', () => {
  const pace = { overlap: 'allow', concurrencyMax: 32, missed: 'run_once', runsOn: 'one_process' } as const;
  const claimant = { processId: 'p', now: 0, leaseMs: 1_000 };

  test('remember what is decided within a limit, and refuse times that are older', () => {
    let claims: Claims = noClaims;
    for (let at = 1; at <= 500; at += 1) {
      const claimed = claim(claims, { key: `at:${at}`, trigger: 'interval', at }, pace, claimant);
      if (claimed.kind === 'granted') claims = { ...claimed.claims, holdings: [] };
    }
    expect(claims.decided.length).toBeLessThanOrEqual(200);
    for (const at of [1, 250, 500]) {
      expect(claim(claims, { key: `at:${at}`, trigger: 'interval', at }, pace, claimant)).toEqual({
        kind: 'decided',
      });
    }
  });

  test('do not give a run to anybody whose result is there and whose action still worked when its process died', () => {
    const cause = { key: 'at:1', trigger: 'interval', at: 1 } as const;
    const claimed = claim(noClaims, cause, pace, claimant);
    if (claimed.kind !== 'granted') return expect.unreachable();
    const over = linger(claimed.claims, claimed.holding.token) ?? noClaims;
    expect(claim(over, cause, pace, { ...claimant, now: 5_000 })).toEqual({ kind: 'decided' });
  });

  test('grant a time that comes after a later one, as when processes race', () => {
    const later = claim(noClaims, { key: 'at:20', trigger: 'interval', at: 20 }, pace, claimant);
    if (later.kind !== 'granted') return expect.unreachable();
    expect(claim(later.claims, { key: 'at:10', trigger: 'interval', at: 10 }, pace, claimant).kind).toBe(
      'granted',
    );
  });
});
