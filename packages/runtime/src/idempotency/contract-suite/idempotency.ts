import { createFakeClock, type FakeClock } from 'raptorflow/kernel/testing';
import { beforeEach, expect, test, vi } from 'vitest';
import type { Database } from '../../db/index.ts';
import type { OpenDatabase } from '../../testing/databases.ts';
import {
  createIdempotencyKeys,
  type Claim,
  type IdempotencyKeys,
  type IdempotencyOptions,
  type KeyedRequest,
} from '../idempotency-keys.ts';
import { idempotencyMigrations, idempotencyTables, type IdempotencyTables } from '../tables.ts';

const request: KeyedRequest = {
  workspaceId: 'wsp_a',
  userId: 'usr_a',
  route: 'POST /api/v1/campaigns',
  key: 'k-1',
  fingerprint: 'f1',
};
const answer = { status: 201, headers: { 'content-type': 'application/json' }, body: '{"id":"cmp_1"}' };

/** What idempotency keys promise on every database. */
export function idempotencySuite(open: OpenDatabase): void {
  let db: Database;
  let clock: FakeClock;
  beforeEach(async () => {
    clock = createFakeClock();
    db = await open({ tables: [idempotencyTables], migrations: [idempotencyMigrations] }, { clock });
  });
  const process = (options: IdempotencyOptions = {}): IdempotencyKeys =>
    createIdempotencyKeys(options, { db, clock });
  const claimed = async (keys: IdempotencyKeys, what: KeyedRequest = request): Promise<Claim> => {
    const begun = await keys.begin(what);
    if (begun.kind !== 'claimed') expect.unreachable('the key was not free');
    return begun.claim;
  };
  const rows = async (): Promise<number> =>
    (await db.system<IdempotencyTables>().selectFrom('idempotency_keys').select('id').execute()).length;

  test('of fifty equal requests at once, from two processes, one is carried out; all others wait, then get its answer', async () => {
    const [one, two] = [process(), process()];
    const begun = await Promise.allSettled(
      Array.from({ length: 50 }, (_, index) => (index % 2 === 0 ? one : two).begin(request)),
    );
    const winners = begun.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
    expect(winners).toHaveLength(1);
    for (const each of begun) {
      if (each.status === 'rejected') {
        expect(each.reason).toMatchObject({ code: 'idempotency_in_progress', retryAfterMs: 1_000 });
      }
    }
    const [winner] = winners;
    if (winner?.kind !== 'claimed') expect.unreachable();
    expect(await one.complete(winner.claim, answer)).toBe(true);
    const again = await Promise.all(Array.from({ length: 50 }, () => two.begin(request)));
    for (const each of again) expect(each).toEqual({ kind: 'kept', answer });
    expect(await rows()).toBe(1);
  });

  test('the same key with another body is refused, while the first runs and after it', async () => {
    const keys = process();
    const claim = await claimed(keys);
    const other = { ...request, fingerprint: 'f2' };
    await expect(keys.begin(other)).rejects.toMatchObject({ code: 'idempotency_conflict', kind: 'refused' });
    await keys.complete(claim, answer);
    await expect(keys.begin(other)).rejects.toMatchObject({ code: 'idempotency_conflict' });
  });

  test('a key is one of its user, workspace and route', async () => {
    const keys = process();
    await claimed(keys);
    await claimed(keys, { ...request, userId: 'usr_b' });
    await claimed(keys, { ...request, workspaceId: 'wsp_b' });
    await claimed(keys, { ...request, workspaceId: undefined });
    await claimed(keys, { ...request, route: 'POST /api/v1/runs' });
    expect(await rows()).toBe(5);
  });

  test('a released key is carried out anew', async () => {
    const keys = process();
    await keys.release(await claimed(keys));
    expect(await keys.begin(request)).toMatchObject({ kind: 'claimed' });
  });

  test('an answer that is not kept, or is too large, is not given again, and the request not carried out again', async () => {
    const keys = process({ answerCharactersMax: 5 });
    await keys.complete(await claimed(keys), undefined);
    await expect(keys.begin(request)).rejects.toMatchObject({ code: 'idempotency_not_replayable' });
    const second = { ...request, key: 'k-2' };
    await keys.complete(await claimed(keys, second), answer);
    await expect(keys.begin(second)).rejects.toMatchObject({ code: 'idempotency_not_replayable' });
  });

  test('a claim is kept while its process lives; after it died its request is carried out by nobody, for a day', async () => {
    const alive = process({ claimMs: 900 });
    await alive.start();
    const other = process({ claimMs: 900 });
    await claimed(alive);
    for (let beat = 0; beat < 9; beat += 1) {
      await clock.advance(300);
      await vi.waitFor(async () => {
        const [row] = await db
          .system<IdempotencyTables>()
          .selectFrom('idempotency_keys')
          .select('claimed_until_ms')
          .execute();
        expect(row?.claimed_until_ms).toBe(clock.now() + 900);
      });
    }
    await expect(other.begin(request)).rejects.toMatchObject({ code: 'idempotency_in_progress' });
    await alive.stop();
    await clock.advance(901);
    const tries = await Promise.allSettled(Array.from({ length: 10 }, () => other.begin(request)));
    for (const each of tries) expect(each).toMatchObject({ reason: { code: 'idempotency_uncertain' } });
    await expect(other.begin({ ...request, fingerprint: 'f2' })).rejects.toMatchObject({
      code: 'idempotency_conflict',
    });
    await clock.advance(86_400_000);
    await claimed(other);
  });

  test('a process that only stood still gives its answer late, but not under a key that has expired and is used anew', async () => {
    const [slow, other] = [process({ claimMs: 900 }), process({ claimMs: 900 })];
    const claim = await claimed(slow);
    await clock.advance(901);
    await expect(other.begin(request)).rejects.toMatchObject({ code: 'idempotency_uncertain' });
    expect(await slow.complete(claim, answer)).toBe(true);
    expect(await other.begin(request)).toEqual({ kind: 'kept', answer });

    const second = { ...request, key: 'k-2' };
    const old = await claimed(slow, second);
    await clock.advance(86_400_001);
    const anew = await claimed(other, second);
    expect(await slow.complete(old, { ...answer, body: '"late"' })).toBe(false);
    await slow.release(old);
    expect(await other.complete(anew, answer)).toBe(true);
    expect(await slow.begin(second)).toEqual({ kind: 'kept', answer });
  });

  test('where no other process can live, the claim of another is known to be interrupted at once, and its own never', async () => {
    await claimed(process());
    const sole = process({ soleOwner: true });
    await expect(sole.begin(request)).rejects.toMatchObject({ code: 'idempotency_uncertain' });
    const own = { ...request, key: 'k-2' };
    await claimed(sole, own);
    await clock.advance(60_000);
    await expect(sole.begin(own)).rejects.toMatchObject({ code: 'idempotency_in_progress' });
  });

  test('a key is forgotten after a day, and expired rows are removed in bounded steps', async () => {
    const keys = process({ rowsAStepMax: 10, stepsMax: 2 });
    for (let index = 0; index < 25; index += 1) {
      await keys.complete(await claimed(keys, { ...request, key: `k-${index}` }), answer);
    }
    expect(await keys.prune()).toBe(0);
    await clock.advance(86_399_000);
    expect((await keys.begin({ ...request, key: 'k-0' })).kind).toBe('kept');
    await clock.advance(1_001);
    await claimed(keys, { ...request, key: 'k-0', fingerprint: 'another' });
    expect(await keys.prune()).toBe(20);
    expect(await keys.prune()).toBe(4);
    expect(await rows()).toBe(1);
  });

  test('no more requests are carried out at once than the limit says', async () => {
    const keys = process({ claimsMax: 1 });
    const claim = await claimed(keys);
    const second = { ...request, key: 'k-2' };
    await expect(keys.begin(second)).rejects.toMatchObject({ code: 'exhausted' });
    await keys.complete(claim, answer);
    await claimed(keys, second);
  });
}
