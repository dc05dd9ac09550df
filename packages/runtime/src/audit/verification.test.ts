import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { openDatabase } from '../db/index.ts';
import { rowHashOf, type AuditRow } from './chain.ts';
import { ChainReader } from './chain-reader.ts';
import { entryOf, newSigningKey, startAudit } from './contract-suite/fixture.ts';
import type { ChainSource } from './problem.ts';
import { createAuditSigner, trustedKeys, type SignedHead } from './signing.ts';
import { auditMigrations, auditTables } from './tables.ts';
import { verifyChain, type AuditVerification } from './verification.ts';

const length = 24;
const signingKey = newSigningKey();
const { publicKey } = createAuditSigner(signingKey);
const keys = trustedKeys(publicKey.keyId, [publicKey]);

let rows: readonly AuditRow[] = [];
let head: SignedHead;
beforeAll(async () => {
  const db = openDatabase({ path: ':memory:', tables: [auditTables], migrations: [auditMigrations] });
  await db.start();
  const audit = await startAudit(db, { signingKey });
  for (let index = 1; index <= length; index += 1) {
    await audit.append(entryOf({ actor: { kind: 'user', id: `usr_${index % 3}` }, details: { index } }));
  }
  const stored: AuditRow[] = [];
  for await (const row of new ChainReader(db).source('a').rows(0, length)) stored.push(row);
  rows = stored;
  head = (await audit.head('a')) as SignedHead;
  await db.stop();
});

/** A chain as a database has it: rows are found by the sequence that they say. */
function sourceOf(stored: readonly AuditRow[], end: SignedHead | null): ChainSource {
  const sorted = stored.toSorted((a, b) => a.sequence - b.sequence);
  return {
    workspaceId: 'a',
    head: async () => end,
    async *rows(after, to) {
      yield* sorted.filter(({ sequence }) => sequence > after && sequence <= to);
    },
  };
}

const verify = (stored: readonly AuditRow[], end: SignedHead | null = head): Promise<AuditVerification> =>
  verifyChain(sourceOf(stored, end), { keys });

/** Gives rows the hashes that they would have had, from an index on. */
function rehash(stored: readonly AuditRow[], from: number, to = stored.length): AuditRow[] {
  const result = [...stored];
  for (let index = from; index < to; index += 1) {
    const row = result[index] as AuditRow;
    const previousHash = result[index - 1]?.hash ?? row.previousHash;
    result[index] = { ...row, previousHash, hash: rowHashOf(previousHash, row) };
  }
  return result;
}

const renumbered = (stored: readonly AuditRow[], from: number, by: number): AuditRow[] =>
  stored.map((row, index) => (index < from ? row : { ...row, sequence: row.sequence + by }));

const place = fc.integer({ min: 1, max: length });
/** One change of one field of a row, each to something else than it is. */
const changes: readonly ((row: AuditRow) => AuditRow)[] = [
  (row) => ({ ...row, action: 'member.removed' }),
  (row) => ({ ...row, phase: 'intent' }),
  (row) => ({ ...row, id: `${row.id}x` }),
  (row) => ({ ...row, recordedAtMs: row.recordedAtMs + 1 }),
  (row) => ({ ...row, actor: { ...row.actor, id: 'usr_other' } }),
  (row) => ({ ...row, actor: { ...row.actor, kind: 'operator' } }),
  (row) => ({ ...row, target: { kind: 'x', id: 'y' } }),
  (row) => ({ ...row, outcome: 'failed' }),
  (row) => ({ ...row, intentId: 'aud_1' }),
  (row) => ({ ...row, correlationId: 'c' }),
  (row) => ({ ...row, agentId: 'c' }),
  (row) => ({ ...row, agentRunId: 'c' }),
  (row) => ({ ...row, campaignId: 'c' }),
  (row) => ({ ...row, payload: '{"index":0}' }),
  (row) => ({ ...row, salt: 'other' }),
  (row) => ({ ...row, payloadHash: 'f'.repeat(64) }),
  (row) => ({ ...row, payload: null, salt: null }),
  (row) => ({ ...row, hash: 'f'.repeat(64) }),
];
const change = fc.constantFrom(...changes);

describe('a chain', () => {
  it('that nobody touched is whole', async () => {
    expect(await verify(rows)).toMatchObject({ ok: true, rows: length, problem: null });
    expect(await verify([], null)).toMatchObject({ ok: true, rows: 0 });
  });

  it('names a row that was changed, with or without its own hash', async () => {
    await fc.assert(
      fc.asyncProperty(place, change, fc.boolean(), async (at, apply, withHash) => {
        const touched = rows.with(at - 1, apply(rows[at - 1] as AuditRow));
        const stored = withHash ? rehash(touched, at - 1, at) : touched;
        const { ok, problem } = await verify(stored);
        if (isDeepStrictEqual(stored, rows)) {
          expect(ok).toBe(true);
          return;
        }
        expect(problem?.sequence).toBe(at);
        // Against a last row that fits, only the signed head speaks.
        expect(problem?.kind).toBeOneOf(withHash && at === length ? ['changed', 'rewritten'] : ['changed']);
      }),
      { numRuns: 400 },
    );
  });

  it('names a row that was removed, also when those behind it were moved up', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: length }), fc.boolean(), async (at, movedUp) => {
        const left = rows.toSpliced(at - 1, 1);
        const { problem } = await verify(movedUp ? renumbered(left, at - 1, -1) : left);
        expect(problem).toMatchObject({ kind: 'removed', sequence: at, rowId: null });
      }),
    );
  });

  it('names rows that changed places', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(place, { minLength: 2, maxLength: 2 }), async (pair) => {
        const [a = 1, b = 2] = pair.toSorted((x, y) => x - y);
        const [first, second] = [rows[a - 1] as AuditRow, rows[b - 1] as AuditRow];
        const stored = rows.with(a - 1, { ...second, sequence: a }).with(b - 1, { ...first, sequence: b });
        expect((await verify(stored)).problem).toMatchObject({
          kind: 'reordered',
          sequence: a,
          rowId: second.id,
        });
      }),
    );
  });

  it('names a row that was inserted, however well it was made', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: length + 1 }), fc.boolean(), async (at, wellMade) => {
        const forged: AuditRow = { ...(rows[0] as AuditRow), id: 'aud_forged', sequence: at };
        const behind = renumbered(rows, at - 1, 1).toSpliced(at - 1, 0, forged);
        const stored = wellMade ? rehash(behind, at - 1, at) : behind;
        expect((await verify(stored)).problem).toMatchObject({
          kind: 'inserted',
          sequence: at,
          rowId: 'aud_forged',
        });
      }),
    );
  });

  it('names the end of what is left when it was cut off', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: length - 1 }), async (left) => {
        const cut = rows.slice(0, left);
        expect((await verify(cut)).problem).toMatchObject({ kind: 'removed', sequence: left + 1 });
        // The head is moved back as well as somebody can who has no key.
        const moved = { ...head, sequence: left, hash: cut.at(-1)?.hash ?? '' };
        expect((await verify(cut, moved)).problem).toMatchObject({ kind: 'head_invalid', sequence: left });
      }),
    );
  });

  it('is not whole when rows were written anew up to its end, with whatever head', async () => {
    const stranger = createAuditSigner(newSigningKey());
    await fc.assert(
      fc.asyncProperty(place, async (at) => {
        const first = { ...(rows[at - 1] as AuditRow), action: 'member.removed' };
        const stored = rehash(rows.with(at - 1, first), at - 1);
        const hash = stored.at(-1)?.hash ?? '';
        expect((await verify(stored)).problem).toMatchObject({ kind: 'rewritten', sequence: length });
        expect((await verify(stored, { ...head, hash })).problem).toMatchObject({ kind: 'head_invalid' });
        const own = stranger.sign({ ...head, hash });
        expect((await verify(stored, own)).problem).toMatchObject({ kind: 'key_unknown' });
        const named = { ...own, keyId: head.keyId };
        expect((await verify(stored, named)).problem).toMatchObject({ kind: 'head_invalid' });
        expect((await verify(stored, null)).problem).toMatchObject({ kind: 'head_missing' });
        // With the key itself nothing shows, but for whoever has kept an earlier head.
        const signer = createAuditSigner(signingKey);
        const resigned = signer.sign({ ...head, hash });
        expect(await verify(stored, resigned)).toMatchObject({ ok: true });
        const source = sourceOf(stored, resigned);
        expect(await verifyChain(source, { keys, earlier: head })).toMatchObject({
          problem: { kind: 'rewritten', sequence: length },
        });
      }),
      { numRuns: 20 },
    );
  });

  it('names a row over which another one was copied', async () => {
    const copy = { ...(rows[6] as AuditRow), sequence: 8 };
    expect((await verify(rows.with(7, copy))).problem).toMatchObject({ kind: 'changed', sequence: 8 });
  });
});
