import { beforeEach, describe, expect, test } from 'vitest';
import { createFakeClock } from 'raptorflow/kernel/testing';
import type { Database } from '../../db/index.ts';
import type { OpenDatabase } from '../../testing/index.ts';
import type { AuditLog } from '../audit-log.ts';
import type { AuditFilter } from '../chain-reader.ts';
import { installationChain } from '../entry.ts';
import { verifyAuditExport } from '../export-file.ts';
import { entryOf, newSigningKey, openAudited, startAudit } from './fixture.ts';

/** The lines of an export, as a file gives them. */
async function linesOf(audit: AuditLog, workspaceId: string): Promise<string[]> {
  const lines: string[] = [];
  for await (const line of audit.export(workspaceId)) lines.push(line.trimEnd());
  return lines;
}

async function* each(lines: readonly string[]): AsyncIterable<string> {
  yield* lines;
}

/** What reading, verifying, exporting and erasing promise, on both engines. */
export function readingSuite(open: OpenDatabase): void {
  let db: Database;
  beforeEach(async () => {
    db = await openAudited(open);
  });

  test('rows are found by what they say, newest first, page by page', async () => {
    const clock = createFakeClock();
    const audit = await startAudit(db, {}, { clock });
    const at: number[] = [];
    for (const [index, action] of [
      'member.added',
      'member.removed',
      'memberships.read',
      'tool.call',
    ].entries()) {
      await audit.append(
        entryOf({
          action,
          phase: index === 3 ? 'intent' : 'event',
          actor: { kind: index === 3 ? 'agent' : 'user', id: `id_${index}` },
          target: { kind: 'thing', id: `target_${index}` },
          correlationId: index < 2 ? 'req-1' : null,
          agentId: index === 3 ? 'agt_1' : null,
          agentRunId: index === 3 ? 'run_1' : null,
          campaignId: index === 3 ? 'cmp_1' : null,
        }),
      );
      at.push(clock.now());
      await clock.advance(1_000);
    }
    const found = async (filter: AuditFilter): Promise<number[]> =>
      (await audit.query('a', filter)).items.map((row) => row.sequence);
    expect(await found({})).toEqual([4, 3, 2, 1]);
    expect(await found({ action: 'member.' })).toEqual([2, 1]);
    expect(await found({ action: 'member' })).toEqual([3, 2, 1]);
    expect(await found({ phase: 'intent' })).toEqual([4]);
    expect(await found({ actorKind: 'user', actorId: 'id_1' })).toEqual([2]);
    expect(await found({ targetKind: 'thing', targetId: 'target_2' })).toEqual([3]);
    expect(await found({ correlationId: 'req-1' })).toEqual([2, 1]);
    for (const filter of [{ agentId: 'agt_1' }, { agentRunId: 'run_1' }, { campaignId: 'cmp_1' }]) {
      expect(await found(filter)).toEqual([4]);
    }
    expect(await found({ fromMs: at[1], toMs: at[3] })).toEqual([3, 2]);
    const first = await audit.query('a', { limit: 3 });
    expect(first.nextCursor).toBe('2');
    const second = await audit.query('a', { limit: 3, cursor: first.nextCursor ?? '' });
    expect([second.items.map((row) => row.sequence), second.nextCursor]).toEqual([[1], null]);
    await expect(audit.query('a', { cursor: 'x' })).rejects.toMatchObject({ code: 'invalid_input' });
    await expect(audit.query('a', { limit: 501 })).rejects.toMatchObject({ code: 'invalid_input' });
  });

  test('rows that are written while the chain is walked do not look like forgeries', async () => {
    const audit = await startAudit(db);
    await Promise.all(Array.from({ length: 1_500 }, () => audit.append(entryOf())));
    const writing = Array.from({ length: 300 }, async () => audit.append(entryOf()));
    const found = await audit.verify('a');
    await Promise.all(writing);
    expect(found).toMatchObject({ ok: true, problem: null });
    expect(found.rows).toBeGreaterThanOrEqual(1_500);
  });

  describe('an earlier head', () => {
    test('is continued by the chain, or that is not so', async () => {
      const audit = await startAudit(db);
      await audit.append(entryOf());
      const earlier = (await audit.head('a')) ?? undefined;
      await audit.append(entryOf());
      expect(await audit.verify('a', { head: earlier })).toMatchObject({ ok: true, extendsSequence: 1 });
      expect(await audit.verify('b', { head: earlier })).toMatchObject({
        ok: false,
        problem: { kind: 'earlier_head_invalid' },
      });
      const forged = earlier && { ...earlier, hash: 'f'.repeat(64) };
      expect(await audit.verify('a', { head: forged })).toMatchObject({
        problem: { kind: 'earlier_head_invalid' },
      });
    });

    test('shows that the database is older, or another, than it was', async () => {
      const signingKey = newSigningKey();
      const before = await startAudit(db, { signingKey });
      await before.append(entryOf());
      await before.append(entryOf());
      const head = (await before.head('a')) ?? undefined;
      const restored = await startAudit(await openAudited(open), { signingKey });
      await restored.append(entryOf());
      expect(await restored.verify('a', { head })).toMatchObject({
        ok: false,
        problem: { kind: 'rolled_back', sequence: 2 },
      });
      await restored.append(entryOf());
      expect(await restored.verify('a', { head })).toMatchObject({
        problem: { kind: 'rewritten', sequence: 2 },
      });
    });
  });

  describe('the key', () => {
    test('can be changed: the new one vouches for the old one, and the chain of the installation says so', async () => {
      const [oldKey, newKey] = [newSigningKey(), newSigningKey()];
      const before = await startAudit(db, { signingKey: oldKey });
      await before.append(entryOf());
      const after = await startAudit(db, { signingKey: newKey });
      expect(await after.verify('a')).toMatchObject({ ok: true });
      const { signingKeyId, keys } = await after.keys();
      expect(keys).toHaveLength(2);
      const [row] = (await after.query(installationChain)).items;
      expect(row).toMatchObject({ action: 'audit.key_changed', target: { kind: 'key', id: signingKeyId } });
      await after.append(entryOf());
      const lines = await linesOf(after, 'a');
      expect(await verifyAuditExport(() => each(lines), { keyId: signingKeyId })).toMatchObject({ ok: true });
    });

    test('that somebody puts into the table stays a stranger, also over restarts', async () => {
      const signingKey = newSigningKey();
      await (await startAudit(db, { signingKey })).append(entryOf());
      // Whoever can write to the database can do this much.
      await (await startAudit(await openAudited(open), {})).keys();
      const stranger = await startAudit(db, {});
      await stranger.append(entryOf());
      const again = await startAudit(db, { signingKey });
      expect(await again.verify('a')).toMatchObject({ problem: { kind: 'key_unknown', sequence: 2 } });
    });

    test('must be an Ed25519 key', async () => {
      for (const signingKey of ['nonsense', Buffer.from('nonsense').toString('base64')]) {
        await expect(startAudit(db, { signingKey })).rejects.toMatchObject({ code: 'invalid_configuration' });
      }
    });
  });

  describe('an export', () => {
    test('verifies without a database, and only against the key that is named', async () => {
      const audit = await startAudit(db);
      for (let index = 0; index < 5; index += 1) await audit.append(entryOf({ details: { index, ü: 1.5 } }));
      const lines = await linesOf(audit, 'a');
      expect(lines).toHaveLength(7);
      const { signingKeyId } = await audit.keys();
      const found = await verifyAuditExport(() => each(lines));
      expect(found).toMatchObject({ ok: true, rows: 5, workspaceId: 'a', trustedKeyId: signingKeyId });
      expect(await verifyAuditExport(() => each(lines), { keyId: 'ed25519:other' })).toMatchObject({
        ok: false,
        problem: { kind: 'key_unknown' },
      });
    });

    test('that was changed anywhere is named', async () => {
      const audit = await startAudit(db);
      for (let index = 0; index < 5; index += 1) await audit.append(entryOf({ details: { index } }));
      const lines = await linesOf(audit, 'a');
      const swap = lines.with(2, lines[3] ?? '').with(3, lines[2] ?? '');
      const cases: [string, readonly string[], object][] = [
        ['changed', lines.with(3, (lines[3] ?? '').replace('"index":2', '"index":9')), { sequence: 3 }],
        ['removed', lines.toSpliced(3, 1), { sequence: 3 }],
        ['reordered', swap, { sequence: 2 }],
        ['inserted', lines.toSpliced(4, 0, lines[3] ?? ''), { sequence: 3 }],
        ['head_missing', lines.slice(0, -1), {}],
        ['removed', lines.toSpliced(5, 1), { sequence: 5 }],
      ];
      for (const [kind, changed, more] of cases) {
        const { ok, problem } = await verifyAuditExport(() => each(changed));
        expect([ok, problem]).toMatchObject([false, { kind, ...more }]);
      }
      await expect(verifyAuditExport(() => each([]))).rejects.toMatchObject({ code: 'malformed_input' });
      await expect(verifyAuditExport(() => each(['{}']))).rejects.toThrow('line 1');
    });
  });

  test('payloads of a workspace that is gone can be forgotten, and the chain still verifies', async () => {
    const audit = await startAudit(db);
    await audit.append(entryOf({ details: { name: 'Ada' } }));
    await audit.append(entryOf({ details: { name: 'Bo' } }));
    await audit.append(entryOf({ workspaceId: 'b', details: { name: 'Cy' } }));
    const operator = { kind: 'operator', id: 'usr_1' } as const;
    expect(await audit.erasePayloads('a', operator)).toBe(2);
    expect(await audit.verify('a')).toMatchObject({ ok: true, rows: 3, erasedRows: 2 });
    const lines = await linesOf(audit, 'a');
    expect(lines.join()).not.toMatch(/Ada|Bo/);
    expect(await verifyAuditExport(() => each(lines))).toMatchObject({ ok: true, erasedRows: 2 });
    await audit.append(entryOf());
    expect(await audit.erasePayloads('a', operator)).toBe(2);
    expect(await audit.verify('a')).toMatchObject({ ok: true, rows: 5, erasedRows: 4 });
    expect(await audit.verify('b')).toMatchObject({ ok: true, erasedRows: 0 });
    expect(await audit.erasePayloads('none', operator)).toBe(0);
  });
}
