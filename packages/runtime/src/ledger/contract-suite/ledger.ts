import fc from 'fast-check';
import { createIds, isRaptorFlowError, seededRandom } from 'raptorflow/kernel';
import { createFakeClock, type FakeClock } from 'raptorflow/kernel/testing';
import { beforeEach, describe, expect, test } from 'vitest';
import type { Database } from '../../db/index.ts';
import type { OpenDatabase } from '../../testing/index.ts';
import { createCosts } from '../costs.ts';
import type { CallAttempt } from '../call.ts';
import type { AttemptOutcome, Hold, Ledger } from '../ledger.ts';
import { createLedger } from '../sql-ledger.ts';
import { attemptOf, outcomeOf } from './calls.ts';
import { ledgerMigrations, ledgerTables, type LedgerTables } from '../tables.ts';

const start = Date.UTC(2026, 10, 30, 12);

/** What the ledger promises on both engines. */
export function ledgerSuite(open: OpenDatabase): void {
  let clock: FakeClock;
  let db: Database;

  beforeEach(async () => {
    clock = createFakeClock(start);
    db = await open({ tables: [ledgerTables], migrations: [ledgerMigrations] });
  });

  const ledgerOver = (cap: number, zones: Record<string, string> = {}): Ledger =>
    createLedger({ monthlyBudgetMicroUsd: cap }, { db, clock, timeZoneOf: async (id) => zones[id] ?? 'UTC' });

  describe('a reservation', () => {
    test('holds the worst case, and settling turns it into the cost', async () => {
      const ledger = ledgerOver(1_000);
      const attempt = attemptOf('call_1');
      const hold = await ledger.reserve(attempt, 600);
      expect(await ledger.standing('ws_a')).toMatchObject({ spentMicroUsd: 0, reservedMicroUsd: 600 });
      const booked = await ledger.settle(hold, attempt, outcomeOf('completed', 150));
      expect(booked).toEqual({ costMicroUsd: 150, estimated: false });
      expect(await ledger.standing('ws_a')).toMatchObject({
        period: '2026-11',
        capMicroUsd: 1_000,
        spentMicroUsd: 150,
        reservedMicroUsd: 0,
        uncertainMicroUsd: 0,
      });
    });

    test('that does not fit is refused with the figures, and leaves nothing behind', async () => {
      const ledger = ledgerOver(1_000);
      await ledger.reserve(attemptOf('call_1'), 600);
      const error: unknown = await ledger
        .reserve(attemptOf('call_2'), 401)
        .catch((reason: unknown) => reason);
      if (!isRaptorFlowError(error, 'budget_exceeded')) throw error;
      expect(error.kind).toBe('budget-exceeded');
      expect(error.details).toEqual({
        level: 'workspace',
        subject: '',
        period: '2026-11',
        spent_usd: '0.000000',
        uncertain_usd: '0.000000',
        reserved_usd: '0.000600',
        cap_usd: '0.001000',
        needed_usd: '0.000401',
      });
      expect(await ledger.standing('ws_a')).toMatchObject({ reservedMicroUsd: 600 });
      await expect(ledger.reserve(attemptOf('call_3'), 400)).resolves.toMatchObject({ amountMicroUsd: 400 });
    });

    test('is charged in full while nobody settles it, also by the next process', async () => {
      await ledgerOver(1_000).reserve(attemptOf('call_1'), 700);
      const next = ledgerOver(1_000);
      await expect(next.reserve(attemptOf('call_2'), 400)).rejects.toMatchObject({ code: 'budget_exceeded' });
      expect(await next.standing('ws_a')).toMatchObject({ reservedMicroUsd: 700 });
    });

    test('is refused under a cap that was lowered below what is spent; the spending stays', async () => {
      const attempt = attemptOf('call_1');
      const before = ledgerOver(1_000);
      await before.settle(await before.reserve(attempt, 900), attempt, outcomeOf('completed', 800));
      const lowered = ledgerOver(500);
      await expect(lowered.reserve(attemptOf('call_2'), 0)).rejects.toMatchObject({
        code: 'budget_exceeded',
      });
      expect(await lowered.standing('ws_a')).toMatchObject({
        capMicroUsd: 500,
        spentMicroUsd: 800,
        reservedMicroUsd: 0,
      });
    });

    test('of one workspace takes nothing from another', async () => {
      const ledger = ledgerOver(1_000);
      await ledger.reserve(attemptOf('call_1'), 1_000);
      await expect(
        ledger.reserve(attemptOf('call_2', { workspaceId: 'ws_b' }), 1_000),
      ).resolves.toBeDefined();
      expect(await ledger.standing('ws_b')).toMatchObject({ reservedMicroUsd: 1_000 });
    });
  });

  describe('a settlement', () => {
    test('frees what provably cost nothing and charges what nobody knows in full', async () => {
      const ledger = ledgerOver(1_000);
      const failed = attemptOf('call_1');
      const lost = attemptOf('call_2');
      const silent = attemptOf('call_3');
      await ledger.settle(await ledger.reserve(failed, 300), failed, outcomeOf('failed', null));
      await ledger.settle(await ledger.reserve(lost, 200), lost, outcomeOf('uncertain', null));
      const booked = await ledger.settle(
        await ledger.reserve(silent, 100),
        silent,
        outcomeOf('completed', null),
      );
      expect(booked).toEqual({ costMicroUsd: 100, estimated: true });
      expect(await ledger.standing('ws_a')).toMatchObject({
        spentMicroUsd: 100,
        reservedMicroUsd: 0,
        uncertainMicroUsd: 200,
      });
    });

    test('of the same attempt counts once', async () => {
      const ledger = ledgerOver(1_000);
      const attempt = attemptOf('call_1');
      const hold = await ledger.reserve(attempt, 500);
      await ledger.settle(hold, attempt, outcomeOf('completed', 200));
      const again = await ledger.settle(hold, attempt, outcomeOf('uncertain', null));
      expect(again).toEqual({ costMicroUsd: 200, estimated: false });
      expect(await ledger.standing('ws_a')).toMatchObject({ spentMicroUsd: 200, reservedMicroUsd: 0 });
    });

    test('books the truth when a call cost more than its worst case', async () => {
      const ledger = ledgerOver(1_000);
      const attempt = attemptOf('call_1');
      await ledger.settle(await ledger.reserve(attempt, 100), attempt, outcomeOf('completed', 140));
      expect(await ledger.standing('ws_a')).toMatchObject({ spentMicroUsd: 140 });
    });
  });

  describe('the month', () => {
    test('of a call is that of its reservation, and the next one starts afresh', async () => {
      const ledger = ledgerOver(1_000);
      const attempt = attemptOf('call_1');
      const hold = await ledger.reserve(attempt, 900);
      await clock.advance(24 * 3_600_000);
      expect(await ledger.standing('ws_a')).toMatchObject({ period: '2026-12', spentMicroUsd: 0 });
      await expect(ledger.reserve(attemptOf('call_2'), 1_000)).resolves.toMatchObject({ period: '2026-12' });
      await ledger.settle(hold, attempt, outcomeOf('completed', 900));
      expect(await ledger.standing('ws_a')).toMatchObject({ spentMicroUsd: 0, reservedMicroUsd: 1_000 });
      const november = await db
        .forWorkspace<LedgerTables>('ws_a')
        .selectFrom('budgets')
        .selectAll()
        .where('period', '=', '2026-11')
        .executeTakeFirstOrThrow();
      expect(november).toMatchObject({ spent_micro_usd: 900, held_micro_usd: 0 });
    });

    test("turns over at the workspace's own midnight", async () => {
      const ledger = ledgerOver(1_000, { ws_a: 'Pacific/Kiritimati' });
      expect(await ledger.standing('ws_a')).toMatchObject({
        period: '2026-12',
        periodStart: '2026-11-30T10:00:00.000Z',
      });
    });

    test('that has begun ends when it was going to, and no zone opens it twice', async () => {
      const zones: Record<string, string> = {};
      await ledgerOver(1_000, zones).reserve(attemptOf('call_1'), 900);
      zones['ws_a'] = 'Pacific/Kiritimati';
      expect(await ledgerOver(1_000, zones).standing('ws_a')).toMatchObject({
        period: '2026-11',
        reservedMicroUsd: 900,
      });
      // Twelve hours behind UTC it is still November when the UTC month has ended: the same November.
      zones['ws_a'] = 'Etc/GMT+12';
      await clock.advance(13 * 3_600_000);
      const later = ledgerOver(1_000, zones);
      expect(await later.standing('ws_a')).toMatchObject({ period: '2026-11', reservedMicroUsd: 900 });
      await expect(later.reserve(attemptOf('call_2'), 200)).rejects.toMatchObject({
        code: 'budget_exceeded',
      });
    });
  });

  test('costs are read by day, model, agent, run and campaign', async () => {
    const ledger = ledgerOver(10_000);
    const costs = createCosts(db);
    const book = async (attempt: CallAttempt, cost: number): Promise<void> => {
      await ledger.settle(await ledger.reserve(attempt, 1_000), attempt, outcomeOf('completed', cost));
    };
    await book(attemptOf('call_1', { agentId: 'agent_1', agentRunId: 'run_1', campaignId: 'cmp_1' }), 100);
    await book(
      attemptOf('call_2', { agentId: 'agent_1', agentRunId: 'run_2', model: 'claude-sonnet-5-5' }),
      300,
    );
    await clock.advance(24 * 3_600_000);
    await book(attemptOf('call_3', { agentId: 'agent_2', campaignId: 'cmp_1', correlationId: 'cor_1' }), 50);
    await ledger.record(
      attemptOf('call_4', { provider: 'offline', model: 'offline' }),
      outcomeOf('completed', 0),
    );
    const keys = async (group: Parameters<typeof costs.sumBy>[1]): Promise<unknown[]> =>
      (await costs.sumBy('ws_a', group)).map((sum) => [sum.key, sum.costMicroUsd]);
    expect(await keys('day')).toEqual([
      ['2026-11-30', 400],
      ['2026-12-01', 50],
    ]);
    expect(await keys('model')).toEqual([
      ['claude-sonnet-5-5', 300],
      ['gemini-3.8-flash', 150],
      ['offline', 0],
    ]);
    expect(await keys('agent')).toEqual([
      ['agent_1', 400],
      ['agent_2', 50],
      [null, 0],
    ]);
    expect(await costs.total('ws_a', { fromDay: '2026-12-01', toDay: '2026-12-01' })).toMatchObject({
      calls: 2,
      attempts: 2,
      costMicroUsd: 50,
    });
    expect(await costs.total('ws_a', { toDay: '2026-11-30' })).toMatchObject({ calls: 2, costMicroUsd: 400 });
    expect(await costs.sumBy('ws_a', 'run', { agentRunId: 'run_1' })).toMatchObject([
      { key: 'run_1', attempts: 1, costMicroUsd: 100 },
    ]);
    expect(await costs.total('ws_a', { campaignId: 'cmp_1' })).toMatchObject({
      attempts: 2,
      costMicroUsd: 150,
    });
    expect(await costs.total('ws_a', { correlationId: 'cor_1' })).toMatchObject({
      calls: 1,
      costMicroUsd: 50,
    });
    expect(await costs.total('ws_b')).toMatchObject({ attempts: 0, costMicroUsd: 0 });
    expect((await costs.list('ws_a', { toMs: clock.now() })).map((line) => line.callId)).toEqual([
      'call_2',
      'call_1',
    ]);
  });

  test('calls of a request are read whole, with all their attempts, the oldest first', async () => {
    const ledger = ledgerOver(10_000);
    const costs = createCosts(db);
    const ofRequest = { correlationId: 'cor_1', agentRunId: 'run_1' };
    const book = async (attempt: CallAttempt, outcome: AttemptOutcome): Promise<void> => {
      await ledger.settle(await ledger.reserve(attempt, 1_000), attempt, outcome);
    };
    await book(attemptOf('call_1', ofRequest), outcomeOf('uncertain', null));
    await clock.advance(500);
    await book(attemptOf('call_1', { ...ofRequest, attempt: 2 }), outcomeOf('completed', 150));
    await book(attemptOf('call_2', { ...ofRequest, agentRunId: null }), outcomeOf('failed', null));
    await book(attemptOf('call_3', { correlationId: 'cor_2' }), outcomeOf('completed', 1));
    await book(attemptOf('call_4', { ...ofRequest, workspaceId: 'ws_b' }), outcomeOf('completed', 1));
    const found = await costs.calls('ws_a', { correlationId: 'cor_1' }, 10);
    expect(found).toEqual({
      total: 2,
      calls: [
        {
          callId: 'call_1',
          workspaceId: 'ws_a',
          agentRunId: 'run_1',
          provider: 'vertex',
          requestedModel: 'fast',
          model: 'gemini-3.8-flash',
          attempts: 2,
          status: 'completed',
          errorCode: null,
          inputTokens: 10,
          outputTokens: 5,
          costMicroUsd: 1_150,
          estimated: true,
          startedAt: new Date(start - 3).toISOString(),
          endedAt: new Date(start + 500).toISOString(),
        },
        expect.objectContaining({
          callId: 'call_2',
          agentRunId: null,
          status: 'failed',
          errorCode: 'model_unavailable',
          costMicroUsd: 0,
          estimated: false,
        }),
      ],
    });
    // A call of which not every attempt fits is left out, and counted.
    expect(await costs.calls('ws_a', { correlationId: 'cor_1' }, 2)).toMatchObject({
      total: 2,
      calls: [{ callId: 'call_1', attempts: 2 }],
    });
    expect(await costs.calls('ws_a', { correlationId: 'cor_1' }, 1)).toEqual({ total: 2, calls: [] });
    await expect(costs.calls('ws_a', {}, 0)).rejects.toMatchObject({ code: 'invalid_input' });
  });

  test('whatever calls do, what is charged and held never exceeds the cap, and it adds up', async () => {
    // Samples may draw the same seed with another cap, so their workspaces and calls are not named by it.
    const ids = createIds({ clock });
    await fc.assert(
      fc.asyncProperty(fc.integer(), fc.integer({ min: 0, max: 5_000 }), async (seed, cap) => {
        const random = seededRandom(seed);
        const workspaceId = ids.next('ws');
        const ledger = ledgerOver(cap);
        const crashed: Hold[] = [];
        const call = async (): Promise<void> => {
          const attempt = attemptOf(ids.next('call'), { workspaceId });
          const worst = Math.floor(random.next() * 800);
          const hold = await ledger.reserve(attempt, worst).catch((error: unknown) => {
            if (isRaptorFlowError(error, 'budget_exceeded')) return null;
            throw error;
          });
          if (hold === null) return;
          const fate = random.next();
          if (fate < 0.15) {
            crashed.push(hold);
            return;
          }
          const status = fate < 0.3 ? 'failed' : fate < 0.45 ? 'uncertain' : 'completed';
          const cost = status === 'completed' && fate < 0.9 ? Math.floor(random.next() * (worst + 1)) : null;
          await ledger.settle(hold, attempt, outcomeOf(status, cost));
        };
        await Promise.all(Array.from({ length: 24 }, call));
        const standing = await ledger.standing(workspaceId);
        const logged = await createCosts(db).total(workspaceId);
        const charged = standing.spentMicroUsd + standing.uncertainMicroUsd;
        expect(charged + standing.reservedMicroUsd).toBeLessThanOrEqual(cap);
        expect(charged).toBe(logged.costMicroUsd);
        expect(standing.reservedMicroUsd).toBe(crashed.reduce((sum, hold) => sum + hold.amountMicroUsd, 0));
      }),
      { numRuns: 12 },
    );
  });
}
