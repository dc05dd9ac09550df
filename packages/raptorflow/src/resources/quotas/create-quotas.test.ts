import { describe, expect, it } from 'vitest';
import { trackHandles } from '../../kernel/testing/index.ts';
import { createMetrics } from '../../metrics/index.ts';
import { createQuotas } from './create-quotas.ts';
import { defaultQuotas } from './default-quotas.ts';
import { memoryQuotaStore } from './stores/memory.ts';
import { ada, draftOf, quotaWorld } from './testing/world.ts';

describe('quotas', () => {
  it('grant up to the limit, refuse with the facts, and have room again after a release', async () => {
    const { quotas } = await quotaWorld([draftOf('places')]);
    const first = await quotas.acquire(7, ada);
    await expect(quotas.acquire(4, ada)).rejects.toMatchObject({
      code: 'exhausted',
      details: {
        quota_id: 'places',
        limit: 10,
        usage: 7,
        remaining: 3,
        amount: 4,
        action: 'block',
        retry_after_ms: null,
      },
    });
    await first.release();
    await first.release();
    expect(first.quotaIds).toEqual(['places']);
    await quotas.acquire(10, ada);
    await expect(quotas.acquire(1, ada)).rejects.toMatchObject({ code: 'exhausted' });
  });

  it('give back what a scope held when it ends', async () => {
    const { quotas } = await quotaWorld([draftOf('places')]);
    {
      await using grant = await quotas.acquire(10, ada);
      expect(grant.amount).toBe(10);
    }
    expect((await quotas.check(10, ada)).allowed).toBe(true);
  });

  it('count for each workspace and each of its users by itself, and for everybody together', async () => {
    const { quotas } = await quotaWorld([
      draftOf('all', { scope: 'global', limit: 5 }),
      draftOf('each', { scope: 'user', limit: 2 }),
      draftOf('agents', { scope: 'agent', limit: 1 }),
    ]);
    await quotas.acquire(2, ada);
    await expect(quotas.acquire(1, ada)).rejects.toMatchObject({ details: { quota_id: 'each' } });
    await quotas.acquire(1, { ...ada, userId: 'bob' });
    await quotas.acquire(2, { ...ada, workspaceId: 'w2' });
    await expect(quotas.acquire(1, { ...ada, userId: 'eve' })).rejects.toMatchObject({
      details: { quota_id: 'all' },
    });
    const usage = await quotas.usage({ workspaceId: 'w1', userId: 'ada' });
    expect(usage.map(({ quotaId, used }) => [quotaId, used])).toEqual([
      ['all', 5],
      ['each', 2],
    ]);
  });

  it('count only for whom they are narrowed to', async () => {
    const { quotas } = await quotaWorld([
      draftOf('w2', { workspaceId: 'w2', limit: 1 }),
      draftOf('bob', { userId: 'bob', limit: 1 }),
      draftOf('off', { enabled: false, limit: 0 }),
    ]);
    expect((await quotas.acquire(9, ada)).quotaIds).toEqual([]);
    expect((await quotas.acquire(1, { ...ada, workspaceId: 'w2', userId: 'bob' })).quotaIds).toEqual([
      'bob',
      'w2',
    ]);
    expect(quotas.list({ workspaceId: 'w1' }).map(({ id }) => id)).toEqual(['bob', 'off']);
  });

  it('consume nothing by a check, and say what would happen', async () => {
    const { quotas, notices } = await quotaWorld([
      draftOf('hard', { limit: 10 }),
      draftOf('soft', { kind: 'soft', action: 'warn', limit: 4, burstLimit: 20 }),
    ]);
    await quotas.acquire(3, ada);
    const check = await quotas.check(7, ada);
    expect(check).toMatchObject({
      allowed: true,
      verdicts: [
        {
          quotaId: 'hard',
          allowed: true,
          currentUsage: 3,
          remaining: 7,
          isWarning: true,
          isViolation: false,
        },
        { quotaId: 'soft', allowed: true, remaining: 1, isWarning: true, isViolation: true },
      ],
    });
    expect(await quotas.check(7, ada)).toEqual(check);
    expect((await quotas.check(8, ada)).allowed).toBe(false);
    expect(notices).toEqual([]);
  });

  it('begin anew with each period of their time zone, across the change of clocks', async () => {
    const { quotas, clock } = await quotaWorld([
      draftOf('daily', { period: 'day', timeZone: 'Europe/Berlin', limit: 1 }),
    ]);
    clock.jump(Date.parse('2026-03-28T23:00:00Z'));
    await quotas.acquire(1, ada);
    // A day of 23 hours.
    await clock.advance(23 * 3_600_000 - 1);
    await expect(quotas.acquire(1, ada)).rejects.toMatchObject({ details: { retry_after_ms: 1 } });
    await clock.advance(1);
    await quotas.acquire(1, ada);
    clock.jump(Date.parse('2026-10-24T22:00:00Z'));
    await quotas.acquire(1, ada);
    // And one of 25.
    await clock.advance(25 * 3_600_000 - 1);
    await expect(quotas.acquire(1, ada)).rejects.toMatchObject({ code: 'exhausted' });
    await clock.advance(1);
    await quotas.acquire(1, ada);
  });

  it('warn once when usage passes 90 % of a limit, and again after it has gone down', async () => {
    const { quotas, notices } = await quotaWorld([draftOf('places')]);
    await quotas.acquire(8, ada);
    expect(notices).toEqual([]);
    const grant = await quotas.acquire(1, ada);
    await quotas.acquire(1, ada);
    const warning = { kind: 'warning', quotaId: 'places', subject: ada, usage: 9, limit: 10 };
    expect(notices).toEqual([{ ...warning, subject: expect.objectContaining(ada) }]);
    await grant.release();
    await quotas.acquire(1, ada);
    expect(notices).toHaveLength(1);
    expect(quotas.report()).toMatchObject({ warnings: 1, checks: 4 });
  });

  it('are made, changed and deleted, and stay so after a restart', async () => {
    const store = memoryQuotaStore();
    const before = await quotaWorld([draftOf('kept')], { store });
    const made = await before.quotas.create({ ...draftOf('x'), id: undefined, name: 'Made' });
    expect(made).toMatchObject({ timeZone: 'UTC', enabled: true, burstLimit: null });
    await before.quotas.create(draftOf('gone'));
    await before.quotas.update('kept', { limit: 3 });
    await before.quotas.delete('gone');
    await expect(before.quotas.delete('gone')).rejects.toMatchObject({ code: 'not_found' });
    await expect(before.quotas.update('gone', {})).rejects.toMatchObject({ code: 'not_found' });
    await expect(before.quotas.create(draftOf('kept'))).rejects.toMatchObject({ code: 'conflict' });
    await before.quotas.stop();
    const { quotas } = await quotaWorld([draftOf('kept')], { store });
    expect(quotas.list().map(({ name, limit }) => [name, limit])).toEqual([
      ['Quota kept', 3],
      ['Made', 10],
    ]);
  });

  it('show at once what is counted, so that nobody asks about what is not', async () => {
    const { quotas } = await quotaWorld([draftOf('places', { resource: 'places' })]);
    expect([...quotas.counted]).toEqual(['places']);
    const { counted } = quotas;
    const calls = await quotas.create(draftOf('calls', { resource: 'calls', workspaceId: 'w9' }));
    expect([...counted].toSorted()).toEqual(['calls', 'places']);
    await quotas.update(calls, { enabled: false });
    await quotas.delete('places');
    expect(counted.size).toBe(0);
  });

  it('take a changed limit at once, with what is used', async () => {
    const { quotas } = await quotaWorld([draftOf('places')]);
    await quotas.acquire(8, ada);
    await quotas.update('places', { limit: 8 });
    await expect(quotas.acquire(1, ada)).rejects.toMatchObject({ details: { limit: 8, usage: 8 } });
    await quotas.update('places', { limit: 9 });
    await quotas.acquire(1, ada);
  });

  it('are refused when they contradict themselves, field by field', async () => {
    const { quotas } = await quotaWorld([]);
    const refusals = [
      [{ kind: 'hard', burstLimit: 20 }, 'burstLimit'],
      [{ kind: 'hard', action: 'warn' }, 'action'],
      [{ kind: 'burst', period: 'day' }, 'burstLimit'],
      [{ kind: 'burst', period: 'held', burstLimit: 20 }, 'period'],
      [{ kind: 'dynamic', period: 'forever' }, 'period'],
      [{ kind: 'soft', action: 'block' }, 'burstLimit'],
      [{ kind: 'soft', action: 'warn', burstLimit: 10 }, 'burstLimit'],
      [{ scope: 'global', workspaceId: 'w1' }, 'scope'],
      [{ timeZone: 'Mars/Base' }, 'timeZone'],
      [{ limit: 1.5 }, 'limit'],
    ] as const;
    for (const [more, field] of refusals) {
      await expect(quotas.create(draftOf('bad', more))).rejects.toMatchObject({
        code: 'invalid_input',
        details: { issues: [{ path: field }] },
      });
    }
    await expect(quotas.acquire(0, ada)).rejects.toMatchObject({ code: 'invalid_input' });
    await expect(quotas.acquire(1, { ...ada, userId: '' })).rejects.toMatchObject({
      details: { field: 'userId' },
    });
  });

  it('begin at 0 after a reset that is on record, and not when it is not', async () => {
    const audited: unknown[] = [];
    let refuses = true;
    const { quotas, clock } = await quotaWorld([draftOf('daily', { period: 'day' }), draftOf('held')], {
      audit: async (entry) => {
        await Promise.resolve();
        if (refuses) throw new TypeError('The audit log is full.');
        audited.push(entry);
      },
    });
    const subject = { ...ada };
    await quotas.update('held', { resource: 'other' });
    await quotas.acquire(10, subject);
    await expect(quotas.reset('daily', 'root')).rejects.toThrow('full');
    await expect(quotas.acquire(1, subject)).rejects.toMatchObject({ code: 'exhausted' });
    refuses = false;
    await quotas.reset('daily', 'root');
    await quotas.acquire(10, subject);
    expect(audited).toEqual([
      { action: 'reset', quotaId: 'daily', workspaceId: null, by: 'root', at: clock.now() },
    ]);
    await expect(quotas.reset('none', 'root')).rejects.toMatchObject({ code: 'not_found' });
    await expect(quotas.reset('held', 'root')).rejects.toMatchObject({ code: 'conflict' });
    expect(quotas.report().byQuota['daily']).toMatchObject({ resets: 1, blocks: 1, violations: 1 });
  });

  it('are counted as metrics by quota', async () => {
    const metrics = createMetrics();
    const { quotas } = await quotaWorld([draftOf('places')], { meter: metrics });
    await quotas.acquire(10, ada);
    await quotas.acquire(1, ada).catch(() => undefined);
    const values = metrics.snapshot().metrics.flatMap((metric) => {
      const { name } = metric.definition;
      if (metric.kind !== 'counter' || !name.startsWith('quota_')) return [];
      return metric.series.flatMap(({ tags, value }) => (tags['quota'] === 'places' ? [[name, value]] : []));
    });
    expect(Object.fromEntries(values)).toEqual({
      quota_checks: 2,
      quota_violations: 1,
      quota_warnings: 1,
      quota_blocks: 1,
      quota_throttles: 0,
      quota_resets: 0,
    });
  });

  it('hold the defaults of the product', async () => {
    const { quotas } = await quotaWorld(defaultQuotas);
    const memory = { resource: 'memory', workspaceId: 'w1', userId: 'ada' };
    const gibibyte = 2 ** 30;
    await quotas.acquire(1.5 * gibibyte, memory);
    await expect(quotas.acquire(1, memory)).rejects.toMatchObject({
      details: { quota_id: 'memory_per_user' },
    });
    await quotas.acquire(1.5 * gibibyte, { ...memory, userId: 'bob' });
    await expect(quotas.acquire(1.5 * gibibyte, { ...memory, userId: 'eve' })).rejects.toMatchObject({
      details: { quota_id: 'memory_per_workspace', remaining: gibibyte },
    });
    expect(quotas.list()).toHaveLength(6);
  });

  it('answer only while they run, and leave nothing behind', async () => {
    const watch = trackHandles();
    const quotas = createQuotas();
    await expect(quotas.acquire(1, ada)).rejects.toMatchObject({ code: 'unavailable' });
    await quotas.start();
    await quotas.acquire(1, ada);
    await quotas.stop();
    await quotas.stop();
    await expect(quotas.acquire(1, ada)).rejects.toMatchObject({ code: 'unavailable' });
    await createQuotas().stop();
    expect(watch.leaks()).toEqual([]);
    expect(() => createQuotas({ limits: { plansMax: 0 } })).toThrow(/plansMax/);
  });
});
