import { describe, expect, it } from 'vitest';
import { toRaptorFlowError } from '../../kernel/index.ts';
import type { QuotaApproval, QuotaGrant } from './quotas.ts';
import { ada, draftOf, quotaWorld } from './testing/world.ts';

/** What a promise has come to so far. */
function watch(promise: Promise<QuotaGrant>): { outcome: string; readonly grant: Promise<QuotaGrant> } {
  const watched = { outcome: 'waits', grant: promise };
  promise.then(
    () => (watched.outcome = 'granted'),
    (error: unknown) => (watched.outcome = toRaptorFlowError(error).code),
  );
  return watched;
}

describe('a request that does not fit', () => {
  it('waits when it is throttled, until a period brings room', async () => {
    const { quotas, clock } = await quotaWorld([
      draftOf('rate', { period: 'second', limit: 2, action: 'throttle' }),
    ]);
    await quotas.acquire(2, ada);
    const waiting = watch(quotas.acquire(1, ada));
    await clock.advance(999);
    expect(waiting.outcome).toBe('waits');
    await clock.advance(1);
    expect(waiting.outcome).toBe('granted');
    expect(await quotas.violations.list()).toMatchObject([
      { actionTaken: 'throttled', usage: 3, limit: 2, exceededBy: 1, resolved: true, userId: 'ada' },
    ]);
    expect(quotas.report()).toMatchObject({ throttles: 1, blocks: 0, waiting: 0 });
  });

  it('waits no longer than the bound of the service, or its own, and is refused then', async () => {
    const { quotas, clock } = await quotaWorld(
      [draftOf('places', { action: 'throttle' })],
      {},
      { times: { throttleMsMax: 500 } },
    );
    await quotas.acquire(10, ada);
    const patient = watch(quotas.acquire(1, ada));
    const hasty = watch(quotas.acquire(1, ada, { waitMsMax: 100 }));
    await clock.advance(100);
    expect([patient.outcome, hasty.outcome]).toEqual(['waits', 'exhausted']);
    await clock.advance(400);
    expect(patient.outcome).toBe('exhausted');
    expect(clock.pending).toBe(2);
  });

  it('passes a soft quota after its wait, as far as the burst limit allows', async () => {
    const { quotas, clock } = await quotaWorld([
      draftOf('soft', { kind: 'soft', limit: 10, burstLimit: 12, action: 'throttle' }),
    ]);
    await quotas.acquire(10, ada);
    const [inside, outside] = [watch(quotas.acquire(2, ada)), watch(quotas.acquire(1, ada))];
    await clock.advance(4_999);
    expect([inside.outcome, outside.outcome]).toEqual(['waits', 'waits']);
    await clock.advance(1);
    expect([inside.outcome, outside.outcome]).toEqual(['granted', 'exhausted']);
    expect((await quotas.usage({ ...ada })).map(({ used }) => used)).toEqual([12]);
  });

  it('is allowed by a soft quota that warns, with the exact overshoot on record', async () => {
    const { quotas, notices } = await quotaWorld([draftOf('soft', { kind: 'soft', action: 'warn' })]);
    await quotas.acquire(9, ada);
    const over = await quotas.acquire(4, ada);
    const [violation] = await quotas.violations.list({ resolved: false });
    expect(violation).toMatchObject({
      actionTaken: 'allowed',
      amount: 4,
      usage: 13,
      limit: 10,
      exceededBy: 3,
    });
    expect(notices.map(({ kind }) => kind)).toEqual(['warning', 'violation']);
    await over.release();
  });

  it('stands in line when it is queued: first come, first served, the large before the small', async () => {
    const { quotas, clock } = await quotaWorld([draftOf('places', { action: 'queue' })]);
    const held = await quotas.acquire(6, ada);
    const large = watch(quotas.acquire(8, ada));
    const small = watch(quotas.acquire(1, ada));
    const other = watch(quotas.acquire(1, { ...ada, workspaceId: 'w2' }));
    await clock.advance(1_000);
    expect([large.outcome, small.outcome, other.outcome]).toEqual(['waits', 'waits', 'granted']);
    await held.release();
    await clock.advance(0);
    expect([large.outcome, small.outcome]).toEqual(['granted', 'granted']);
    const order: number[] = [];
    const grants = Array.from({ length: 20 }, (_, n) =>
      quotas.acquire(10, ada).then(async (grant) => {
        order.push(n);
        await grant.release();
      }),
    );
    await (await large.grant).release();
    await (await small.grant).release();
    await Promise.all(grants);
    expect(order).toEqual(Array.from({ length: 20 }, (_, n) => n));
  });

  it('leaves the line when its signal says so, and takes nothing', async () => {
    const { quotas, clock } = await quotaWorld([draftOf('places', { action: 'queue' })]);
    const held = await quotas.acquire(10, ada);
    const aborter = new AbortController();
    const waiting = watch(quotas.acquire(10, ada, { signal: aborter.signal }));
    const next = watch(quotas.acquire(10, ada));
    aborter.abort();
    await clock.advance(0);
    expect(waiting.outcome).toBe('cancelled');
    await held.release();
    await clock.advance(0);
    expect(next.outcome).toBe('granted');
    const late = watch(quotas.acquire(1, ada, { signal: aborter.signal }));
    await clock.advance(0);
    expect(late.outcome).toBe('cancelled');
  });

  it('is refused at once when no wait could make room, or too many wait already', async () => {
    const { quotas } = await quotaWorld(
      [draftOf('places', { action: 'queue' })],
      {},
      { limits: { waitersMax: 1 } },
    );
    await expect(quotas.acquire(11, ada)).rejects.toMatchObject({ code: 'exhausted', retryable: false });
    await quotas.acquire(10, ada);
    const waiting = quotas.acquire(1, ada);
    await expect(quotas.acquire(1, ada)).rejects.toMatchObject({ details: { waitersMax: 1 } });
    await expect(quotas.acquire(11, ada)).rejects.toMatchObject({ details: { quota_id: 'places' } });
    await quotas.stop();
    await expect(waiting).rejects.toMatchObject({ code: 'cancelled' });
  });

  it('asks anew when quotas change while it waits', async () => {
    const { quotas, clock } = await quotaWorld([draftOf('daily', { period: 'day', action: 'queue' })]);
    await quotas.acquire(10, ada);
    const [first, second] = [watch(quotas.acquire(9, ada)), watch(quotas.acquire(9, ada))];
    await clock.advance(0);
    await quotas.reset('daily', 'root');
    await clock.advance(0);
    expect([first.outcome, second.outcome]).toEqual(['granted', 'waits']);
    await quotas.update('daily', { limit: 18 });
    await clock.advance(0);
    expect(second.outcome).toBe('granted');
    expect(await quotas.violations.list()).toHaveLength(2);
  });

  it('waits for a person when it is escalated, and passes the limit when one approves', async () => {
    const asked: QuotaApproval[] = [];
    const { quotas, clock } = await quotaWorld([draftOf('places', { action: 'escalate' })], {
      alert: (approval) => void asked.push(approval),
    });
    await quotas.acquire(9, ada);
    const approved = watch(quotas.acquire(3, ada));
    const denied = watch(quotas.acquire(4, ada));
    const ignored = watch(quotas.acquire(5, ada));
    await clock.advance(0);
    expect(asked).toMatchObject([{ amount: 3, usage: 9, limit: 10 }, { amount: 4 }, { amount: 5 }]);
    expect(quotas.approvals.list()).toEqual(asked);
    quotas.approvals.approve(asked[0]?.id ?? '', 'Grace');
    quotas.approvals.deny(asked[1]?.id ?? '', 'Grace');
    await clock.advance(299_999);
    expect([approved.outcome, denied.outcome, ignored.outcome]).toEqual(['granted', 'exhausted', 'waits']);
    await clock.advance(1);
    expect(ignored.outcome).toBe('exhausted');
    expect(() => quotas.approvals.approve(asked[2]?.id ?? '', 'Grace')).toThrow(/decided, given up/);
    expect((await quotas.usage({ ...ada })).map(({ used }) => used)).toEqual([12]);
    expect(await quotas.violations.list({ resolved: true })).toMatchObject([
      { amount: 3, actionTaken: 'escalated', exceededBy: 2, resolvedBy: 'Grace' },
    ]);
  });

  it('waits all the same when nobody could be told', async () => {
    const { quotas, clock } = await quotaWorld([draftOf('places', { action: 'escalate' })], {
      alert: () => Promise.reject(new TypeError('No mail today.')),
    });
    const waiting = watch(quotas.acquire(11, ada));
    await clock.advance(0);
    quotas.approvals.approve(quotas.approvals.list()[0]?.id ?? '', 'Grace');
    await clock.advance(0);
    expect(waiting.outcome).toBe('granted');
  });

  it('is taken from no quota when one of several refuses', async () => {
    const { quotas } = await quotaWorld([
      draftOf('a', { limit: 10 }),
      draftOf('b', { scope: 'user', limit: 3 }),
    ]);
    await quotas.acquire(3, ada);
    for (let n = 0; n < 5; n += 1) await quotas.acquire(1, ada).catch(() => undefined);
    expect((await quotas.usage({ ...ada })).map(({ used }) => used)).toEqual([3, 3]);
  });
});

describe('violations', () => {
  it('are resolved by themselves once there is room, or by hand', async () => {
    const { quotas, clock } = await quotaWorld([
      draftOf('places'),
      draftOf('soft', { kind: 'soft', action: 'warn', resource: 'other' }),
    ]);
    const held = await quotas.acquire(8, ada);
    await quotas.acquire(5, ada).catch(() => undefined);
    const over = await quotas.acquire(12, { ...ada, resource: 'other' });
    await clock.advance(30_000);
    expect(await quotas.violations.list({ resolved: false })).toHaveLength(2);
    await held.release();
    await clock.advance(30_000);
    const open = await quotas.violations.list({ resolved: false });
    expect(open).toMatchObject([{ quotaId: 'soft' }]);
    expect(await quotas.violations.resolve(open[0]?.id ?? '', 'Grace')).toMatchObject({
      resolved: true,
      resolvedAt: clock.now(),
      resolvedBy: 'Grace',
    });
    await over.release();
    await expect(quotas.violations.resolve('none', 'Grace')).rejects.toMatchObject({ code: 'not_found' });
  });

  it('are bounded and found by quota, user, workspace and time, newest first', async () => {
    const { quotas, clock } = await quotaWorld(
      [draftOf('places', { limit: 0 })],
      {},
      { limits: { recordsMax: 30 } },
    );
    for (let n = 0; n < 50; n += 1) {
      await quotas.acquire(n + 1, { ...ada, userId: n % 2 ? 'ada' : 'bob' }).catch(() => undefined);
      await clock.advance(1);
    }
    const all = await quotas.violations.list({ limit: 1_000 });
    expect(all.map(({ exceededBy }) => exceededBy)).toEqual(Array.from({ length: 30 }, (_, n) => 50 - n));
    expect(await quotas.violations.list({ userId: 'ada', limit: 5 })).toMatchObject(
      [50, 48, 46, 44, 42].map((amount) => ({ amount })),
    );
    expect(await quotas.violations.list({ since: clock.now() - 3 })).toHaveLength(3);
    expect(await quotas.violations.list({ workspaceId: 'w2' })).toEqual([]);
    await expect(quotas.violations.list({ limit: 0 })).rejects.toMatchObject({ code: 'invalid_input' });
    expect(new Set(all.map(({ id }) => id)).size).toBe(30);
  });

  it('tell of raises of dynamic limits, with what they were decided on', async () => {
    const { quotas, clock, notices } = await quotaWorld([
      draftOf('dynamic', { kind: 'dynamic', period: 'minute', limit: 100 }),
    ]);
    for (let minute = 0; minute < 5; minute += 1) {
      await quotas.acquire(100, ada);
      await clock.advance(60_000);
    }
    await quotas.acquire(120, ada);
    await expect(quotas.acquire(1, ada)).rejects.toMatchObject({ details: { limit: 120 } });
    const adjustments = await quotas.adjustments('dynamic');
    expect(adjustments).toMatchObject([{ from: 100, to: 120, past: [100, 100, 100, 100, 100] }]);
    expect(notices.find(({ kind }) => kind === 'raised')).toMatchObject({ adjustment: adjustments[0] });
  });

  it('tell of a raise that a waiting request brought about and had no use for', async () => {
    const { quotas, clock } = await quotaWorld([
      draftOf('dynamic', { kind: 'dynamic', period: 'second', limit: 100, action: 'queue' }),
    ]);
    for (let second = 0; second < 5; second += 1) {
      await clock.advance(1_000);
      await quotas.acquire(100, ada);
    }
    const waiting = watch(quotas.acquire(150, ada));
    await clock.advance(1_000);
    expect(waiting.outcome).toBe('waits');
    expect(await quotas.adjustments()).toMatchObject([{ from: 100, to: 120 }]);
  });
});
