import { toRaptorFlowError } from 'raptorflow/kernel';
import { createFakeClock, type FakeClock } from 'raptorflow/kernel/testing';
import { beforeEach, describe, expect, test } from 'vitest';
import type { Database } from '../../db/index.ts';
import type { OpenDatabase } from '../../testing/index.ts';
import type { Hold, Ledger } from '../ledger.ts';
import { createLedger } from '../sql-ledger.ts';
import { ledgerMigrations, ledgerTables } from '../tables.ts';
import { attemptOf, outcomeOf } from './calls.ts';

/** What reservations promise that wait for money which others have set aside. */
export function patienceSuite(open: OpenDatabase): void {
  let clock: FakeClock;
  let db: Database;
  let ledger: Ledger;

  beforeEach(async () => {
    clock = createFakeClock(Date.UTC(2026, 10, 30, 12));
    db = await open({ tables: [ledgerTables], migrations: [ledgerMigrations] });
    ledger = createLedger({ monthlyBudgetMicroUsd: 1_000 }, { db, clock });
  });

  const patient = { waitMsMax: 60_000 };
  const settle = (hold: Hold, cost: number | null): Promise<unknown> =>
    ledger.settle(hold, attemptOf(hold.callId), outcomeOf(cost === null ? 'failed' : 'completed', cost));
  /** Follows a reservation without waiting for it. */
  const follow = (callId: string, amount: number, patience = patient, by = ledger) => {
    const state = { outcome: 'waits' };
    const pending = by.reserve(attemptOf(callId), amount, patience).then(
      (hold) => {
        state.outcome = 'has it';
        return hold;
      },
      (error: unknown) => {
        state.outcome = toRaptorFlowError(error).code;
        return undefined;
      },
    );
    return { state, pending };
  };
  /** Until everything that the ledger was asked for before has been decided. */
  const decided = async (): Promise<void> => {
    await settle(await ledger.reserve(attemptOf(`call_probe_${clock.now()}_${Math.random()}`), 0), null);
  };

  test('a reservation that only holds stand in the way of gets its money when they come back', async () => {
    const first = await ledger.reserve(attemptOf('call_1'), 900);
    const second = follow('call_2', 300);
    await decided();
    expect(second.state.outcome).toBe('waits');
    await settle(first, 100);
    await second.pending;
    expect(second.state.outcome).toBe('has it');
    expect(await ledger.standing('ws_a')).toMatchObject({ spentMicroUsd: 100, reservedMicroUsd: 300 });
  });

  test('one that could never fit is refused at once, and so are those that wait when it comes to that', async () => {
    const first = await ledger.reserve(attemptOf('call_1'), 900);
    const hopeless = follow('call_2', 1_001);
    const waiting = follow('call_3', 300);
    await hopeless.pending;
    expect(hopeless.state.outcome).toBe('budget_exceeded');
    await settle(first, 800);
    await waiting.pending;
    expect(waiting.state.outcome).toBe('budget_exceeded');
    expect(await ledger.standing('ws_a')).toMatchObject({ spentMicroUsd: 800, reservedMicroUsd: 0 });
  });

  test('a large one is not overtaken by small ones behind it', async () => {
    const first = await ledger.reserve(attemptOf('call_1'), 500);
    const large = follow('call_2', 900);
    await decided();
    const small = follow('call_3', 50);
    await decided();
    expect([large.state.outcome, small.state.outcome]).toEqual(['waits', 'waits']);
    await settle(first, null);
    await large.pending;
    await small.pending;
    expect([large.state.outcome, small.state.outcome]).toEqual(['has it', 'has it']);
  });

  test('many are served in the order in which they came', async () => {
    const first = await ledger.reserve(attemptOf('call_0'), 1_000);
    const served: number[] = [];
    const waiting = Array.from({ length: 250 }, (_, at) =>
      ledger.reserve(attemptOf(`call_${at + 1}`), 10, patient).then(async (hold) => {
        served.push(at);
        await settle(hold, null);
      }),
    );
    await decided().catch(() => undefined);
    await settle(first, null);
    await Promise.all(waiting);
    expect(served).toEqual(Array.from({ length: 250 }, (_, at) => at));
  });

  test('what another process gives back is found', async () => {
    const other = createLedger({ monthlyBudgetMicroUsd: 1_000 }, { db, clock });
    const theirs = await other.reserve(attemptOf('call_1'), 1_000);
    const ours = follow('call_2', 400);
    await expect.poll(() => ours.state.outcome).toBe('waits');
    await other.settle(theirs, attemptOf('call_1'), outcomeOf('failed', null));
    await expect
      .poll(async () => {
        await clock.advance(100);
        return ours.state.outcome;
      })
      .toBe('has it');
  });

  test('patience ends, and a caller who leaves waits no more; nothing is booked for either', async () => {
    const first = await ledger.reserve(attemptOf('call_1'), 1_000);
    const abort = new AbortController();
    const leaving = follow('call_2', 100, { ...patient, signal: abort.signal } as typeof patient);
    const brief = follow('call_3', 100, { waitMsMax: 1_000 });
    await expect.poll(() => [leaving.state.outcome, brief.state.outcome]).toEqual(['waits', 'waits']);
    abort.abort();
    await leaving.pending;
    expect(leaving.state.outcome).toBe('cancelled');
    await expect
      .poll(async () => {
        await clock.advance(500);
        return brief.state.outcome;
      })
      .toBe('budget_exceeded');
    expect(await ledger.standing('ws_a')).toMatchObject({ reservedMicroUsd: 1_000 });
    await settle(first, null);
  });

  test('without patience it is refused at once', async () => {
    await ledger.reserve(attemptOf('call_1'), 900);
    await expect(ledger.reserve(attemptOf('call_2'), 300)).rejects.toMatchObject({ code: 'budget_exceeded' });
  });

  describe('under a crowd', () => {
    test('the first refusal comes when the cap is used up, and not before', async () => {
      const cap = 1_000;
      let refusedAt: number | undefined;
      const call = async (at: number): Promise<void> => {
        const attempt = attemptOf(`call_${at}`);
        try {
          const hold = await ledger.reserve(attempt, 10, patient);
          await ledger.dispatched(hold);
          await ledger.settle(hold, attempt, outcomeOf('completed', 3));
        } catch {
          const { spentMicroUsd } = await ledger.standing('ws_a');
          refusedAt ??= spentMicroUsd;
        }
      };
      // Their worst cases are four times the cap.
      await Promise.all(Array.from({ length: 400 }, (_, at) => call(at)));
      expect(refusedAt).toBeGreaterThan(cap - 10);
      expect((await ledger.standing('ws_a')).spentMicroUsd).toBeLessThanOrEqual(cap);
    });
  });
}
