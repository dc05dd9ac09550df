import { RaptorFlowError, seededRandom } from 'raptorflow/kernel';
import { createFakeClock } from 'raptorflow/kernel/testing';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { fromJsonText, type Database } from '../../db/index.ts';
import type { OpenDatabase } from '../../testing/index.ts';
import { createIdentity, type Identity } from '../identity.ts';
import type { IdentityLimits } from '../identity-options.ts';
import type { Entrance, WorkspaceHints } from '../principal.ts';
import { identityMigrations, identityTables, type IdentityTables } from '../tables.ts';
import { ensureUser } from '../users.ts';
import type { WorkspaceChronicle } from '../workspace-chronicle.ts';
import type { Workspaces } from '../workspace-directory.ts';

interface Fixture {
  readonly identity: Identity;
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

/** Where a user is who calls with these hints. */
async function entered(identity: Identity, userId: string, hints: WorkspaceHints): Promise<Entrance> {
  const { token } = await identity.issueToken({ userId });
  return (await identity.admit(token, hints)).entrance;
}

/** What the identity promises about workspaces, members and roles, on any engine. */
export function workspacesSuite(open: OpenDatabase): void {
  const setUp = async (limits: IdentityLimits = {}): Promise<Fixture> => {
    const clock = createFakeClock();
    const db = await open({ tables: [identityTables], migrations: [identityMigrations] }, { clock });
    const secretKey = 'a secret key of at least 32 characters';
    const identity = createIdentity({ secretKey, limits }, { db, clock, random: seededRandom(1) });
    const { workspaces } = identity;
    return {
      identity,
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

    test('can get another name and time zone, keeping its address; each is told when it changes', async () => {
      const { workspaces, user, events } = await setUp();
      const ada = await user('Ada');
      const { id } = await workspaces.create({ userId: ada, name: 'Before' });
      await workspaces.change(id, { name: 'After', timeZone: 'Asia/Tokyo' });
      await workspaces.change(id, { timeZone: 'Europe/Berlin' });
      await workspaces.change(id, { name: 'After' });
      expect(await workspaces.get(id, ada)).toMatchObject({
        name: 'After',
        slug: 'before',
        timeZone: 'Europe/Berlin',
      });
      expect(await events()).toMatchObject([
        {},
        { type: 'workspace.renamed', payload: { name: 'After', time_zone: 'Asia/Tokyo', actor_id: null } },
        { type: 'workspace.changed', payload: { time_zone: 'Europe/Berlin' } },
      ]);
      await expect(workspaces.change('wsp_none', { name: 'After' })).rejects.toMatchObject({
        code: 'not_found',
      });
      for (const change of [{ name: '' }, { timeZone: 'Mars/Olympus' }]) {
        await expect(workspaces.change(id, change)).rejects.toMatchObject({ code: 'invalid_input' });
      }
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

    test('is told to the chronicle whoever makes it, and is not made where that cannot be told', async () => {
      const { db, user, events } = await setUp();
      const ada = await user('Ada');
      const told: string[] = [];
      const full = new RaptorFlowError('storage_full', 'No room.');
      let isFull = false;
      const chronicle: WorkspaceChronicle = {
        async created(tx, { name }, ownerId) {
          if (isFull) throw full;
          const rows = await tx.query<IdentityTables>().selectFrom('workspaces').select('name').execute();
          told.push(`${name} of ${ownerId}, one of ${rows.length}`);
        },
        forget: async () => undefined,
      };
      const secretKey = 'a secret key of at least 32 characters';
      const { workspaces } = createIdentity({ secretKey }, { db, chronicle, clock: createFakeClock() });
      await workspaces.ensureFirst(ada);
      await workspaces.ensureFirst(ada);
      await workspaces.create({ userId: ada, name: 'Growth' });
      expect(told).toEqual(['Ada’s workspace of usr_Ada, one of 1', 'Growth of usr_Ada, one of 2']);
      isFull = true;
      await expect(workspaces.create({ userId: ada, name: 'Lost' })).rejects.toBe(full);
      await expect(workspaces.ensureFirst(await user('Bob'))).rejects.toBe(full);
      expect(await workspaces.listAll()).toHaveLength(2);
      expect(await events()).toHaveLength(2);
    });
  });

  describe('which workspace a request means', () => {
    test('is said by header, else query, else path, else it is the first one of the user', async () => {
      const { identity, workspaces, user } = await setUp();
      const ada = await user('Ada');
      const made = [];
      for (const name of ['first', 'second', 'third', 'fourth']) {
        made.push((await workspaces.create({ userId: ada, name })).id);
      }
      const [first, header, query, path] = made;
      const place = async (hints: WorkspaceHints): Promise<string> =>
        (await entered(identity, ada, hints)).workspaceId;
      expect(await place({ header, query, path })).toBe(header);
      expect(await place({ query, path })).toBe(query);
      expect(await place({ header: '', query: undefined, path })).toBe(path);
      expect(await place({})).toBe(first);
    });

    test('is made on the spot for a user without any, also after leaving the last one', async () => {
      const { identity, workspaces, user } = await setUp();
      const [ada, bob] = [await user('Ada'), await user('Bob')];
      const first = await entered(identity, ada, {});
      expect(first).toMatchObject({ role: 'owner' });
      const { workspaceId } = first;
      await workspaces.setMember({ workspaceId, userId: bob, role: 'owner' });
      await workspaces.removeMember({ workspaceId, userId: ada });
      const second = await entered(identity, ada, {});
      expect(second.role).toBe('owner');
      expect(second.workspaceId).not.toBe(workspaceId);
    });

    test('must exist, then be one of the user’s', async () => {
      const { identity, workspaces, user } = await setUp();
      const [ada, bob] = [await user('Ada'), await user('Bob')];
      const { id } = await workspaces.create({ userId: ada, name: 'Private' });
      await expect(entered(identity, bob, { header: 'wsp_none' })).rejects.toMatchObject({
        code: 'not_found',
      });
      await expect(entered(identity, bob, { header: id })).rejects.toMatchObject({ code: 'forbidden' });
      expect(await workspaces.list(bob)).toEqual([]);
    });
  });

  describe('members', () => {
    test('are added and change roles, each told once', async () => {
      const { identity, workspaces, user, events } = await setUp();
      const [ada, bob] = [await user('Ada'), await user('Bob')];
      const { id } = await workspaces.create({ userId: ada, name: 'Team' });
      for (const role of ['viewer', 'viewer', 'admin'] as const) {
        await workspaces.setMember({ workspaceId: id, userId: bob, role });
      }
      expect(await entered(identity, bob, { path: id })).toEqual({ workspaceId: id, role: 'admin' });
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

    test('are removed at once: the next request is refused, and it is told once', async () => {
      const { identity, workspaces, user, events } = await setUp();
      const [ada, bob] = [await user('Ada'), await user('Bob')];
      const { id } = await workspaces.create({ userId: ada, name: 'Team' });
      await workspaces.setMember({ workspaceId: id, userId: bob, role: 'member' });
      const { token } = await identity.issueToken({ userId: bob });
      await identity.admit(token, { path: id });
      await workspaces.removeMember({ workspaceId: id, userId: bob, by: 'admin' });
      await expect(identity.admit(token, { path: id })).rejects.toMatchObject({ code: 'forbidden' });
      await expect(workspaces.removeMember({ workspaceId: id, userId: bob })).rejects.toMatchObject({
        code: 'not_found',
      });
      expect((await events()).at(-1)).toMatchObject({
        type: 'member.removed',
        payload: { user_id: bob, role: 'member' },
      });
    });

    test('give and take only what they have themselves', async () => {
      const { workspaces, user } = await setUp();
      const [ada, bob, eve] = [await user('Ada'), await user('Bob'), await user('Eve')];
      const { id } = await workspaces.create({ userId: ada, name: 'Team' });
      await workspaces.setMember({ workspaceId: id, userId: bob, role: 'member' });
      const asAdmin = { workspaceId: id, by: 'admin' } as const;
      const refused = { code: 'forbidden' };
      await expect(workspaces.setMember({ ...asAdmin, userId: bob, role: 'owner' })).rejects.toMatchObject(
        refused,
      );
      await expect(workspaces.setMember({ ...asAdmin, userId: ada, role: 'viewer' })).rejects.toMatchObject(
        refused,
      );
      await expect(workspaces.removeMember({ ...asAdmin, userId: ada })).rejects.toMatchObject(refused);
      await workspaces.setMember({ ...asAdmin, userId: bob, role: 'admin', existing: true });
      await expect(
        workspaces.setMember({ ...asAdmin, userId: eve, role: 'viewer', existing: true }),
      ).rejects.toMatchObject({ code: 'not_found' });
      expect((await workspaces.members(id)).map((member) => member.role)).toEqual(['owner', 'admin']);
    });

    test('are no more than a workspace may have', async () => {
      const { workspaces, user } = await setUp({ membersMax: 2 });
      const [ada, bob, eve] = [await user('Ada'), await user('Bob'), await user('Eve')];
      const { id } = await workspaces.create({ userId: ada, name: 'Team' });
      const added = await Promise.allSettled(
        [bob, eve].map((userId) => workspaces.setMember({ workspaceId: id, userId, role: 'member' })),
      );
      expect(added.map((each) => each.status).toSorted()).toEqual(['fulfilled', 'rejected']);
      expect(added.find((each) => each.status === 'rejected')?.reason).toMatchObject({ code: 'exhausted' });
    });

    test('keep an owner, however many owners leave and step down at the same moment', async () => {
      const { workspaces, user } = await setUp();
      const owners = await Promise.all(['A', 'B', 'C', 'D'].map(user));
      // Many rounds, because each is a race that may be won by luck.
      for (let round = 0; round < 15; round += 1) {
        const { id } = await workspaces.create({ userId: owners[0] ?? '', name: `Team ${round}` });
        for (const userId of owners) await workspaces.setMember({ workspaceId: id, userId, role: 'owner' });
        const results = await Promise.allSettled(
          owners.map((userId, index) =>
            index % 2 === 0
              ? workspaces.removeMember({ workspaceId: id, userId })
              : workspaces.setMember({ workspaceId: id, userId, role: 'viewer' }),
          ),
        );
        expect(results.filter((each) => each.status === 'rejected')).toHaveLength(1);
        const left = await workspaces.members(id);
        expect(left.filter((member) => member.role === 'owner')).toHaveLength(1);
      }
    });
  });
}
