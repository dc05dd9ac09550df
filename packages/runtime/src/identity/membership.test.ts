import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isRaptorFlowError } from 'raptorflow/kernel';
import { createFakeClock, type FakeClock } from 'raptorflow/kernel/testing';
import { openDatabase, type Database } from '../db/index.ts';
import { createIdentity, type Identity } from './identity.ts';
import { includesRole, workspaceRoles, type WorkspaceRole } from './role.ts';
import { identityMigrations, identityTables } from './tables.ts';

/*
 * Random histories of a workspace against a model of it: who is in it as what, which invitations are open, which keys hold. Each step is either
 * made in both or refused by both.
 */

const people = ['ada', 'bob', 'eve', 'max'] as const;
type Person = (typeof people)[number];

type Step =
  | { readonly kind: 'role'; readonly who: Person; readonly role: WorkspaceRole; readonly by: WorkspaceRole }
  | { readonly kind: 'remove'; readonly who: Person; readonly by: WorkspaceRole }
  | { readonly kind: 'leave'; readonly who: Person }
  | { readonly kind: 'invite'; readonly email: string; readonly role: 'admin' | 'member' | 'viewer' }
  | { readonly kind: 'accept'; readonly who: Person; readonly nth: number }
  | { readonly kind: 'key'; readonly who: Person; readonly role: 'admin' | 'viewer' }
  | { readonly kind: 'wait'; readonly hours: number };

const person = fc.constantFrom(...people);
const role = fc.constantFrom(...workspaceRoles);
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ kind: fc.constant('role' as const), who: person, role, by: role }),
  fc.record({ kind: fc.constant('remove' as const), who: person, by: role }),
  fc.record({ kind: fc.constant('leave' as const), who: person }),
  fc.record({
    kind: fc.constant('invite' as const),
    email: fc.constantFrom('a@example.com', 'b@example.com'),
    role: fc.constantFrom('admin' as const, 'member' as const, 'viewer' as const),
  }),
  fc.record({ kind: fc.constant('accept' as const), who: person, nth: fc.nat(5) }),
  fc.record({
    kind: fc.constant('key' as const),
    who: person,
    role: fc.constantFrom('admin' as const, 'viewer' as const),
  }),
  fc.record({ kind: fc.constant('wait' as const), hours: fc.integer({ min: 1, max: 100 }) }),
);

interface Link {
  readonly email: string;
  readonly role: WorkspaceRole;
  readonly code: string;
  readonly until: number;
  state: 'open' | 'revoked' | 'used';
}

class Model {
  readonly roles = new Map<Person, WorkspaceRole>([['ada', 'owner']]);
  readonly links: Link[] = [];
  readonly keys: { readonly who: Person; readonly role: WorkspaceRole; readonly text: string }[] = [];

  keepsOwner(without: Person): boolean {
    return [...this.roles].some(([who, has]) => who !== without && has === 'owner');
  }
}

let db: Database;
let clock: FakeClock;
let identity: Identity;
const ids = new Map<Person, string>();
beforeAll(async () => {
  clock = createFakeClock();
  const tables = [identityTables];
  db = openDatabase({ path: ':memory:', tables, migrations: [identityMigrations] }, { clock });
  await db.start();
  identity = createIdentity(
    { secretKey: 'a secret key of at least 32 characters', limits: { workspacesPerUserMax: 100_000 } },
    { db, clock },
  );
  for (const name of people) {
    const { user } = await identity.signInForeign({ subject: `x ${name}`, email: null, displayName: name });
    ids.set(name, user.id);
  }
});
afterAll(() => db.stop());

const idOf = (who: Person): string => ids.get(who) ?? '';

async function outcome(work: Promise<unknown>): Promise<string> {
  try {
    await work;
    return 'made';
  } catch (error) {
    if (isRaptorFlowError(error)) return error.code;
    throw error;
  }
}

/** Takes the step in the world, and says what the model expects of it. */
async function take(one: Step, model: Model, workspaceId: string): Promise<readonly [string, string]> {
  const { workspaces, invitations, apiKeys } = identity;
  switch (one.kind) {
    case 'role': {
      const before = model.roles.get(one.who);
      const allowed = includesRole(one.by, one.role) && (!before || includesRole(one.by, before));
      const kept = one.role === 'owner' || before !== 'owner' || model.keepsOwner(one.who);
      const expected = !allowed ? 'forbidden' : kept ? 'made' : 'conflict';
      if (expected === 'made') model.roles.set(one.who, one.role);
      const request = { workspaceId, userId: idOf(one.who), role: one.role, by: one.by };
      return [expected, await outcome(workspaces.setMember(request))];
    }
    case 'remove':
    case 'leave': {
      const before = model.roles.get(one.who);
      const by = one.kind === 'remove' ? one.by : undefined;
      const allowed = by === undefined || (before !== undefined && includesRole(by, before));
      const kept = before !== 'owner' || model.keepsOwner(one.who);
      const expected = !before ? 'not_found' : !allowed ? 'forbidden' : kept ? 'made' : 'conflict';
      if (expected === 'made') model.roles.delete(one.who);
      const request = { workspaceId, userId: idOf(one.who), ...(by === undefined ? {} : { by }) };
      return [expected, await outcome(workspaces.removeMember(request))];
    }
    case 'invite': {
      const { email } = one;
      const made = await invitations.create({ workspaceId, userId: idOf('ada'), email, role: one.role });
      for (const link of model.links)
        if (link.email === email && link.state === 'open') link.state = 'revoked';
      model.links.push({ email, role: one.role, code: made.code, until: made.expiresAt, state: 'open' });
      return ['made', 'made'];
    }
    case 'accept': {
      const link = model.links[one.nth];
      const expected = expectedOf(link, model.roles.has(one.who));
      if (expected === 'made' && link) {
        link.state = 'used';
        model.roles.set(one.who, link.role);
      }
      return [expected, await outcome(invitations.accept(link?.code ?? 'none', idOf(one.who)))];
    }
    case 'key': {
      const made = await apiKeys.create({ workspaceId, userId: idOf(one.who), name: 'k', role: one.role });
      model.keys.push({ who: one.who, role: one.role, text: made.text });
      return ['made', 'made'];
    }
    case 'wait':
      await clock.advance(one.hours * 3_600_000);
      return ['made', 'made'];
  }
}

function expectedOf(link: Link | undefined, isMember: boolean): string {
  if (!link || link.state === 'revoked') return 'invalid_link';
  if (link.state === 'used') return 'used_link';
  if (clock.now() >= link.until) return 'expired_link';
  return isMember ? 'conflict' : 'made';
}

describe('a workspace’s members, invitations and keys', () => {
  test('are after any history what a simple model says, refusals included, with an owner in it', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
        const { id } = await identity.workspaces.create({ userId: idOf('ada'), name: 'Any' });
        const model = new Model();
        for (const one of steps) {
          const [expected, found] = await take(one, model, id);
          expect([one, found]).toEqual([one, expected]);
        }
        const members = await identity.workspaces.members(id);
        expect(new Map(members.map((member) => [member.userId, member.role]))).toEqual(
          new Map([...model.roles].map(([who, has]) => [idOf(who), has])),
        );
        expect([...model.roles.values()]).toContain('owner');
        for (const key of model.keys) {
          const has = model.roles.get(key.who);
          const lesser = has === undefined ? undefined : includesRole(key.role, has) ? has : key.role;
          const found = await identity.admit(key.text, {}).then(
            ({ entrance }) => entrance.role,
            () => undefined,
          );
          expect(found).toBe(lesser);
        }
        await identity.removals.request({ workspaceId: id, name: 'Any' });
        await identity.removals.finish();
      }),
      { numRuns: 60 },
    );
  });
});
