import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient, type Client } from '@raptorflow/client';
import {
  findFreePort,
  runProgram,
  startIdentityProvider,
  startPostgres,
  startProgramServer,
  startRedis,
  type CommandEnd,
  type IdentityProvider,
  type PostgresServer,
  type RedisServer,
  type RunningServer,
} from '@raptorflow/rig';
import { RaptorFlowError } from 'raptorflow/kernel';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

// One server for all of it, at a provider that lives beside it.
describe('people and programs at a running server', () => {
  let root = '';
  let home = '';
  let server: RunningServer;
  let provider: IdentityProvider;
  let env: Record<string, string> = {};
  const run = (...args: string[]): Promise<CommandEnd> => runProgram([...args, '--json'], { home });
  const result = async <T>(...args: string[]): Promise<T> => {
    const end = await run(...args);
    expect([end.exitCode, end.stderr]).toEqual([0, expect.any(String)]);
    return end.json.at(-1) as T;
  };
  const clientOf = (token: string): Client => createClient({ baseUrl: server.url, token });
  beforeAll(async () => {
    root = mkdtempSync(join(tmpdir(), 'raptorflow-identity-'));
    home = join(root, 'home');
    provider = await startIdentityProvider();
    const port = await findFreePort();
    const publicUrl = `http://localhost:${port}`;
    provider.client = {
      clientId: 'web',
      clientSecret: 'shared',
      redirectUrl: `${publicUrl}/api/v1/auth/oidc/return`,
    };
    env = {
      OIDC_ISSUER: provider.issuer,
      OIDC_AUDIENCE: 'raptorflow-api',
      OIDC_CLIENT_ID: 'web',
      OIDC_CLIENT_SECRET: 'shared',
      PUBLIC_URL: publicUrl,
    };
    server = await startProgramServer({ home, port, env });
  });
  afterAll(async () => {
    await server.stop();
    await provider.stop();
    rmSync(root, { recursive: true, force: true });
  });

  it('takes a token of the provider for a user with a workspace of their own, and no forged one', async () => {
    const session = await clientOf(provider.issue('raptorflow-api')).session.current();
    expect(session).toMatchObject({
      user: { email: 'ada@example.com', display_name: 'Ada Lovelace', operator: false },
      workspaces: [{ role: 'owner' }],
    });
    const wrong = provider.issue('another-api');
    await expect(clientOf(wrong).session.current()).rejects.toMatchObject({ code: 'token_invalid' });
    const cut = `${provider.issue('raptorflow-api').slice(0, -8)}AAAAAAAA`;
    await expect(clientOf(cut).session.current()).rejects.toMatchObject({ code: 'token_invalid' });
  });

  it('keys: made, used, listed and revoked, for calls of the whole command line', async () => {
    const made = await result<{ id: string; key: string; prefix: string }>(
      'keys',
      'create',
      'Nightly',
      '--role',
      'viewer',
      '--scope',
      'read',
      '--lifetime',
      '90d',
    );
    const elsewhere = { RAPTORFLOW_URL: server.url, RAPTORFLOW_TOKEN: made.key };
    const asKey = (...args: string[]): Promise<CommandEnd> =>
      runProgram([...args, '--json'], { home: join(root, 'nowhere'), env: elsewhere });
    expect((await asKey('members', 'list')).json.at(-1)).toMatchObject({ total: 1 });
    expect((await asKey('keys', 'list')).exitCode).toBe(3);
    expect(await result('keys', 'list')).toMatchObject({
      items: [{ name: 'Nightly', prefix: made.prefix, role: 'viewer', scopes: ['read'] }],
    });
    await result('keys', 'revoke', made.id);
    expect((await asKey('members', 'list')).exitCode).toBe(3);
  });

  it('members: invited by a link, given a role, removed at once', async () => {
    const made = await result<{ url: string; mailed: boolean }>(
      'members',
      'invite',
      'ada@example.com',
      '--role',
      'viewer',
    );
    expect(made).toMatchObject({ mailed: false });
    expect(made.url).toMatch(/^http:\/\/localhost:\d+\/invitation#code=/);
    expect(await result('members', 'invitations')).toMatchObject({ total: 1 });
    const ada = clientOf(provider.issue('raptorflow-api'));
    const [, code = ''] = made.url.split('#code=');
    const { workspace_id: workspaceId } = await ada.invitations.accept({ body: { code } });
    const userId = (await ada.session.current()).user.id;
    expect(await result('members', 'role', userId, 'admin')).toMatchObject({ role: 'admin' });
    const there = ada.inWorkspace(workspaceId);
    expect((await there.members.list()).items).toHaveLength(2);
    await result('members', 'remove', userId);
    await expect(there.members.list()).rejects.toMatchObject({ code: 'forbidden' });
  });

  it('workspaces: made, changed, exported whole and deleted, also when the server is killed in the middle', async () => {
    const made = await result<{ id: string }>(
      'workspaces',
      'create',
      'Old plans',
      '--time-zone',
      'Asia/Tokyo',
    );
    expect(await result('workspaces', 'set', made.id, '--name', 'Plans')).toMatchObject({ name: 'Plans' });
    const client = clientOf(server.token).inWorkspace(made.id);
    for (let count = 0; count < 5; count += 1) {
      const text = `Plan ${count}. `.repeat(200);
      await client.documents.create({ body: { title: `Plan ${count}`, text } });
    }
    const file = join(root, 'plans.jsonl');
    const exported = await result<{ rows: number }>('workspaces', 'export', made.id, file);
    const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
    expect(lines).toHaveLength(exported.rows + 2);
    expect(lines.filter((line) => line.startsWith('{"table":"documents"'))).toHaveLength(5);

    expect((await run('workspaces', 'delete', made.id)).exitCode).toBe(2);
    await result('workspaces', 'delete', made.id, '--name', 'Plans');
    const { port } = server;
    await server.kill();
    server = await startProgramServer({ home, port, env });
    await expect(clientOf(server.token).inWorkspace(made.id).members.list()).rejects.toMatchObject({
      code: 'not_found',
    });
    expect(JSON.stringify(await result('workspaces', 'list'))).not.toContain(made.id);
  });

  it('tells of each change on the channel of workspaces', async () => {
    const told = async (): Promise<string[]> => {
      const { recent_events: events } = await clientOf(server.token).bus.channel({
        params: { name: 'sys.workspace.lifecycle' },
        query: { all_workspaces: true },
      });
      return events.map((event) => event.type);
    };
    await expect
      .poll(told, { timeout: 10_000 })
      .toEqual(
        expect.arrayContaining([
          'api_key.created',
          'api_key.revoked',
          'invitation.created',
          'invitation.accepted',
          'member.added',
          'member.role_changed',
          'member.removed',
          'workspace.renamed',
          'workspace.deletion_started',
          'workspace.deleted',
        ]),
      );
  });

  it('signs in at the provider in the browser’s steps, with our own session at the end', async () => {
    const begun = await fetch(`${server.url}/api/v1/auth/oidc/begin?to=/w/x`, { redirect: 'manual' });
    const cookie = begun.headers.getSetCookie()[0]?.split(';')[0] ?? '';
    const page = await (await fetch(begun.headers.get('location') ?? '')).text();
    const back = (/href="([^"]+)"/.exec(page)?.[1] ?? '').replaceAll('&amp;', '&');
    const done = await fetch(back, { redirect: 'manual', headers: { cookie } });
    expect([done.status, done.headers.get('location')]).toEqual([302, '/w/x']);
    const session = done.headers.getSetCookie().find((each) => each.startsWith('raptorflow_session='));
    const me = await fetch(`${server.url}/api/v1/auth/me`, {
      headers: { cookie: session?.split(';')[0] ?? '' },
    });
    expect(await me.json()).toMatchObject({ user: { email: 'ada@example.com' } });
    expect(provider.refusals).toEqual([]);
  });
});

describe('two servers on the same stores', () => {
  let root = '';
  let postgres: PostgresServer;
  let redis: RedisServer;
  let servers: RunningServer[] = [];
  beforeAll(async () => {
    root = mkdtempSync(join(tmpdir(), 'raptorflow-two-'));
    [postgres, redis] = await Promise.all([startPostgres(), startRedis({ appendfsync: 'everysec' })]);
    const env = {
      REDIS_URL: redis.url,
      DATABASE_URL: await postgres.createDatabase(),
      SECRET_KEY: 'k3JxQ8vZp1LmT7wYb2RnF6sDc9GhA4eU',
    };
    const first = await startProgramServer({ home: join(root, 'a'), env });
    servers = [first, await startProgramServer({ home: join(root, 'b'), env })];
  });
  afterAll(async () => {
    await Promise.all(servers.map((each) => each.kill()));
    await Promise.all([postgres.stop(), redis.stop()]);
    rmSync(root, { recursive: true, force: true });
  });

  it('refuse at once what was ended at the other: a session with its socket, a key, a workspace', async () => {
    const [a, b] = servers;
    if (!a || !b) throw new RaptorFlowError('unavailable', 'The servers did not start.');
    const operator = createClient({ baseUrl: a.url, token: a.token });
    const { token } = await operator.session.issueToken({ body: {} });
    const at = (server: RunningServer, bearer: string): Client =>
      createClient({ baseUrl: server.url, token: bearer });
    const { user } = await at(b, token).session.current();
    const socket = new WebSocket(`${b.url.replace('http', 'ws')}/ws/dashboard/${user.id}`, [
      'raptorflow',
      `bearer.${token}`,
    ]);
    await new Promise((resolve) => socket.addEventListener('message', resolve, { once: true }));
    const closed = new Promise<number>((resolve) =>
      socket.addEventListener('close', (event) => resolve(event.code), { once: true }),
    );
    await at(a, token).session.signOut();
    await expect(at(b, token).session.current()).rejects.toMatchObject({ code: 'token_revoked' });
    expect(await closed).toBe(4401);

    const key = await operator.apiKeys.create({ body: { name: 'x', role: 'viewer' } });
    await at(b, key.key).members.list();
    await operator.apiKeys.revoke({ params: { key_id: key.id } });
    await expect(at(b, key.key).members.list()).rejects.toMatchObject({ code: 'token_revoked' });

    const { id } = await operator.workspaces.create({ body: { name: 'Passing' } });
    const there = createClient({ baseUrl: b.url, token: b.token, workspaceId: id });
    await there.members.list();
    await operator.workspaces.delete({ params: { workspace_id: id }, body: { name: 'Passing' } });
    await expect(there.members.list()).rejects.toMatchObject({ code: 'not_found' });
  });
});
