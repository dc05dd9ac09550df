import { beforeEach, describe, expect, test } from 'vitest';
import { createFakeClock } from 'raptorflow/kernel/testing';
import type { Database } from '../../db/index.ts';
import type { OpenDatabase } from '../../testing/index.ts';
import { installationChain } from '../entry.ts';
import type { AuditTables } from '../tables.ts';
import { entryOf, newSigningKey, openAudited, startAudit } from './fixture.ts';

/** What writing promises, on both engines. */
export function appendingSuite(open: OpenDatabase): void {
  let db: Database;
  beforeEach(async () => {
    db = await openAudited(open);
  });

  describe('an entry', () => {
    test('stands in the chain of its workspace when it resolves, with everything that was said', async () => {
      const clock = createFakeClock();
      const audit = await startAudit(db, {}, { clock });
      const intent = await audit.append(
        entryOf({
          action: 'tool.call',
          phase: 'intent',
          actor: { kind: 'agent', id: 'agt_1' },
          target: { kind: 'tool', id: 'send' },
          correlationId: 'req-1',
          agentId: 'agt_1',
          agentRunId: 'run_1',
          campaignId: 'cmp_1',
          details: { to: 'ada', zeta: [1, { b: null, a: 'ü' }] },
        }),
      );
      await audit.append(entryOf({ phase: 'outcome', intentId: intent.id, outcome: 'ok' }));
      const { items, nextCursor } = await audit.query('a');
      expect(nextCursor).toBeNull();
      expect(items.map((row) => [row.sequence, row.phase, row.intentId, row.outcome])).toEqual([
        [2, 'outcome', intent.id, 'ok'],
        [1, 'intent', null, null],
      ]);
      expect(items[1]).toMatchObject({
        id: intent.id,
        hash: intent.hash,
        recordedAtMs: clock.now(),
        target: { kind: 'tool', id: 'send' },
        agentRunId: 'run_1',
        payload: '{"to":"ada","zeta":[1,{"a":"ü","b":null}]}',
      });
      expect(await audit.head('a')).toMatchObject({ sequence: 2, hash: items[0]?.hash });
      expect((await audit.query('b')).items).toEqual([]);
      expect(await audit.verify('a')).toMatchObject({ ok: true, rows: 2 });
    });

    test('leaves no timer behind when the log stops, which would hold the process', async () => {
      const clock = createFakeClock();
      const audit = await startAudit(db, {}, { clock });
      await audit.append(entryOf());
      await audit.stop();
      expect(clock.pending).toBe(0);
    });

    test('shows no secret, and says when its details were too large', async () => {
      const audit = await startAudit(db, { detailsBytesMax: 1_000 });
      await audit.append(entryOf({ details: { api_key: 'abc', note: 'Bearer abcdefgh12345678', n: 1 } }));
      await audit.append(entryOf({ details: { text: '"'.repeat(5_000) } }));
      const [large, masked] = (await audit.query('a')).items.map((row) => row.payload ?? '');
      expect(JSON.parse(masked ?? '')).toEqual({ api_key: '[masked]', note: 'Bearer [masked]', n: 1 });
      expect(JSON.parse(large ?? '')).toMatchObject({ cut: { bytes: 10_011 } });
      expect(Buffer.byteLength(large ?? '')).toBeLessThanOrEqual(1_000);
    });

    test('that is none is refused: odd actions, outcomes without an intent, controls in names', async () => {
      const audit = await startAudit(db);
      for (const wrong of [
        entryOf({ action: 'added' }),
        entryOf({ phase: 'outcome', outcome: 'ok' }),
        entryOf({ intentId: 'aud_1' }),
        entryOf({ correlationId: 'a\u0000b' }),
        { ...entryOf(), surprise: 1 } as never,
      ]) {
        await expect(audit.append(wrong)).rejects.toMatchObject({ code: 'invalid_options' });
      }
      expect(await audit.head('a')).toBeNull();
    });

    test('is not taken before the start', async () => {
      const audit = await startAudit(db);
      await audit.stop();
      await expect(audit.append(entryOf())).rejects.toMatchObject({ code: 'unavailable' });
    });
  });

  describe('many entries', () => {
    test('that arrive together share transactions, each chain in the order of arrival', async () => {
      const audit = await startAudit(db, { batchMax: 40 });
      const count = 100;
      const receipts = await Promise.all(
        Array.from({ length: count }, (_, index) =>
          audit.append(entryOf({ workspaceId: index % 2 === 0 ? 'a' : 'b', details: { index } })),
        ),
      );
      for (const [offset, workspaceId] of ['a', 'b'].entries()) {
        const own = receipts.filter((_, index) => index % 2 === offset);
        expect(own.map((receipt) => receipt.sequence)).toEqual(own.map((_, index) => index + 1));
        const { items } = await audit.query(workspaceId, { limit: 500 });
        expect(items.toReversed().map((row) => row.payload)).toEqual(
          own.map((_, index) => `{"index":${index * 2 + offset}}`),
        );
        expect(await audit.verify(workspaceId)).toMatchObject({ ok: true, rows: count / 2 });
      }
    });

    test('of several writers make one chain', async () => {
      const writers = await Promise.all([startAudit(db), startAudit(db)]);
      const [first, second] = writers;
      await Promise.all(
        writers.flatMap((audit) =>
          Array.from({ length: 20 }, () =>
            Promise.all([
              audit.append(entryOf()),
              db.transaction('a', (unit) => audit.appendWithin(unit, [entryOf(), entryOf()])),
            ]),
          ),
        ),
      );
      const rows = await db
        .forWorkspace<AuditTables>('a')
        .selectFrom('audit_logs')
        .select('sequence')
        .execute();
      expect(rows).toHaveLength(120);
      // Each knows the other's key as one that it does not trust, and only the last to write has signed the head.
      const found = await Promise.all([first?.verify('a'), second?.verify('a')]);
      expect(found.map((each) => each?.problem?.kind ?? 'ok').toSorted()).toEqual(['key_unknown', 'ok']);
    });

    test('beyond the limit are refused, and those that wait are written', async () => {
      const audit = await startAudit(db, { waitingMax: 3 });
      const results = await Promise.allSettled(Array.from({ length: 5 }, () => audit.append(entryOf())));
      const refused = results.filter((result) => result.status === 'rejected');
      expect(refused).toHaveLength(2);
      expect(refused[0]?.reason).toMatchObject({ code: 'exhausted' });
      expect(await audit.verify('a')).toMatchObject({ ok: true, rows: 3 });
      await audit.append(entryOf());
    });

    test('are all written before a stop ends', async () => {
      const audit = await startAudit(db);
      const waiting = Array.from({ length: 50 }, () => audit.append(entryOf()));
      await audit.stop();
      expect(await Promise.all(waiting)).toHaveLength(50);
    });
  });

  describe('an entry inside a transaction', () => {
    test('is recorded if and only if it commits', async () => {
      const audit = await startAudit(db);
      await audit.append(entryOf());
      const undone = db.transaction('a', async (unit) => {
        await audit.appendWithin(unit, [entryOf()]);
        throw new RangeError('no');
      });
      await expect(undone).rejects.toThrow('no');
      expect(await audit.append(entryOf())).toMatchObject({ sequence: 2 });
      const [receipt] = await db.transaction('a', (unit) => audit.appendWithin(unit, [entryOf()]));
      expect(receipt?.sequence).toBe(3);
      expect(await audit.verify('a')).toMatchObject({ ok: true, rows: 3 });
    });

    test('stands behind the end that the writer knows, or the transaction fails when that is no longer the end', async () => {
      const signingKey = newSigningKey();
      const [audit, other] = [await startAudit(db, { signingKey }), await startAudit(db, { signingKey })];
      const behind = (): Promise<true | undefined> =>
        db.write('a', (writing) => audit.appendBehind(writing, [entryOf(), entryOf()]) || undefined);
      expect(await behind()).toBeUndefined();
      await audit.append(entryOf());
      expect(await behind()).toBe(true);
      await other.append(entryOf());
      await expect(behind()).rejects.toMatchObject({ code: 'serialization_conflict' });
      audit.forgetEnd('a');
      expect(await behind()).toBeUndefined();
      expect(await audit.append(entryOf())).toMatchObject({ sequence: 5 });
      expect(await audit.verify('a')).toMatchObject({ ok: true, rows: 5 });
    });

    test('belongs to its workspace; one of the installation reaches every chain', async () => {
      const audit = await startAudit(db);
      await expect(
        db.transaction('a', (unit) => audit.appendWithin(unit, [entryOf({ workspaceId: 'b' })])),
      ).rejects.toMatchObject({ code: 'unscoped_statement' });
      const receipts = await db.transaction(null, (unit) =>
        audit.appendWithin(unit, [
          entryOf({ workspaceId: 'b' }),
          entryOf({ workspaceId: installationChain }),
          entryOf({ workspaceId: 'b' }),
        ]),
      );
      expect(receipts.map(({ workspaceId, sequence }) => [workspaceId, sequence])).toEqual([
        ['b', 1],
        [installationChain, 1],
        ['b', 2],
      ]);
    });
  });

  test('no handle of a workspace changes or removes rows', async () => {
    const audit = await startAudit(db);
    await audit.append(entryOf());
    const own = db.forWorkspace<AuditTables>('a');
    for (const statement of [
      own.deleteFrom('audit_logs').execute(),
      own.updateTable('audit_logs').set({ payload: null }).execute(),
      own.deleteFrom('audit_heads').execute(),
      own.updateTable('audit_heads').set({ workspace_id: 'b' }).execute(),
    ]) {
      await expect(statement).rejects.toMatchObject({ code: 'unscoped_statement' });
    }
    const system = db.system<AuditTables>();
    for (const change of [
      () => system.deleteFrom('audit_logs').execute(),
      () => system.updateTable('audit_logs').set({ action: 'x.y' }).execute(),
      () => system.deleteFrom('audit_heads').execute(),
    ]) {
      await expect(change()).rejects.toMatchObject({
        code: db.dialect === 'sqlite' ? 'constraint_violated' : 'unscoped_statement',
      });
    }
    expect(await audit.verify('a')).toMatchObject({ ok: true });
  });
}
