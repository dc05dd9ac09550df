import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openIdentityWorld, type IdentityAnswer, type IdentityWorld } from '../testing/identity-world.ts';

let world: IdentityWorld;
beforeEach(async () => {
  world = await openIdentityWorld();
});
afterEach(() => world.stop());

const codeOf = (answer: IdentityAnswer): unknown => [answer.status, answer.body?.error?.code];

/** Ada owns a workspace; Bob is in it with a role. */
async function pair(role: 'admin' | 'member' | 'viewer'): Promise<{
  ada: Awaited<ReturnType<IdentityWorld['person']>>;
  bob: Awaited<ReturnType<IdentityWorld['person']>>;
  here: Record<string, string>;
}> {
  const [ada, bob] = [await world.person('Ada'), await world.person('Bob')];
  const { workspaceId } = ada;
  await world.identity.workspaces.setMember({ workspaceId, userId: bob.userId, role });
  return { ada, bob, here: { 'x-workspace-id': workspaceId } };
}

describe('invitations', () => {
  it('lead from an address to a membership: made, listed without the code, accepted by its link', async () => {
    const [ada, bob] = [await world.person('Ada'), await world.person('Bob')];
    const made = await world.send(ada.token, 'POST', '/api/v1/invitations', {
      email: 'bob@example.com',
      role: 'admin',
    });
    expect(made.status).toBe(201);
    expect(made.body).toMatchObject({ email: 'bob@example.com', role: 'admin', mailed: false });
    const [, code = ''] = String(made.body.url).split('#code=');
    const listed = await world.send(ada.token, 'GET', '/api/v1/invitations');
    expect(listed.body).toMatchObject({ total: 1, items: [{ id: made.body.id, invited_by: ada.userId }] });
    expect(listed.text).not.toContain(code);
    expect(codeOf(await world.send(null, 'POST', '/api/v1/invitations/accept', { code }))).toEqual([
      401,
      'unauthenticated',
    ]);
    const accepted = await world.send(bob.token, 'POST', '/api/v1/invitations/accept', { code });
    expect(accepted.body).toEqual({ workspace_id: ada.workspaceId, role: 'admin' });
    const members = await world.send(bob.token, 'GET', '/api/v1/members', undefined, {
      'x-workspace-id': ada.workspaceId,
    });
    expect(members.body.items).toMatchObject([
      { user_id: ada.userId, role: 'owner', email: 'ada@example.com' },
      { user_id: bob.userId, role: 'admin' },
    ]);
    expect(codeOf(await world.send(bob.token, 'POST', '/api/v1/invitations/accept', { code }))).toEqual([
      401,
      'used_link',
    ]);
  });

  it('go by mail where there is a mail server, and are an admin’s business', async () => {
    await world.stop();
    world = await openIdentityWorld({ mail: true });
    const { bob, ada, here } = await pair('member');
    const invite = { email: 'eve@example.com' };
    expect((await world.send(ada.token, 'POST', '/api/v1/invitations', invite)).body).toMatchObject({
      mailed: true,
      role: 'member',
    });
    expect(world.letters).toEqual(['eve@example.com by Ada']);
    for (const [method, url, body] of [
      ['POST', '/api/v1/invitations', invite],
      ['GET', '/api/v1/invitations', undefined],
      ['DELETE', '/api/v1/invitations/inv_1', undefined],
    ] as const) {
      expect(codeOf(await world.send(bob.token, method, url, body, here))).toEqual([403, 'forbidden']);
    }
    expect(world.letters).toHaveLength(1);
  });

  it('are taken back', async () => {
    const ada = await world.person('Ada');
    const made = await world.send(ada.token, 'POST', '/api/v1/invitations', { email: 'b@example.com' });
    const url = `/api/v1/invitations/${made.body.id}`;
    expect((await world.send(ada.token, 'DELETE', url)).body).toEqual({ revoked: true });
    expect(codeOf(await world.send(ada.token, 'DELETE', url))).toEqual([404, 'not_found']);
  });
});

describe('members', () => {
  it('change roles and go by whoever has at least as much', async () => {
    const { ada, bob, here } = await pair('admin');
    const eve = await world.person('Eve');
    await world.identity.workspaces.setMember({
      workspaceId: ada.workspaceId,
      userId: eve.userId,
      role: 'viewer',
    });
    const as = (
      token: string,
      method: 'PATCH' | 'DELETE',
      userId: string,
      body?: object,
    ): Promise<IdentityAnswer> => world.send(token, method, `/api/v1/members/${userId}`, body, here);
    expect((await as(bob.token, 'PATCH', eve.userId, { role: 'member' })).body).toMatchObject({
      user_id: eve.userId,
      role: 'member',
    });
    for (const refused of [
      await as(bob.token, 'PATCH', eve.userId, { role: 'owner' }),
      await as(bob.token, 'PATCH', ada.userId, { role: 'viewer' }),
      await as(bob.token, 'DELETE', ada.userId),
      await as(eve.token, 'DELETE', bob.userId),
    ]) {
      expect(codeOf(refused)).toEqual([403, 'forbidden']);
    }
    expect(codeOf(await as(ada.token, 'PATCH', 'usr_nobody', { role: 'viewer' }))).toEqual([
      404,
      'not_found',
    ]);
    expect(codeOf(await as(ada.token, 'PATCH', ada.userId, { role: 'member' }))).toEqual([409, 'conflict']);
    expect((await as(bob.token, 'DELETE', eve.userId)).body).toEqual({ removed: true });
    // At once: the very next request.
    expect(codeOf(await world.send(eve.token, 'GET', '/api/v1/members', undefined, here))).toEqual([
      403,
      'forbidden',
    ]);
  });

  it('leave, but for the last owner', async () => {
    const { ada, bob, here } = await pair('viewer');
    const leave = (token: string): Promise<IdentityAnswer> =>
      world.send(token, 'POST', '/api/v1/members/leave', undefined, here);
    expect((await leave(bob.token)).body).toEqual({ left: true });
    expect(codeOf(await leave(ada.token))).toEqual([409, 'conflict']);
  });
});

describe('a workspace', () => {
  it('changes name and time zone, each alone, never nothing', async () => {
    const ada = await world.person('Ada');
    const url = `/api/v1/workspaces/${ada.workspaceId}`;
    expect((await world.send(ada.token, 'PATCH', url, { name: 'New' })).body).toMatchObject({ name: 'New' });
    expect((await world.send(ada.token, 'PATCH', url, { time_zone: 'Asia/Tokyo' })).body).toMatchObject({
      name: 'New',
      time_zone: 'Asia/Tokyo',
    });
    expect(codeOf(await world.send(ada.token, 'PATCH', url, {}))).toEqual([422, 'invalid_input']);
    expect(codeOf(await world.send(ada.token, 'PATCH', url, { time_zone: 'Mars/Olympus' }))).toEqual([
      422,
      'invalid_input',
    ]);
  });

  it('is exported to its owner as a file of JSON Lines', async () => {
    const { ada, bob } = await pair('admin');
    const url = `/api/v1/workspaces/${ada.workspaceId}/export`;
    const { status, headers, text } = await world.send(ada.token, 'GET', url);
    expect([status, headers['content-type']]).toEqual([200, 'application/jsonl; charset=utf-8']);
    expect(headers['content-disposition']).toBe(`attachment; filename="${ada.workspaceId}.jsonl"`);
    const lines = text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(lines.at(-1)).toEqual({ end: true, rows: lines.length - 2 });
    expect(codeOf(await world.send(bob.token, 'GET', url))).toEqual([403, 'forbidden']);
  });

  it('is deleted by its owner, who types its name; then nobody enters', async () => {
    const { ada, bob, here } = await pair('admin');
    const url = `/api/v1/workspaces/${ada.workspaceId}`;
    const name = 'Ada’s workspace';
    expect(codeOf(await world.send(bob.token, 'DELETE', url, { name }))).toEqual([403, 'forbidden']);
    expect(codeOf(await world.send(ada.token, 'DELETE', url, { name: 'ada' }))).toEqual([
      422,
      'invalid_input',
    ]);
    const deleted = await world.send(ada.token, 'DELETE', url, { name });
    expect([deleted.status, deleted.body]).toEqual([
      202,
      { workspace_id: ada.workspaceId, status: 'deleting' },
    ]);
    for (const { token } of [ada, bob]) {
      expect(codeOf(await world.send(token, 'GET', '/api/v1/members', undefined, here))).toEqual([
        404,
        'not_found',
      ]);
    }
  });
});
