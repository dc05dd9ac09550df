import { createFakeClock, type FakeClock } from 'raptorflow/kernel/testing';
import { beforeEach, describe, expect, test } from 'vitest';
import { newSigningKey } from '../../audit/contract-suite/fixture.ts';
import { auditMigrations, auditTables, createAuditLog } from '../../audit/index.ts';
import type { Database } from '../../db/index.ts';
import type { OpenDatabase } from '../../testing/index.ts';
import { createCosts } from '../costs.ts';
import { createHoldKeeper } from '../hold-keeper.ts';
import { createOpenHolds } from '../open-holds.ts';
import { createLedger } from '../sql-ledger.ts';
import { ledgerMigrations, ledgerTables, type LedgerTables } from '../tables.ts';
import { attemptOf, outcomeOf } from './calls.ts';

const start = Date.UTC(2026, 10, 30, 12);

/** What is promised of holds that nobody settles: their processes have died, or nobody knows what they cost. */
export function holdsSuite(open: OpenDatabase): void {
  let clock: FakeClock;
  let db: Database;

  beforeEach(async () => {
    clock = createFakeClock(start);
    db = await open({ tables: [ledgerTables], migrations: [ledgerMigrations] }, { clock });
  });

  const processNamed = (owner: string) => {
    const ledger = createLedger({ monthlyBudgetMicroUsd: 1_000 }, { db, clock, owner });
    return { ledger, keeper: createHoldKeeper({}, { db, ledger, clock }) };
  };
  const statesOf = async (): Promise<Record<string, string>> => {
    const rows = await db
      .forWorkspace<LedgerTables>('ws_a')
      .selectFrom('holds')
      .select(['call_id', 'state'])
      .execute();
    return Object.fromEntries(rows.map((row) => [row.call_id, row.state]));
  };

  test('a hold goes from reserved over dispatched to settled', async () => {
    const { ledger } = processNamed('p1');
    const attempt = attemptOf('call_1');
    const hold = await ledger.reserve(attempt, 100);
    expect(await statesOf()).toEqual({ call_1: 'reserved' });
    await ledger.dispatched(hold);
    expect(await statesOf()).toEqual({ call_1: 'dispatched' });
    await ledger.settle(hold, attempt, outcomeOf('completed', 50));
    expect(await statesOf()).toEqual({ call_1: 'settled' });
  });

  test('a call is recorded before it leaves and when it is booked, in the transactions that book it', async () => {
    const signingKey = newSigningKey();
    const audited = await open({
      tables: [auditTables, ledgerTables],
      migrations: [auditMigrations, ledgerMigrations],
    });
    const audit = createAuditLog({ signingKey }, { db: audited });
    await audit.start();
    const ledger = createLedger({}, { db: audited, audit });
    const attempt = attemptOf('call_1', { agentId: 'agent_1', correlationId: 'cor_1' });
    const hold = await ledger.reserve(attempt, 100);
    const about = {
      phase: 'event',
      actor: { kind: 'agent', id: 'agent_1' },
      target: { kind: 'model_call', id: 'call_1.1' },
      correlationId: 'cor_1',
    };
    expect((await audit.query('ws_a')).items).toMatchObject([{ ...about, action: 'model.dispatch' }]);
    await ledger.settle(hold, attempt, outcomeOf('completed', 50));
    expect((await audit.query('ws_a')).items).toMatchObject([
      { ...about, action: 'model.settle', outcome: 'ok' },
      { ...about, action: 'model.dispatch' },
    ]);
    expect(await audit.verify('ws_a')).toMatchObject({ ok: true });
    await audit.stop();
    const appendWithin = (): Promise<never> => Promise.reject(new TypeError('broken'));
    const knowsNoEnd = { appendBehind: () => false, forgetEnd: () => undefined };
    const broken = createLedger({}, { db: audited, audit: { appendWithin, ...knowsNoEnd } });
    await expect(broken.reserve(attemptOf('call_2'), 100)).rejects.toThrow('broken');
    expect(await ledger.standing('ws_a')).toMatchObject({ reservedMicroUsd: 0 });
  });

  describe('when a process has died', () => {
    test('what had not left is released, what may have left is uncertain, and the living keep theirs', async () => {
      const dead = processNamed('dead');
      const living = processNamed('living');
      await dead.keeper.start();
      await living.keeper.start();
      await dead.ledger.reserve(attemptOf('call_reserved'), 100);
      await dead.ledger.dispatched(await dead.ledger.reserve(attemptOf('call_dispatched'), 200));
      await living.ledger.dispatched(await living.ledger.reserve(attemptOf('call_living'), 300));
      // A stopped keeper says no more that it lives, but its row stays as a killed process leaves it.
      await dead.keeper.stop();
      await db
        .system<LedgerTables>()
        .insertInto('hold_owners')
        .values({ owner: 'dead', seen_at_ms: clock.now() })
        .execute();
      await clock.advance(10_000);
      await living.keeper.stop();
      expect((await statesOf())['call_reserved']).toBe('reserved');
      const next = processNamed('living');
      await clock.advance(6_000);
      await next.keeper.start();
      expect(await statesOf()).toEqual({
        call_reserved: 'released',
        call_dispatched: 'uncertain',
        call_living: 'dispatched',
      });
      expect(await next.ledger.standing('ws_a')).toMatchObject({
        spentMicroUsd: 0,
        uncertainMicroUsd: 200,
        reservedMicroUsd: 300,
      });
      const lines = await createCosts(db).list('ws_a');
      expect(lines.map((line) => [line.callId, line.status, line.costMicroUsd, line.errorCode])).toEqual(
        expect.arrayContaining([
          ['call_reserved', 'failed', 0, 'process_died'],
          ['call_dispatched', 'uncertain', 200, 'process_died'],
        ]),
      );
      await next.keeper.stop();
    });

    test('a process that is alone takes back at its start what any other held', async () => {
      const before = processNamed('before');
      await before.ledger.reserve(attemptOf('call_1'), 400);
      const ledger = createLedger({}, { db, clock });
      const keeper = createHoldKeeper({ alone: true }, { db, ledger, clock });
      await keeper.start();
      expect(await statesOf()).toEqual({ call_1: 'released' });
      await keeper.stop();
    });

    test('one that was only frozen does not send what was taken back, and books the truth of what it had sent', async () => {
      const frozen = processNamed('frozen');
      const attempts = [attemptOf('call_1'), attemptOf('call_2')] as const;
      const reserved = await frozen.ledger.reserve(attempts[0], 100);
      const sent = await frozen.ledger.reserve(attempts[1], 200);
      await frozen.ledger.dispatched(sent);
      const other = processNamed('other');
      await other.keeper.start();
      expect(await statesOf()).toEqual({ call_1: 'released', call_2: 'uncertain' });
      await expect(frozen.ledger.dispatched(reserved)).rejects.toMatchObject({ code: 'conflict' });
      expect(await frozen.ledger.settle(sent, attempts[1], outcomeOf('completed', 150))).toEqual({
        costMicroUsd: 150,
        estimated: false,
      });
      expect(await other.ledger.standing('ws_a')).toMatchObject({
        spentMicroUsd: 150,
        uncertainMicroUsd: 0,
        reservedMicroUsd: 0,
      });
      expect(await createCosts(db).total('ws_a')).toMatchObject({ attempts: 2, costMicroUsd: 150 });
      await other.keeper.stop();
    });
  });

  describe('what is uncertain', () => {
    const lose = async (callId: string, amount: number): Promise<void> => {
      const { ledger } = processNamed('p1');
      const attempt = attemptOf(callId, { agentId: 'agent_1' });
      const hold = await ledger.reserve(attempt, amount);
      await ledger.dispatched(hold);
      await ledger.settle(hold, attempt, outcomeOf('uncertain', null));
    };

    test('is listed, stays charged whatever time passes, and is booked when somebody knows', async () => {
      const { ledger, keeper } = processNamed('p2');
      const holds = createOpenHolds(db, ledger);
      await lose('call_1', 300);
      await keeper.start();
      await clock.advance(40 * 24 * 3_600_000);
      await keeper.stop();
      expect(await holds.list('ws_a', { states: ['uncertain'] })).toMatchObject([
        { callId: 'call_1', attempt: 1, state: 'uncertain', amountMicroUsd: 300, agentId: 'agent_1' },
      ]);
      expect(await holds.list('ws_b')).toEqual([]);
      await holds.reconcile('ws_a', { callId: 'call_1', attempt: 1 }, { costMicroUsd: 120 });
      expect(await holds.list('ws_a')).toEqual([]);
      const november = await db
        .forWorkspace<LedgerTables>('ws_a')
        .selectFrom('budgets')
        .selectAll()
        .where('level', '=', 'agent')
        .executeTakeFirstOrThrow();
      expect(november).toMatchObject({ spent_micro_usd: 120, uncertain_micro_usd: 0, held_micro_usd: 0 });
      expect(await createCosts(db).total('ws_a')).toMatchObject({ attempts: 1, costMicroUsd: 120 });
    });

    test('is free when the provider never saw it', async () => {
      const holds = createOpenHolds(db, processNamed('p2').ledger);
      await lose('call_1', 300);
      await holds.reconcile('ws_a', { callId: 'call_1', attempt: 1 }, { costMicroUsd: 0 });
      expect(await statesOf()).toEqual({ call_1: 'released' });
      expect(await createCosts(db).total('ws_a')).toMatchObject({ costMicroUsd: 0 });
    });

    test('is asked for at a provider that can be asked', async () => {
      const holds = createOpenHolds(db, processNamed('p2').ledger);
      await lose('call_1', 300);
      await lose('call_2', 300);
      const asked: string[] = [];
      const booked = await holds.inquire('ws_a', async ({ providerCallId }) => {
        asked.push(providerCallId);
        return providerCallId === 'call_1.1' ? { costMicroUsd: 7 } : undefined;
      });
      expect(booked).toBe(1);
      expect(asked.toSorted()).toEqual(['call_1.1', 'call_2.1']);
      expect(await statesOf()).toEqual({ call_1: 'settled', call_2: 'uncertain' });
    });

    test('is not reconciled twice, nor what nobody knows of', async () => {
      const holds = createOpenHolds(db, processNamed('p2').ledger);
      await lose('call_1', 300);
      const which = { callId: 'call_1', attempt: 1 };
      await holds.reconcile('ws_a', which, { costMicroUsd: 1 });
      await expect(holds.reconcile('ws_a', which, { costMicroUsd: 2 })).rejects.toMatchObject({
        code: 'conflict',
      });
      await expect(holds.reconcile('ws_b', which, { costMicroUsd: 2 })).rejects.toMatchObject({
        code: 'not_found',
      });
      await expect(holds.reconcile('ws_a', which, { costMicroUsd: -2 })).rejects.toMatchObject({
        code: 'invalid_input',
      });
      await expect(holds.list('ws_a', { limit: 0 })).rejects.toMatchObject({ code: 'invalid_input' });
    });
  });

  test('settled holds are forgotten after a day, their cost lines stay, and settling again still knows', async () => {
    const { ledger, keeper } = processNamed('p1');
    const attempt = attemptOf('call_1');
    const hold = await ledger.reserve(attempt, 100);
    await ledger.settle(hold, attempt, outcomeOf('completed', 50));
    await clock.advance(24 * 3_600_000 + 1);
    await keeper.start();
    expect(await statesOf()).toEqual({});
    expect(await ledger.settle(hold, attempt, outcomeOf('uncertain', null))).toEqual({
      costMicroUsd: 50,
      estimated: false,
    });
    await keeper.stop();
  });
}
