import { seededRandom } from 'raptorflow/kernel';
import { createFakeClock } from 'raptorflow/kernel/testing';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { fromJsonText, type Database } from '../../db/index.ts';
import type { OpenDatabase } from '../../testing/index.ts';
import { createIdentity, type IdentityOptions } from '../identity.ts';
import { identityMigrations, identityTables, type IdentityTables } from '../tables.ts';
import { ensureUser } from '../users.ts';
import type { Workspaces } from '../workspace-directory.ts';

interface Fixture {
  readonly workspaces: Workspaces;
  readonly db: Database;
  /** Makes a user and answers the id. */
  readonly user: (name: string) => Promise<string>;
  /** Types and payloads of the events that wait to be published. */
  readonly events: () => Promise<z.output<typeof eventSchema>[]>;
}

const eventSchema = z.object({ type: z.string(), workspaceId: z.string(), payload: z.unknown() });

interface EventTables {
  outbox: { seq: number; channel: string; draft: string };
}

/** What the identity promises about workspaces, members and roles, on any engine. */
export function workspacesSuite(open: OpenDatabase): void {
  const setUp = async (options: Partial<IdentityOptions> = {}): Promise<Fixture> => {
    const clock = createFakeClock();
    const db = await open({ tables: [identityTables], migrations: [identityMigrations] }, { clock });
    const secretKey = 'a secret key of at least 32 characters';
    const { workspaces } = createIdentity({ secretKey, ...options }, { db, clock, random: seededRandom(1) });
    return {
      workspaces,
      db,
      async user(name) {
        const newUser = {
          id: `usr_${name}`,
          subject: `test:${name}`,
          email: null,
          displayName: name,
          now: 1,
        };
        const made = await db.transaction(null, (tx) => ensureUser(tx.query<IdentityTables>(), newUser));
        return made.id;
      },
      async events() {
        const rows = await db
          .system<EventTables>()
          .selectFrom('outbox')
          .select('draft')
          .where('channel', '=', 'sys.workspace.lifecycle')
          .orderBy('seq')
          .execute();
        return rows.map((row) => fromJsonText(row.draft, (value) => eventSchema.parse(value)));
      },
    };
  };

  describe('a workspace', () => {
    test('belongs to whoever makes it, and its making is published', async () => {
      const { workspaces, user, events } = await setUp();
      const ada = await user('Ada');
      const made = await workspaces.create({
        userId: ada,
        name: '  Ada’s Café & Söhne ',
        timeZone: 'Europe/Berlin',
      });
      expect(made).toMatchObject({
        name: 'Ada’s Café & Söhne',
        slug: 'adas-cafe-sohne',
        timeZone: 'Europe/Berlin',
        role: 'owner',
      });
      expect(await workspaces.get(made.id, ada)).toEqual(made);
      expect(await workspaces.list(ada)).toEqual([made]);
      expect(await workspaces.members(made.id)).toMatchObject([
        { userId: ada, displayName: 'Ada', role: 'owner' },
      ]);
      expect(await events()).toMatchObject([
        {
          type: 'workspace.created',
          workspaceId: made.id,
          payload: { workspace_id: made.id, owner_id: ada },
        },
      ]);
    });

    test('may have a name that others have, under an address of its own', async () => {
      const { workspaces, user } = await setUp();
      const ada = await user('Ada');
      const slugs = [];
      for (const name of ['Growth', 'Growth', 'Growth', '東京']) {
        slugs.push((await workspaces.create({ userId: ada, name })).slug);
      }
      expect(new Set(slugs).size).toBe(4);
      expect(slugs[0]).toBe('growth');
      expect(slugs[3]).toBe('workspace');
    });

    test('is refused without a proper name or time zone, beyond the limit, and nothing is published then', async () => {
      const { workspaces, user, events } = await setUp({ workspacesPerUserMax: 1 });
      const ada = await user('Ada');
      for (const name of ['  ', 'x'.repeat(121), 'a\u0000b']) {
        await expect(workspaces.create({ userId: ada, name })).rejects.toMatchObject({
          code: 'invalid_input',
        });
      }
      const unknownZone = workspaces.create({ userId: ada, name: 'A', timeZone: 'Mars/Olympus' });
      await expect(unknownZone).rejects.toMatchObject({ code: 'invalid_input' });
      expect(await events()).toEqual([]);
      await workspaces.create({ userId: ada, name: 'A' });
      await expect(workspaces.create({ userId: ada, name: 'B' })).rejects.toMatchObject({
        code: 'exhausted',
      });
      expect(await events()).toHaveLength(1);
    });

    test('can be renamed, keeping its address', async () => {
      const { workspaces, user, events } = await setUp();
      const ada = await user('Ada');
      const { id } = await workspaces.create({ userId: ada, name: 'Before' });
      await workspaces.rename(id, 'After');
      expect(await workspaces.get(id, ada)).toMatchObject({ name: 'After', slug: 'before' });
      expect(await events()).toMatchObject([{}, { type: 'workspace.renamed', payload: { name: 'After' } }]);
      await expect(workspaces.rename('wsp_none', 'After')).rejects.toMatchObject({ code: 'not_found' });
      await expect(workspaces.rename(id, '')).rejects.toMatchObject({ code: 'invalid_input' });
    });

    test('is made once for a user who has none, however many ask at the same moment', async () => {
      const { workspaces, user, events } = await setUp();
      const ada = await user('Ada');
      const firsts = await Promise.all(Array.from({ length: 6 }, () => workspaces.ensureFirst(ada)));
      expect(new Set(firsts.map((first) => first.id)).size).toBe(1);
      expect(await workspaces.list(ada)).toHaveLength(1);
      expect(await events()).toHaveLength(1);
      await expect(workspaces.ensureFirst('usr_none')).rejects.toMatchObject({ code: 'not_found' });
    });
  });

  describe('which workspace a request means', () => {
    test('is said by header, else query, else path, else it is the first one of the user', async () => {
      const { workspaces, user } = await setUp();
      const ada = await user('Ada');
      const made = [];
      for (const name of ['first', 'second', 'third', 'fourth']) {
        made.push((await workspaces.create({ userId: ada, name })).id);
      }
      const [first, header, query, path] = made;
      const resolve = async (hints: Parameters<Workspaces['resolve']>[1]): Promise<string> =>
        (await workspaces.resolve(ada, hints)).workspaceId;
      expect(await resolve({ header, query, path })).toBe(header);
      expect(await resolve({ query, path })).toBe(query);
      expect(await resolve({ header: '', query: undefined, path })).toBe(path);
      expect(await resolve({})).toBe(first);
    });

    test('is made on the spot for a user without any', async () => {
      const { workspaces, user } = await setUp();
      const entrance = await workspaces.resolve(await user('Ada'), {});
      expect(entrance).toMatchObject({ role: 'owner' });
    });

    test('must exist, then be one of the user’s', async () => {
      const { workspaces, user } = await setUp();
      const [ada, bob] = [await user('Ada'), await user('Bob')];
      const { id } = await workspaces.create({ userId: ada, name: 'Private' });
      await expect(workspaces.resolve(bob, { header: 'wsp_none' })).rejects.toMatchObject({
        code: 'not_found',
      });
      await expect(workspaces.resolve(bob, { header: id })).rejects.toMatchObject({ code: 'forbidden' });
      expect(await workspaces.list(bob)).toEqual([]);
    });
  });

  describe('members', () => {
    test('are added and change roles, each told once', async () => {
      const { workspaces, user, events } = await setUp();
      const [ada, bob] = [await user('Ada'), await user('Bob')];
      const { id } = await workspaces.create({ userId: ada, name: 'Team' });
      for (const role of ['viewer', 'viewer', 'admin'] as const) {
        await workspaces.setMember({ workspaceId: id, userId: bob, role });
      }
      expect(await workspaces.resolve(bob, { path: id })).toEqual({ workspaceId: id, role: 'admin' });
      expect((await events()).slice(1)).toMatchObject([
        { type: 'member.added', payload: { user_id: bob, role: 'viewer' } },
        { type: 'member.role_changed', payload: { user_id: bob, role: 'admin' } },
      ]);
      await expect(
        workspaces.setMember({ workspaceId: id, userId: 'usr_none', role: 'member' }),
      ).rejects.toMatchObject({ code: 'not_found' });
      await expect(
        workspaces.setMember({ workspaceId: 'wsp_none', userId: bob, role: 'member' }),
      ).rejects.toMatchObject({ code: 'not_found' });
    });

    test('always include an owner, also when two step down at the same moment', async () => {
      const { workspaces, user, events } = await setUp();
      const [ada, bob] = [await user('Ada'), await user('Bob')];
      const { id } = await workspaces.create({ userId: ada, name: 'Team' });
      await workspaces.setMember({ workspaceId: id, userId: bob, role: 'owner' });
      const told = (await events()).length;
      const results = await Promise.allSettled(
        [ada, bob].map((userId) => workspaces.setMember({ workspaceId: id, userId, role: 'member' })),
      );
      expect(results.map((result) => result.status).toSorted()).toEqual(['fulfilled', 'rejected']);
      expect(results.find((result) => result.status === 'rejected')?.reason).toMatchObject({
        code: 'conflict',
      });
      expect((await workspaces.members(id)).map((member) => member.role).toSorted()).toEqual([
        'member',
        'owner',
      ]);
      expect(await events()).toHaveLength(told + 1);
    });
  });
}
