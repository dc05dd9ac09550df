import fc from 'fast-check';
import { createIds, isRaptorFlowError, seededRandom } from 'raptorflow/kernel';
import { createFakeClock, type FakeClock } from 'raptorflow/kernel/testing';
import { beforeEach, describe, expect, test } from 'vitest';
import { fromJsonText, type Database } from '../../db/index.ts';
import type { OpenDatabase } from '../../testing/index.ts';
import { createBudgets, type Budgets } from '../budgets.ts';
import { createCosts } from '../costs.ts';
import type { Ledger } from '../ledger.ts';
import { createLedger } from '../sql-ledger.ts';
import { ledgerMigrations, ledgerTables } from '../tables.ts';
import { attemptOf, outcomeOf } from './calls.ts';

const start = Date.UTC(2026, 10, 30, 12);
const everywhere = {
  guild: 'research',
  agentId: 'agent_1',
  campaignId: 'cmp_1',
  agentRunId: 'run_1',
  budgetId: 'bud_1',
};

/** What budgets below the workspace's promise on both engines. */
export function levelsSuite(open: OpenDatabase): void {
  let clock: FakeClock;
  let db: Database;
  let ledger: Ledger;
  let budgets: Budgets;

  beforeEach(async () => {
    clock = createFakeClock(start);
    db = await open({ tables: [ledgerTables], migrations: [ledgerMigrations] }, { clock });
    ledger = createLedger({ monthlyBudgetMicroUsd: 10_000 }, { db, clock });
    budgets = createBudgets(db, { clock });
  });

  const standings = async (month = '2026-11'): Promise<unknown[]> =>
    (await budgets.list('ws_a', month))
      .map(({ level, subject, capMicroUsd, spentMicroUsd, uncertainMicroUsd, reservedMicroUsd }) => [
        level,
        subject,
        capMicroUsd,
        spentMicroUsd,
        uncertainMicroUsd,
        reservedMicroUsd,
      ])
      .toSorted((a, b) => String(a[0]).localeCompare(String(b[0])));

  const warnings = async (): Promise<unknown[]> => {
    const rows = await db
      .system<{ outbox: { channel: string; draft: string; event_id: string } }>()
      .selectFrom('outbox')
      .selectAll()
      .orderBy('event_id')
      .execute();
    return rows
      .map((row) => ({ channel: row.channel, ...fromJsonText<{ type: string; payload: object }>(row.draft) }))
      .filter(({ type }) => type === 'budget.warning')
      .map(({ channel, payload }) => ({ channel, ...payload }));
  };

  test('a call is charged to every level that it belongs to', async () => {
    const attempt = attemptOf('call_1', everywhere);
    const hold = await ledger.reserve(attempt, 500);
    expect(await standings()).toEqual([
      ['agent', 'agent_1', null, 0, 0, 500],
      ['budget', 'bud_1', null, 0, 0, 500],
      ['campaign', 'cmp_1', null, 0, 0, 500],
      ['guild', 'research', null, 0, 0, 500],
      ['run', 'run_1', null, 0, 0, 500],
    ]);
    await ledger.settle(hold, attempt, outcomeOf('completed', 120));
    expect(await standings()).toEqual([
      ['agent', 'agent_1', null, 120, 0, 0],
      ['budget', 'bud_1', null, 120, 0, 0],
      ['campaign', 'cmp_1', null, 120, 0, 0],
      ['guild', 'research', null, 120, 0, 0],
      ['run', 'run_1', null, 120, 0, 0],
    ]);
    expect(await ledger.standing('ws_a')).toMatchObject({ spentMicroUsd: 120, reservedMicroUsd: 0 });
  });

  test.each([
    ['guild', 'research'],
    ['agent', 'agent_1'],
    ['campaign', 'cmp_1'],
    ['run', 'run_1'],
    ['budget', 'bud_1'],
  ] as const)('the cap of a %s refuses, and then no level is charged', async (level, subject) => {
    await budgets.setCap('ws_a', { level, subject }, 499);
    const error: unknown = await ledger
      .reserve(attemptOf('call_1', everywhere), 500)
      .catch((reason: unknown) => reason);
    if (!isRaptorFlowError(error, 'budget_exceeded')) throw error;
    expect(error.details).toMatchObject({ level, subject, cap_usd: '0.000499', needed_usd: '0.000500' });
    expect(error.message).toContain(`${level} ${subject}`);
    expect(await ledger.standing('ws_a')).toMatchObject({ reservedMicroUsd: 0 });
    for (const standing of await budgets.list('ws_a', '2026-11')) expect(standing.reservedMicroUsd).toBe(0);
    await expect(ledger.reserve(attemptOf('call_2', everywhere), 499)).resolves.toBeDefined();
    await expect(ledger.reserve(attemptOf('call_3', { agentId: 'agent_2' }), 500)).resolves.toBeDefined();
  });

  test('a cap that is set later knows what was spent before, and is gone when it is taken away', async () => {
    const attempt = attemptOf('call_1', everywhere);
    await ledger.settle(await ledger.reserve(attempt, 500), attempt, outcomeOf('completed', 400));
    await budgets.setCap('ws_a', { level: 'agent', subject: 'agent_1' }, 1_000);
    await expect(ledger.reserve(attemptOf('call_2', everywhere), 601)).rejects.toMatchObject({
      code: 'budget_exceeded',
    });
    await budgets.setCap('ws_a', { level: 'agent', subject: 'agent_1' }, null);
    await expect(ledger.reserve(attemptOf('call_3', everywhere), 601)).resolves.toBeDefined();
  });

  test('a process that has just spent knows at once what another one spends, gives back and sets', async () => {
    const [one, other] = [1, 2].map(() => createLedger({ monthlyBudgetMicroUsd: 1_000 }, { db, clock }));
    const spend = async (by: Ledger, callId: string, worst: number, cost: number): Promise<void> => {
      const attempt = attemptOf(callId);
      await by.settle(await by.reserve(attempt, worst), attempt, outcomeOf('completed', cost));
    };
    // Twice each, so that both decide on what they know.
    await spend(one as Ledger, 'call_1', 100, 100);
    await spend(one as Ledger, 'call_2', 100, 100);
    await spend(other as Ledger, 'call_3', 700, 600);
    await expect(one?.reserve(attemptOf('call_4'), 201)).rejects.toMatchObject({ code: 'budget_exceeded' });
    const held = await one?.reserve(attemptOf('call_5'), 200);
    await expect(other?.reserve(attemptOf('call_6'), 1)).rejects.toMatchObject({ code: 'budget_exceeded' });
    if (held) await one?.settle(held, attemptOf('call_5'), outcomeOf('failed', null));
    await spend(other as Ledger, 'call_7', 10, 10);
    await budgets.setCap('ws_a', { level: 'workspace', subject: '' }, 900);
    await expect(other?.reserve(attemptOf('call_8'), 91)).rejects.toMatchObject({ code: 'budget_exceeded' });
    await budgets.setCap('ws_a', { level: 'workspace', subject: '' }, 2_000);
    await spend(other as Ledger, 'call_9', 1_190, 1_190);
    await expect(one?.reserve(attemptOf('call_10'), 1)).rejects.toMatchObject({ code: 'budget_exceeded' });
  });

  test('the workspace’s own cap goes before the installation’s', async () => {
    await budgets.setCap('ws_a', { level: 'workspace', subject: '' }, 100);
    await expect(ledger.reserve(attemptOf('call_1'), 101)).rejects.toMatchObject({ code: 'budget_exceeded' });
    expect(await ledger.standing('ws_a')).toMatchObject({ capMicroUsd: 100 });
    await budgets.setCap('ws_a', { level: 'workspace', subject: '' }, null);
    await expect(ledger.reserve(attemptOf('call_2'), 10_000)).resolves.toBeDefined();
    expect(await ledger.standing('ws_b')).toMatchObject({ capMicroUsd: 10_000 });
  });

  test('months end for agents and guilds, and not for campaigns, runs and chains of events', async () => {
    const attempt = attemptOf('call_1', everywhere);
    await ledger.settle(await ledger.reserve(attempt, 500), attempt, outcomeOf('completed', 400));
    for (const [level, subject] of [
      ['agent', 'agent_1'],
      ['campaign', 'cmp_1'],
    ] as const) {
      await budgets.setCap('ws_a', { level, subject }, 600);
    }
    await clock.advance(24 * 3_600_000);
    await expect(ledger.reserve(attemptOf('call_2', { agentId: 'agent_1' }), 600)).resolves.toBeDefined();
    await expect(ledger.reserve(attemptOf('call_3', { campaignId: 'cmp_1' }), 201)).rejects.toMatchObject({
      details: { level: 'campaign', period: 'lifetime', spent_usd: '0.000400' },
    });
  });

  test('what a cap has no right name or figure for is refused', async () => {
    for (const [owner, cap] of [
      [{ level: 'agent', subject: '' }, 1],
      [{ level: 'workspace', subject: 'x' }, 1],
      [{ level: 'country' as 'agent', subject: 'x' }, 1],
      [{ level: 'agent', subject: 'x' }, 0.5],
      [{ level: 'agent', subject: 'x' }, -1],
    ] as const) {
      await expect(budgets.setCap('ws_a', owner, cap)).rejects.toMatchObject({ code: 'invalid_input' });
    }
  });

  test('a budget that nothing was charged to yet is listed with its cap', async () => {
    await budgets.setCap('ws_a', { level: 'campaign', subject: 'cmp_9' }, 700);
    expect(await standings()).toEqual([['campaign', 'cmp_9', 700, 0, 0, 0]]);
    expect(await budgets.list('ws_b', '2026-11')).toEqual([]);
  });

  test('a budget that nothing was charged to yet tells its month in the zone of the workspace, or that it has none', async () => {
    const inTokyo = createBudgets(db, { clock, timeZoneOf: async () => 'Asia/Tokyo' });
    const month = { periodStart: '2026-11-30T15:00:00.000Z', periodEnd: '2026-12-31T15:00:00.000Z' };
    for (const [level, span] of [
      ['agent', month],
      ['guild', month],
      ['run', { periodStart: null, periodEnd: null }],
    ] as const) {
      const owner = { level, subject: 'one' };
      expect(await inTokyo.find('ws_a', owner, '2026-12')).toMatchObject(span);
      await inTokyo.setCap('ws_a', owner, 700);
      const listed = (await inTokyo.list('ws_a', '2026-12')).find((each) => each.level === level);
      expect(listed).toMatchObject({ capMicroUsd: 700, ...span });
    }
  });

  describe('warnings', () => {
    const spend = async (callId: string, cost: number): Promise<void> => {
      const attempt = attemptOf(callId);
      await ledger.settle(await ledger.reserve(attempt, cost), attempt, outcomeOf('completed', cost));
    };

    test('are published once at half, at four fifths, and at the whole of a cap', async () => {
      await spend('call_1', 4_999);
      expect(await warnings()).toEqual([]);
      await spend('call_2', 1);
      await spend('call_3', 2_999);
      expect(await warnings()).toEqual([
        {
          channel: 'sys.alert.warning',
          level: 'workspace',
          subject: '',
          period: '2026-11',
          percent: 50,
          spent_usd: '0.005000',
          uncertain_usd: '0.000000',
          reserved_usd: '0.000000',
          cap_usd: '0.010000',
        },
      ]);
      await spend('call_4', 1);
      await spend('call_5', 2_000);
      expect((await warnings()).map((each) => (each as { percent: number }).percent)).toEqual([50, 80, 100]);
      expect((await warnings()).at(-1)).toMatchObject({ channel: 'sys.alert.critical' });
    });

    test('count by the cap as it is now: a lower one is warned of at once, and below a higher one all begin anew', async () => {
      const setCap = (cap: number): Promise<void> =>
        budgets.setCap('ws_a', { level: 'workspace', subject: '' }, cap);
      const percents = async (): Promise<unknown[]> =>
        (await warnings()).map((each) => [
          (each as { percent: number }).percent,
          (each as { cap_usd: string }).cap_usd,
        ]);
      await spend('call_1', 4_000);
      await setCap(5_000);
      await setCap(5_000);
      expect(await percents()).toEqual([[80, '0.005000']]);
      await setCap(20_000);
      expect(await percents()).toHaveLength(1);
      await spend('call_2', 6_000);
      expect((await percents()).slice(1)).toEqual([[50, '0.020000']]);
      await setCap(10_000);
      expect((await percents()).slice(2)).toEqual([[100, '0.010000']]);
      expect((await warnings()).at(-1)).toMatchObject({ channel: 'sys.alert.critical' });
    });

    test('say that a budget is used up when the first call is refused, once', async () => {
      for (const callId of ['call_1', 'call_2']) {
        await expect(ledger.reserve(attemptOf(callId), 10_001)).rejects.toMatchObject({
          code: 'budget_exceeded',
        });
      }
      expect(await warnings()).toMatchObject([{ percent: 100, spent_usd: '0.000000' }]);
    });
  });

  test('whatever calls and caps do in several processes, no level exceeds its cap, and each adds up to the cost log', async () => {
    const ids = createIds({ clock });
    const processes = [1, 2, 3].map(() => createLedger({ monthlyBudgetMicroUsd: 10_000 }, { db, clock }));
    await fc.assert(
      fc.asyncProperty(fc.integer(), async (seed) => {
        const random = seededRandom(seed);
        const workspaceId = ids.next('ws');
        const pick = <T>(choices: readonly T[]): T =>
          choices[Math.floor(random.next() * choices.length)] as T;
        const caps = new Map([
          ['agent agent_0', 900],
          ['agent agent_1', 2_000],
          ['campaign cmp_0', 1_500],
        ]);
        for (const [name, cap] of caps) {
          const [level, subject] = name.split(' ') as ['agent' | 'campaign', string];
          await budgets.setCap(workspaceId, { level, subject }, cap);
        }
        const call = async (): Promise<void> => {
          const attempt = attemptOf(ids.next('call'), {
            workspaceId,
            agentId: pick(['agent_0', 'agent_1', 'agent_2', null]),
            campaignId: pick(['cmp_0', null]),
          });
          const worst = Math.floor(random.next() * 500);
          const own = pick(processes);
          const hold = await own.reserve(attempt, worst).catch((error: unknown) => {
            if (isRaptorFlowError(error, 'budget_exceeded')) return null;
            throw error;
          });
          if (hold === null) return;
          const fate = random.next();
          if (fate < 0.8) await own.dispatched(hold);
          const status = fate < 0.3 ? 'failed' : fate < 0.45 ? 'uncertain' : 'completed';
          const cost = status === 'completed' ? Math.floor(random.next() * (worst + 1)) : null;
          await own.settle(hold, attempt, outcomeOf(status, cost));
        };
        await Promise.all(Array.from({ length: 40 }, call));
        const costs = createCosts(db);
        for (const standing of await budgets.list(workspaceId, '2026-11')) {
          const { level, subject, spentMicroUsd, uncertainMicroUsd, reservedMicroUsd } = standing;
          const logged = await costs.total(
            workspaceId,
            level === 'agent' ? { agentId: subject } : { campaignId: subject },
          );
          const charged = spentMicroUsd + uncertainMicroUsd;
          expect(reservedMicroUsd).toBe(0);
          expect(charged).toBe(logged.costMicroUsd);
          expect(charged).toBeLessThanOrEqual(caps.get(`${level} ${subject}`) ?? Number.POSITIVE_INFINITY);
        }
      }),
      { numRuns: 8 },
    );
  });
}
