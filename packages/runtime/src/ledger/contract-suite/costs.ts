import { createFakeClock, type FakeClock } from 'raptorflow/kernel/testing';
import { beforeEach, expect, test } from 'vitest';
import type { Database } from '../../db/index.ts';
import type { OpenDatabase } from '../../testing/index.ts';
import { createBudgets } from '../budgets.ts';
import type { CostFilter } from '../cost-lines.ts';
import { createCosts } from '../costs.ts';
import type { CallAttempt, Ledger } from '../index.ts';
import { createOpenHolds } from '../open-holds.ts';
import { createLedger } from '../sql-ledger.ts';
import { ledgerMigrations, ledgerTables } from '../tables.ts';
import { attemptOf, outcomeOf } from './calls.ts';

/** What is promised of reading what was booked. */
export function costsSuite(open: OpenDatabase): void {
  let clock: FakeClock;
  let db: Database;
  let ledger: Ledger;

  beforeEach(async () => {
    clock = createFakeClock(Date.UTC(2026, 10, 30, 12));
    db = await open({ tables: [ledgerTables], migrations: [ledgerMigrations] }, { clock });
    ledger = createLedger({ monthlyBudgetMicroUsd: 100_000 }, { db, clock });
  });

  const book = async (
    attempt: CallAttempt,
    status: 'completed' | 'uncertain',
    cost: number | null,
  ): Promise<void> => {
    const hold = await ledger.reserve(attempt, 1_000);
    await ledger.dispatched(hold);
    await ledger.settle(hold, attempt, outcomeOf(status, cost));
  };

  test('costs are read by guild and provider, with the part that nobody knows and the part that is a bound', async () => {
    const costs = createCosts(db);
    await book(attemptOf('call_1', { guild: 'research' }), 'completed', 100);
    await book(attemptOf('call_2', { guild: 'research' }), 'completed', null);
    await book(attemptOf('call_3', { guild: 'muse', provider: 'openai' }), 'uncertain', null);
    await book(attemptOf('call_4', { guild: 'muse', provider: 'openai' }), 'uncertain', null);
    expect(await costs.sumBy('ws_a', 'guild')).toMatchObject([
      { key: 'muse', costMicroUsd: 2_000, uncertainMicroUsd: 2_000, estimatedMicroUsd: 0 },
      { key: 'research', costMicroUsd: 1_100, uncertainMicroUsd: 0, estimatedMicroUsd: 1_000 },
    ]);
    const holds = createOpenHolds(db, ledger);
    await clock.advance(24 * 3_600_000);
    await holds.reconcile('ws_a', { callId: 'call_3', attempt: 1 }, { costMicroUsd: 400 });
    expect(await costs.sumBy('ws_a', 'provider')).toMatchObject([
      { key: 'openai', attempts: 2, costMicroUsd: 1_400, uncertainMicroUsd: 1_000 },
      { key: 'vertex', attempts: 2, costMicroUsd: 1_100, uncertainMicroUsd: 0 },
    ]);
    expect(await costs.total('ws_a')).toMatchObject({
      calls: 4,
      costMicroUsd: 2_500,
      uncertainMicroUsd: 1_000,
      estimatedMicroUsd: 1_000,
    });
    // What was given back counts on the day that it became known.
    expect((await costs.sumBy('ws_a', 'day')).map((day) => [day.key, day.costMicroUsd])).toEqual([
      ['2026-11-30', 3_100],
      ['2026-12-01', -600],
    ]);
    expect(await costs.total('ws_b')).toMatchObject({ costMicroUsd: 0, uncertainMicroUsd: 0 });
  });

  test('every line is on exactly one page, the newest first, whatever is booked in the same millisecond', async () => {
    const costs = createCosts(db);
    for (let call = 1; call <= 5; call += 1) {
      for (let attempt = 1; attempt <= 2; attempt += 1) {
        await book(attemptOf(`call_${call}`, { attempt }), 'completed', call);
      }
      if (call === 3) await clock.advance(1_000);
    }
    await book(attemptOf('call_6'), 'uncertain', null);
    await createOpenHolds(db, ledger).reconcile(
      'ws_a',
      { callId: 'call_6', attempt: 1 },
      { costMicroUsd: 7 },
    );
    const seen: string[] = [];
    let cursor: string | null | undefined;
    while (cursor !== null) {
      const page = await costs.page('ws_a', {}, { limit: 3, cursor });
      seen.push(...page.items.map((line) => `${line.callId}.${line.attempt}.${line.revision}`));
      cursor = page.nextCursor;
    }
    expect(seen).toHaveLength(12);
    expect(new Set(seen).size).toBe(12);
    expect([seen[0], seen[1], seen.at(-1)]).toEqual(['call_6.1.1', 'call_6.1.0', 'call_1.1.0']);
    await expect(costs.page('ws_a', {}, { limit: 3, cursor: 'elsewhere' })).rejects.toMatchObject({
      code: 'invalid_input',
    });
    const [line] = await costs.list('ws_a', { toMs: clock.now() }, 1);
    expect(line).toMatchObject({
      rawUsage: { promptTokenCount: 10 },
      priceVersion: 'test',
      day: '2026-11-30',
    });
  });

  test('a scan gives the lines of an attempt one after the other, of its month only, and ends at its limit', async () => {
    const costs = createCosts(db);
    await book(attemptOf('call_1'), 'uncertain', null);
    await book(attemptOf('call_2'), 'completed', 5);
    await clock.advance(24 * 3_600_000);
    await book(attemptOf('call_3'), 'completed', 6);
    await createOpenHolds(db, ledger).reconcile(
      'ws_a',
      { callId: 'call_1', attempt: 1 },
      { costMicroUsd: 7 },
    );
    const read = async (filter: CostFilter, linesMax: number): Promise<string[]> => {
      const lines: string[] = [];
      for await (const portion of costs.scan('ws_a', filter, linesMax)) {
        lines.push(...portion.map((line) => `${line.callId}.${line.revision}`));
      }
      return lines;
    };
    // Corrections belong to the month of what they correct.
    expect(await read({ period: '2026-11' }, 100)).toEqual(['call_1.0', 'call_1.1', 'call_2.0']);
    expect(await read({}, 2)).toEqual(['call_1.0', 'call_1.1']);
  });

  test('one budget is found with its cap, or with nothing charged to it', async () => {
    const budgets = createBudgets(db, { clock });
    await budgets.setCap('ws_a', { level: 'agent', subject: 'agent_1' }, 5_000);
    await book(attemptOf('call_1', { agentId: 'agent_1', agentRunId: 'run_1' }), 'completed', 100);
    expect(await budgets.find('ws_a', { level: 'agent', subject: 'agent_1' }, '2026-11')).toMatchObject({
      capMicroUsd: 5_000,
      spentMicroUsd: 100,
      period: '2026-11',
    });
    expect(await budgets.find('ws_a', { level: 'run', subject: 'run_1' }, '2026-11')).toMatchObject({
      capMicroUsd: null,
      spentMicroUsd: 100,
      period: 'lifetime',
      periodEnd: null,
    });
    expect(await budgets.find('ws_a', { level: 'agent', subject: 'agent_1' }, '2026-12')).toMatchObject({
      capMicroUsd: 5_000,
      spentMicroUsd: 0,
    });
  });
}
