import { describe, expect, test } from 'vitest';
import type { OpenDatabase } from '../../testing/index.ts';
import type { IdentityTables } from '../tables.ts';
import { openIdentity } from './fixture.ts';

const day = 86_400_000;

/** What the identity promises about invitations, on any engine. */
export function invitationsSuite(open: OpenDatabase): void {
  describe('an invitation', () => {
    test('lets one person in, with its role, once, however many follow the link at the same moment', async () => {
      const { identity, owner, user, events } = await openIdentity(open);
      const { userId, workspaceId } = await owner('Ada');
      const made = await identity.invitations.create({
        workspaceId,
        userId,
        email: ' Bob@Example.com ',
        role: 'member',
      });
      expect(made).toMatchObject({ email: 'bob@example.com', role: 'member', invitedBy: userId });
      expect(made.expiresAt - made.createdAt).toBe(7 * day);
      const guests = await Promise.all(['B', 'C', 'D', 'E'].map(user));
      const results = await Promise.allSettled(
        guests.map((guest) => identity.invitations.accept(made.code, guest)),
      );
      const accepted = results.filter((result) => result.status === 'fulfilled');
      expect(accepted.map((result) => result.value)).toEqual([{ workspaceId, role: 'member' }]);
      for (const result of results) {
        if (result.status === 'rejected') expect(result.reason).toMatchObject({ code: 'used_link' });
      }
      expect((await identity.workspaces.members(workspaceId)).map((member) => member.role)).toEqual([
        'owner',
        'member',
      ]);
      expect((await events()).slice(1).map((event) => event.type)).toEqual([
        'invitation.created',
        'invitation.accepted',
        'member.added',
      ]);
      expect(await identity.invitations.list(workspaceId)).toEqual([]);
    });

    test('is stored without its code, told without its address, and replaced by a new one for the same address', async () => {
      const { identity, db, owner, user, events } = await openIdentity(open);
      const { userId, workspaceId } = await owner('Ada');
      const request = { workspaceId, userId, email: 'bob@example.com', role: 'viewer' } as const;
      const [first, second] = [
        await identity.invitations.create(request),
        await identity.invitations.create({ ...request, role: 'admin' }),
      ];
      const rows = await db.system<IdentityTables>().selectFrom('invitations').selectAll().execute();
      expect(JSON.stringify([rows, await events()])).not.toContain(first.code);
      expect(JSON.stringify(await events())).not.toContain('bob@example.com');
      const { code: _code, ...shown } = second;
      expect(await identity.invitations.list(workspaceId)).toEqual([shown]);
      const bob = await user('Bob');
      await expect(identity.invitations.accept(first.code, bob)).rejects.toMatchObject({
        code: 'invalid_link',
      });
      expect(await identity.invitations.accept(second.code, bob)).toEqual({ workspaceId, role: 'admin' });
    });

    test('is refused when it is unknown, taken back, or has expired, each with its reason', async () => {
      const { identity, owner, user, clock } = await openIdentity(open);
      const { userId, workspaceId } = await owner('Ada');
      const stranger = (await owner('Eve')).workspaceId;
      const bob = await user('Bob');
      const make = (email: string): Promise<{ id: string; code: string }> =>
        identity.invitations.create({ workspaceId, userId, email, role: 'member', ttlMs: day });
      const [revoked, late] = [await make('a@example.com'), await make('b@example.com')];
      await expect(identity.invitations.revoke(stranger, revoked.id)).rejects.toMatchObject({
        code: 'not_found',
      });
      await identity.invitations.revoke(workspaceId, revoked.id);
      await expect(identity.invitations.revoke(workspaceId, revoked.id)).rejects.toMatchObject({
        code: 'not_found',
      });
      await clock.advance(day);
      for (const [code, reason] of [
        ['made up', 'invalid_link'],
        [revoked.code, 'invalid_link'],
        [late.code, 'expired_link'],
      ] as const) {
        await expect(identity.invitations.accept(code, bob)).rejects.toMatchObject({ code: reason });
      }
      expect(await identity.invitations.list(workspaceId)).toEqual([]);
    });

    test('stays good when a member follows the link, and never takes a role away', async () => {
      const { identity, owner, user } = await openIdentity(open);
      const { userId, workspaceId } = await owner('Ada');
      const { code } = await identity.invitations.create({
        workspaceId,
        userId,
        email: 'bob@example.com',
        role: 'viewer',
      });
      await expect(identity.invitations.accept(code, userId)).rejects.toMatchObject({ code: 'conflict' });
      expect(await identity.workspaces.members(workspaceId)).toMatchObject([{ role: 'owner' }]);
      await identity.invitations.accept(code, await user('Bob'));
    });

    test('is not made without an address, for too long, beyond the limit; nor accepted into a full workspace', async () => {
      const { identity, owner, user } = await openIdentity(open, {
        limits: { invitationsMax: 1, membersMax: 1 },
      });
      const { userId, workspaceId } = await owner('Ada');
      const request = { workspaceId, userId, email: 'bob@example.com', role: 'viewer' } as const;
      for (const change of [
        { email: 'nobody' },
        { email: 'a@b\nBcc: c@d' },
        { email: `${'x'.repeat(250)}@example.com` },
        { ttlMs: 31 * day },
        { ttlMs: 59_999 },
      ]) {
        await expect(identity.invitations.create({ ...request, ...change })).rejects.toMatchObject({
          code: 'invalid_input',
        });
      }
      const { code } = await identity.invitations.create(request);
      await expect(
        identity.invitations.create({ ...request, email: 'eve@example.com' }),
      ).rejects.toMatchObject({ code: 'exhausted' });
      const refusal = identity.invitations.accept(code, await user('Bob'));
      await expect(refusal).rejects.toMatchObject({ code: 'exhausted' });
      // The refusal undid everything: the invitation still waits.
      expect(await identity.invitations.list(workspaceId)).toHaveLength(1);
    });
  });
}
