import { describe, expect, test } from 'vitest';
import type { OpenDatabase } from '../../testing/index.ts';
import type { IdentityTables } from '../tables.ts';
import { openIdentity } from './fixture.ts';

const minute = 60_000;

/** What the identity promises about API keys, on any engine. */
export function apiKeysSuite(open: OpenDatabase): void {
  describe('an API key', () => {
    test('is shown once, known by its prefix, and stored as a hash of 256 random bits', async () => {
      const { identity, db, owner, events } = await openIdentity(open);
      const { userId, workspaceId } = await owner('Ada');
      const made = await identity.apiKeys.create({
        workspaceId,
        userId,
        name: ' Nightly import ',
        role: 'member',
        scopes: ['read', 'dispatch', 'read'],
      });
      expect(made.text).toMatch(/^rf_[0-9a-f]{12}_[A-Za-z0-9_-]{43}$/);
      expect(made.text.startsWith(`${made.prefix}_`)).toBe(true);
      const secret = made.text.slice(made.prefix.length + 1);
      expect(Buffer.from(secret, 'base64url')).toHaveLength(32);
      const { text: _text, ...shown } = made;
      expect(await identity.apiKeys.list(workspaceId)).toEqual([shown]);
      expect(shown).toMatchObject({
        name: 'Nightly import',
        role: 'member',
        scopes: ['dispatch', 'read'],
        createdBy: userId,
        expiresAt: null,
        lastUsedAt: null,
      });
      const rows = await db.system<IdentityTables>().selectFrom('api_keys').selectAll().execute();
      expect(JSON.stringify([rows, await events()])).not.toContain(secret);
      expect((await events()).at(-1)).toMatchObject({
        type: 'api_key.created',
        payload: { prefix: made.prefix },
      });
    });

    test('acts as whoever made it, at most with its own role and theirs, and in its workspace alone', async () => {
      const { identity, owner, user } = await openIdentity(open);
      const { workspaceId } = await owner('Ada');
      const elsewhere = (await owner('Eve')).workspaceId;
      const bob = await user('Bob');
      await identity.workspaces.setMember({ workspaceId, userId: bob, role: 'admin' });
      await identity.workspaces.setMember({ workspaceId: elsewhere, userId: bob, role: 'admin' });
      const make = (role: 'admin' | 'viewer'): Promise<{ text: string; id: string }> =>
        identity.apiKeys.create({ workspaceId, userId: bob, name: role, role });
      const [admin, viewer] = [await make('admin'), await make('viewer')];
      expect(await identity.admit(admin.text, {})).toMatchObject({
        principal: {
          userId: bob,
          operator: false,
          key: { keyId: admin.id, workspaceId, role: 'admin', scopes: [] },
        },
        entrance: { workspaceId, role: 'admin' },
      });
      expect((await identity.admit(viewer.text, {})).entrance.role).toBe('viewer');
      // Bob may enter there, the key may not.
      await expect(identity.admit(admin.text, { header: elsewhere })).rejects.toMatchObject({
        code: 'forbidden',
        details: { key_workspace_id: workspaceId },
      });
      await identity.workspaces.setMember({ workspaceId, userId: bob, role: 'viewer' });
      expect((await identity.admit(admin.text, {})).entrance.role).toBe('viewer');
      await identity.workspaces.removeMember({ workspaceId, userId: bob });
      await expect(identity.admit(admin.text, {})).rejects.toMatchObject({ code: 'token_revoked' });
    });

    test('is refused when it is cut, made up, another’s, revoked, or expired, each with its reason', async () => {
      const { identity, another, owner, clock } = await openIdentity(open);
      const { userId, workspaceId } = await owner('Ada');
      const request = { workspaceId, userId, name: 'ci', role: 'member' } as const;
      const made = await identity.apiKeys.create({ ...request, expiresAt: clock.now() + minute });
      const other = await identity.apiKeys.create(request);
      const crossed = made.prefix + other.text.slice(other.prefix.length);
      for (const text of [made.text.slice(0, -1), `${made.text}x`, 'rf_', 'rf_0123_x', crossed]) {
        await expect(identity.admit(text, {})).rejects.toMatchObject({ code: 'token_invalid' });
      }
      expect((await identity.admit(made.text, {})).principal.expiresAt).toBe(clock.now() + minute);
      await clock.advance(minute);
      await expect(identity.admit(made.text, {})).rejects.toMatchObject({ code: 'token_expired' });
      await another().apiKeys.revoke(workspaceId, other.id);
      await expect(identity.admit(other.text, {})).rejects.toMatchObject({ code: 'token_revoked' });
      expect((await identity.apiKeys.list(workspaceId)).map((key) => key.id)).toEqual([made.id]);
    });

    test('is revoked by its own workspace alone, and once', async () => {
      const { identity, owner, events } = await openIdentity(open);
      const { userId, workspaceId } = await owner('Ada');
      const stranger = (await owner('Eve')).workspaceId;
      const { id, text } = await identity.apiKeys.create({ workspaceId, userId, name: 'ci', role: 'viewer' });
      await expect(identity.apiKeys.revoke(stranger, id)).rejects.toMatchObject({ code: 'not_found' });
      await identity.admit(text, {});
      await identity.apiKeys.revoke(workspaceId, id);
      await expect(identity.apiKeys.revoke(workspaceId, id)).rejects.toMatchObject({ code: 'not_found' });
      expect((await events()).at(-1)).toMatchObject({ type: 'api_key.revoked', payload: { key_id: id } });
    });

    test('has its last use written down, once a minute in all processes together', async () => {
      const { identity, another, owner, clock, statements } = await openIdentity(open);
      const { userId, workspaceId } = await owner('Ada');
      const { text } = await identity.apiKeys.create({ workspaceId, userId, name: 'ci', role: 'viewer' });
      const lastUse = async (): Promise<number | null | undefined> =>
        (await identity.apiKeys.list(workspaceId))[0]?.lastUsedAt;
      const first = clock.now();
      await identity.admit(text, {});
      await expect.poll(lastUse).toBe(first);
      await clock.advance(minute - 1);
      const before = statements();
      for (const process of [identity, another(), another()]) await process.admit(text, {});
      expect(statements() - before).toBe(3);
      expect(await lastUse()).toBe(first);
      await clock.advance(1);
      await identity.admit(text, {});
      await expect.poll(lastUse).toBe(first + minute);
    });

    test('is not made without a name, for the past, beyond the limit, or in no workspace', async () => {
      const { identity, owner, clock } = await openIdentity(open, { limits: { apiKeysMax: 2 } });
      const { userId, workspaceId } = await owner('Ada');
      const request = { workspaceId, userId, name: 'ci', role: 'viewer' } as const;
      for (const change of [{ name: ' ' }, { name: 'x'.repeat(121) }, { expiresAt: clock.now() }]) {
        await expect(identity.apiKeys.create({ ...request, ...change })).rejects.toMatchObject({
          code: 'invalid_input',
        });
      }
      await expect(identity.apiKeys.create({ ...request, workspaceId: 'wsp_none' })).rejects.toMatchObject({
        code: 'not_found',
      });
      const made = await Promise.allSettled(
        Array.from({ length: 4 }, () => identity.apiKeys.create(request)),
      );
      expect(made.filter((each) => each.status === 'fulfilled')).toHaveLength(2);
      expect(made.find((each) => each.status === 'rejected')?.reason).toMatchObject({ code: 'exhausted' });
      const [newest] = await identity.apiKeys.list(workspaceId);
      await identity.apiKeys.revoke(workspaceId, newest?.id ?? '');
      await identity.apiKeys.create(request);
    });

    test('is no session: it cannot be signed out', async () => {
      const { identity, owner } = await openIdentity(open);
      const { userId, workspaceId } = await owner('Ada');
      const { text } = await identity.apiKeys.create({ workspaceId, userId, name: 'ci', role: 'viewer' });
      await expect(identity.revokeToken(await identity.verifyToken(text))).rejects.toMatchObject({
        code: 'forbidden',
      });
    });
  });
}
