import { defineRoutes } from '@raptorflow/contract';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { registerRoutes } from '../register.ts';
import { openIdentityWorld, type IdentityAnswer, type IdentityWorld } from '../testing/identity-world.ts';

const shape = { tag: 't', summary: 'Try.', response: z.object({ role: z.string() }) } as const;
const tried = defineRoutes({
  view: { ...shape, method: 'GET', path: '/t/view', role: 'viewer' },
  work: { ...shape, method: 'POST', path: '/t/work', role: 'member' },
  rule: { ...shape, method: 'POST', path: '/t/rule', role: 'admin' },
  own: { ...shape, method: 'POST', path: '/t/own', role: 'owner' },
  dispatch: { ...shape, method: 'POST', path: '/t/dispatch', role: 'member', scope: 'dispatch' },
  self: { ...shape, method: 'GET', path: '/t/self', role: 'user' },
  act: { ...shape, method: 'POST', path: '/t/act', role: 'user' },
  operate: { ...shape, method: 'GET', path: '/t/operate', role: 'operator' },
});

let world: IdentityWorld;
beforeEach(async () => {
  world = await openIdentityWorld();
  const here = (_input: unknown, call: { readonly role: string }): { role: string } => ({ role: call.role });
  const anywhere = (): { role: string } => ({ role: '-' });
  registerRoutes(
    world.app,
    tried,
    {
      view: here,
      work: here,
      rule: here,
      own: here,
      dispatch: here,
      self: anywhere,
      act: anywhere,
      operate: anywhere,
    },
    world.guard,
  );
});
afterEach(() => world.stop());

async function keyOf(token: string, body: object): Promise<string> {
  const made = await world.send(token, 'POST', '/api/v1/api-keys', { name: 'ci', ...body });
  expect(made.status).toBe(201);
  return String(made.body.key);
}

async function reached(key: string): Promise<string[]> {
  const open: string[] = [];
  for (const [name, { method, path }] of Object.entries(tried)) {
    const answer = await world.send(key, method, path);
    if (answer.status === 200) open.push(name);
    else expect([name, answer.status]).toEqual([name, 403]);
  }
  return open;
}

describe('an API key', () => {
  it.each([
    [{ role: 'viewer' }, ['view', 'self']],
    [{ role: 'member' }, ['view', 'work', 'dispatch', 'self']],
    [{ role: 'admin' }, ['view', 'work', 'rule', 'dispatch', 'self']],
    [{ role: 'admin', scopes: ['read'] }, ['view', 'self']],
    [{ role: 'member', scopes: ['dispatch'] }, ['dispatch']],
    [{ role: 'viewer', scopes: ['dispatch'] }, []],
    [{ role: 'admin', scopes: ['dispatch', 'read'] }, ['view', 'dispatch', 'self']],
  ])('made with %j reaches %j and nothing else', async (body, routes) => {
    const { token } = await world.person('Ada');
    expect(await reached(await keyOf(token, body))).toEqual(routes);
  });

  it('is shown once, then by its prefix; an admin lists and revokes, and it holds no more at once', async () => {
    const { token, userId } = await world.person('Ada');
    const made = await world.send(token, 'POST', '/api/v1/api-keys', {
      name: 'Nightly import',
      role: 'viewer',
      lifetime_seconds: 3_600,
    });
    expect(made.headers['cache-control']).toBe('no-store');
    const { key, ...shown } = made.body as Record<string, string>;
    expect(shown).toMatchObject({
      name: 'Nightly import',
      created_by: userId,
      expires_at: new Date(world.clock.now() + 3_600_000).toISOString(),
      last_used_at: null,
    });
    expect((await world.send(key ?? '', 'GET', '/t/view')).status).toBe(200);
    const list = (): Promise<IdentityAnswer> => world.send(token, 'GET', '/api/v1/api-keys');
    await expect.poll(async () => (await list()).body.items[0].last_used_at).not.toBeNull();
    expect((await list()).text).not.toContain(key);
    const url = `/api/v1/api-keys/${shown['id']}`;
    expect((await world.send(token, 'DELETE', url)).body).toEqual({ revoked: true });
    const refused = await world.send(key ?? '', 'GET', '/t/view');
    expect([refused.status, refused.body.error.code]).toEqual([401, 'token_revoked']);
  });

  it('makes no keys, begins no session, and sees no workspace but its own', async () => {
    const ada = await world.person('Ada');
    await world.identity.workspaces.create({ userId: ada.userId, name: 'Another' });
    const key = await keyOf(ada.token, { role: 'admin' });
    for (const [method, url, body] of [
      ['POST', '/api/v1/api-keys', { name: 'more' }],
      ['POST', '/api/v1/auth/tokens', {}],
      ['POST', '/api/v1/auth/sign-in', { token: key }],
      ['POST', '/api/v1/workspaces', { name: 'Mine' }],
      ['POST', '/api/v1/members/leave', undefined],
    ] as const) {
      expect([url, (await world.send(key, method, url, body)).status]).toEqual([url, 403]);
    }
    for (const url of ['/api/v1/workspaces', '/api/v1/auth/me']) {
      const { text } = await world.send(key, 'GET', url);
      expect(text).toContain(ada.workspaceId);
      expect(text).not.toContain('Another');
    }
    expect((await world.send(ada.token, 'GET', '/api/v1/workspaces')).text).toContain('Another');
    await world.send(key, 'POST', '/api/v1/auth/sign-out');
    expect((await world.send(key, 'GET', '/t/view')).status).toBe(200);
  });

  it('is made by an admin, of at most their own role', async () => {
    const [ada, bob] = [await world.person('Ada'), await world.person('Bob')];
    const { workspaceId } = ada;
    await world.identity.workspaces.setMember({ workspaceId, userId: bob.userId, role: 'member' });
    const make = (role: string): Promise<IdentityAnswer> =>
      world.send(
        bob.token,
        'POST',
        '/api/v1/api-keys',
        { name: 'ci', role },
        { 'x-workspace-id': workspaceId },
      );
    expect((await make('viewer')).status).toBe(403);
    await world.identity.workspaces.setMember({ workspaceId, userId: bob.userId, role: 'admin' });
    expect((await make('admin')).status).toBe(201);
    expect((await make('owner')).status).toBe(422);
  });
});
