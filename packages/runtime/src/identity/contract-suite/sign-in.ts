import { seededRandom } from 'raptorflow/kernel';
import { createFakeClock, type FakeClock } from 'raptorflow/kernel/testing';
import { describe, expect, test } from 'vitest';
import type { Database } from '../../db/index.ts';
import type { OpenDatabase } from '../../testing/index.ts';
import { createIdentity, type Identity } from '../identity.ts';
import type { IdentityOptions } from '../identity-options.ts';
import { identityMigrations, identityTables, type IdentityTables } from '../tables.ts';

const secretKey = 'a secret key of at least 32 characters';

interface Fixture {
  readonly identity: Identity;
  readonly clock: FakeClock;
  readonly db: Database;
}

/** What the identity promises about users, tokens and sign-in links, on any engine. */
export function signInSuite(open: OpenDatabase): void {
  const setUp = async (options: Partial<IdentityOptions> = {}): Promise<Fixture> => {
    const clock = createFakeClock();
    const db = await open({ tables: [identityTables], migrations: [identityMigrations] }, { clock });
    const identity = createIdentity({ secretKey, ...options }, { db, clock, random: seededRandom(1) });
    return { identity, clock, db };
  };

  describe('a one-time link', () => {
    test('signs the first user in as operator, with a workspace and a token that says so', async () => {
      const { identity, clock } = await setUp();
      const link = await identity.createSignInLink();
      expect(link.expiresAt).toBe(clock.now() + 600_000);
      expect(Buffer.from(link.code, 'base64url')).toHaveLength(32);
      const session = await identity.redeemSignInLink(link.code);
      expect(session.user).toMatchObject({ operator: true });
      expect(await identity.verifyToken(session.token)).toEqual({
        userId: session.user.id,
        displayName: session.user.displayName,
        operator: true,
        tokenId: session.tokenId,
        expiresAt: session.expiresAt,
      });
      expect(await identity.workspaces.list(session.user.id)).toMatchObject([{ role: 'owner' }]);
    });

    test('works once, also when many use it at the same moment', async () => {
      const { identity } = await setUp();
      const { code } = await identity.createSignInLink();
      const results = await Promise.allSettled(
        Array.from({ length: 8 }, () => identity.redeemSignInLink(code)),
      );
      const refusals = results.filter((result) => result.status === 'rejected');
      expect(refusals).toHaveLength(7);
      for (const refusal of refusals) {
        expect(refusal.reason).toMatchObject({ code: 'used_link', kind: 'unauthenticated' });
      }
    });

    test('is refused after ten minutes and when nobody made it, each with its own reason', async () => {
      const { identity, clock } = await setUp();
      const { code } = await identity.createSignInLink();
      await clock.advance(600_000);
      await expect(identity.redeemSignInLink(code)).rejects.toMatchObject({ code: 'expired_link' });
      await expect(identity.redeemSignInLink('made up')).rejects.toMatchObject({ code: 'invalid_link' });
      const user = await identity.ensureLocalUser();
      expect(await identity.workspaces.list(user.id)).toEqual([]);
    });

    test('is stored only as a hash, and forgotten a day after it ended', async () => {
      const { identity, clock, db } = await setUp();
      const { code } = await identity.createSignInLink();
      const links = (): Promise<IdentityTables['sign_in_links'][]> =>
        db.system<IdentityTables>().selectFrom('sign_in_links').selectAll().execute();
      expect(JSON.stringify(await links())).not.toContain(code);
      await clock.advance(25 * 3_600_000);
      await identity.createSignInLink();
      expect(await links()).toHaveLength(1);
    });

    test('is neither made nor accepted where links are switched off', async () => {
      const { identity } = await setUp({ signInLinks: false });
      await expect(identity.createSignInLink()).rejects.toMatchObject({ code: 'forbidden' });
      await expect(identity.redeemSignInLink('x')).rejects.toMatchObject({ code: 'forbidden' });
    });
  });

  describe('a token', () => {
    test('for a user carries no rights of the operator; one for the operator does', async () => {
      const { identity } = await setUp();
      const user = await identity.ensureLocalUser();
      const plain = await identity.issueToken({ userId: user.id });
      const operator = await identity.issueToken({ operator: true, ttlMs: 60_000 });
      expect(await identity.verifyToken(plain.token)).toMatchObject({ userId: user.id, operator: false });
      expect(await identity.verifyToken(operator.token)).toMatchObject({ userId: user.id, operator: true });
      await expect(identity.issueToken({ userId: 'usr_none' })).rejects.toMatchObject({ code: 'not_found' });
    });

    test('loses the rights of the operator when its user does', async () => {
      const { identity, db } = await setUp();
      const { token } = await identity.issueToken({ operator: true });
      await db.system<IdentityTables>().updateTable('users').set({ operator: 0 }).execute();
      expect(await identity.verifyToken(token)).toMatchObject({ operator: false });
    });

    test('is refused after signing out, while other tokens of the user still hold', async () => {
      const { identity } = await setUp();
      const user = await identity.ensureLocalUser();
      const [first, second] = [
        await identity.issueToken({ userId: user.id }),
        await identity.issueToken({ userId: user.id }),
      ];
      await identity.revokeToken(first);
      await identity.revokeToken(first);
      await expect(identity.verifyToken(first.token)).rejects.toMatchObject({ code: 'token_revoked' });
      expect(await identity.verifyToken(second.token)).toMatchObject({ userId: user.id });
    });

    test('stays refused until it has expired, then its revocation is forgotten', async () => {
      const { identity, clock, db } = await setUp();
      const user = await identity.ensureLocalUser();
      const short = await identity.issueToken({ userId: user.id, ttlMs: 60_000 });
      await identity.revokeToken(short);
      await clock.advance(100_000);
      await expect(identity.verifyToken(short.token)).rejects.toMatchObject({ code: 'token_revoked' });
      await clock.advance(2 * 86_400_000);
      await identity.revokeToken(await identity.issueToken({ userId: user.id }));
      const kept = await db.system<IdentityTables>().selectFrom('revoked_tokens').selectAll().execute();
      expect(kept.map((row) => row.token_id)).not.toContain(short.tokenId);
    });

    test('of another installation, or of a user that is gone, is refused', async () => {
      const { identity, db, clock } = await setUp();
      const other = createIdentity({ secretKey: 'another secret key of 32 characters' }, { db, clock });
      const { token } = await other.issueToken({ operator: true });
      await expect(identity.verifyToken(token)).rejects.toMatchObject({ code: 'token_invalid' });
      const own = await identity.issueToken({ operator: true });
      const system = db.system<IdentityTables>();
      await system.deleteFrom('installation_owner').execute();
      await system.deleteFrom('users').execute();
      await expect(identity.verifyToken(own.token)).rejects.toMatchObject({ code: 'token_revoked' });
    });
  });

  test('first uses at the same moment make one local user and one operator', async () => {
    const { identity, db } = await setUp();
    const users = await Promise.all(Array.from({ length: 6 }, () => identity.ensureLocalUser()));
    expect(new Set(users.map((user) => user.id)).size).toBe(1);
    expect(users.every((user) => user.operator)).toBe(true);
    expect(await db.system<IdentityTables>().selectFrom('users').selectAll().execute()).toHaveLength(1);
  });

  test('a short secret key is refused when the identity is built', async () => {
    await expect(setUp({ secretKey: 'short' })).rejects.toMatchObject({ code: 'invalid_options' });
  });
}
