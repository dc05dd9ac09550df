import { forgeToken } from '@raptorflow/rig';
import { describe, expect, test } from 'vitest';
import type { OpenDatabase } from '../../testing/index.ts';
import type { IdentityTables } from '../tables.ts';
import { openIdentity } from './fixture.ts';

const issuer = 'https://project.supabase.co/auth/v1';
const secret = 'the secret that the project shares with us';
const providers = { issuers: [{ issuer, audience: 'authenticated', keys: { secret } }] };

/** What the identity promises about a request: who it is and where, on any engine. */
export function admissionSuite(open: OpenDatabase): void {
  describe('a request', () => {
    test('costs one statement, whatever it names and whatever it carries', async () => {
      const { identity, owner, statements } = await openIdentity(open);
      const { userId, workspaceId } = await owner('Ada');
      const { token } = await identity.issueToken({ userId });
      const key = await identity.apiKeys.create({ workspaceId, userId, name: 'ci', role: 'admin' });
      await identity.admit(key.text, {});
      for (const [what, carried, hints] of [
        ['a token, no workspace', token, {}],
        ['a token, a workspace', token, { header: workspaceId }],
        ['a key, no workspace', key.text, {}],
        ['a key, its workspace', key.text, { path: workspaceId }],
      ] as const) {
        // The first use of the key is written down behind the request's back.
        await expect
          .poll(async () => (await identity.apiKeys.list(workspaceId))[0]?.lastUsedAt)
          .not.toBeNull();
        const before = statements();
        expect((await identity.admit(carried, hints)).entrance).toMatchObject({ workspaceId });
        expect([what, statements() - before]).toEqual([what, 1]);
      }
      const before = statements();
      await identity.verifyToken(token);
      expect(statements() - before).toBe(1);
    });

    test('is refused after signing out in another process, at once, and that is told', async () => {
      const { identity, another, owner, events } = await openIdentity(open);
      const { userId } = await owner('Ada');
      const issued = await identity.issueToken({ userId });
      await identity.admit(issued.token, {});
      await another().revokeToken(issued);
      await expect(identity.admit(issued.token, {})).rejects.toMatchObject({ code: 'token_revoked' });
      expect((await events()).at(-1)).toMatchObject({
        type: 'session.ended',
        workspaceId: null,
        payload: { token_id: issued.tokenId },
      });
    });

    test('is refused after a removal in another process, and goes by a changed role, at once', async () => {
      const { identity, another, owner, user } = await openIdentity(open);
      const { workspaceId } = await owner('Ada');
      const bob = await user('Bob');
      const { token } = await identity.issueToken({ userId: bob });
      const other = another().workspaces;
      for (const role of ['viewer', 'admin'] as const) {
        await other.setMember({ workspaceId, userId: bob, role });
        expect((await identity.admit(token, { path: workspaceId })).entrance.role).toBe(role);
      }
      await other.removeMember({ workspaceId, userId: bob });
      await expect(identity.admit(token, { path: workspaceId })).rejects.toMatchObject({ code: 'forbidden' });
    });
  });

  describe('a token of another issuer', () => {
    const tokenFor = (now: number, claims: Record<string, unknown> = {}): string =>
      forgeToken(
        { alg: 'HS256', typ: 'JWT' },
        {
          iss: issuer,
          aud: 'authenticated',
          sub: 'ada',
          name: 'Ada',
          exp: Math.floor(now / 1_000) + 3_600,
          ...claims,
        },
        secret,
      );

    test('makes the user and their first workspace at first sight, once, however many come at once', async () => {
      const { identity, db, clock, events, statements } = await openIdentity(open, { providers });
      const token = tokenFor(clock.now());
      const seen = await Promise.all(Array.from({ length: 6 }, () => identity.admit(token, {})));
      expect(new Set(seen.map(({ principal }) => principal.userId)).size).toBe(1);
      expect(new Set(seen.map(({ entrance }) => entrance.workspaceId)).size).toBe(1);
      expect(seen[0]).toMatchObject({
        principal: { displayName: 'Ada', operator: expect.any(Boolean) as unknown },
        entrance: { role: 'owner' },
      });
      const users = await db.system<IdentityTables>().selectFrom('users').selectAll().execute();
      expect(users).toMatchObject([{ subject: `${issuer} ada`, email: null, display_name: 'Ada' }]);
      expect((await events()).map((event) => event.type)).toEqual(['workspace.created']);
      // From then on it costs what our own do.
      const before = statements();
      await identity.admit(token, {});
      expect(statements() - before).toBe(1);
    });

    test('never carries the rights of the operator, and keeps users of one `sub` at two issuers apart', async () => {
      const twin = 'https://twin.example';
      const { identity, clock } = await openIdentity(open, {
        providers: {
          issuers: [...providers.issuers, { issuer: twin, audience: 'authenticated', keys: { secret } }],
        },
      });
      await identity.ensureLocalUser();
      const first = await identity.verifyToken(tokenFor(clock.now(), { operator: true }));
      const second = await identity.verifyToken(tokenFor(clock.now(), { iss: twin }));
      expect([first.operator, second.operator]).toEqual([false, false]);
      expect(first.userId).not.toBe(second.userId);
    });

    test('brings a verified address along, also a new one later', async () => {
      const { identity, clock } = await openIdentity(open, { providers });
      const emailOf = async (claims: Record<string, unknown>): Promise<string | null> => {
        const { userId } = await identity.verifyToken(tokenFor(clock.now(), claims));
        return (await identity.getUser(userId)).email;
      };
      expect(await emailOf({ email: 'Ada@Example.com' })).toBeNull();
      expect(await emailOf({ email: 'Ada@Example.com', email_verified: true })).toBe('ada@example.com');
      expect(await emailOf({ email: 'ada@new.example', email_verified: true })).toBe('ada@new.example');
      expect(await emailOf({})).toBe('ada@new.example');
    });

    test('can be signed out like our own', async () => {
      const { identity, clock } = await openIdentity(open, { providers });
      const token = tokenFor(clock.now());
      await identity.revokeToken(await identity.verifyToken(token));
      await expect(identity.verifyToken(token)).rejects.toMatchObject({ code: 'token_revoked' });
      await identity.verifyToken(tokenFor(clock.now(), { jti: 'another' }));
    });

    test('is refused where nobody is trusted but ourselves', async () => {
      const { identity, clock } = await openIdentity(open);
      await expect(identity.verifyToken(tokenFor(clock.now()))).rejects.toMatchObject({
        code: 'token_invalid',
      });
    });
  });
}
