import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient, type Client } from '@raptorflow/client';
import {
  overrunQuota,
  runProgram,
  startProgramServer,
  type CommandEnd,
  type RunningServer,
} from '@raptorflow/rig';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

// The program itself on a server whose quotas were asked for too much before it started.
describe('resources and quotas, from the command line', () => {
  let root = '';
  let home = '';
  let server: RunningServer;
  let client: Client;
  const run = (...args: string[]): Promise<CommandEnd> => runProgram([...args, '--json'], { home });
  const says = async (...args: string[]): Promise<string> => (await runProgram(args, { home })).stdout;
  beforeAll(async () => {
    root = mkdtempSync(join(tmpdir(), 'raptorflow-quotas-'));
    home = join(root, 'home');
    server = await startProgramServer({ home });
    client = createClient({ baseUrl: server.url, token: server.token });
    const workspaceId = (await client.workspaces.list()).items[0]?.id;
    await client.quotas.create({
      body: {
        quota_id: 'tokens',
        name: 'Tokens',
        resource_type: 'llm_tokens',
        quota_scope: 'workspace',
        quota_type: 'hard',
        period: 'forever',
        limit: 1_000,
        action: 'block',
      },
    });
    await server.stop();
    const subject = { resource: 'llm_tokens', workspaceId, userId: server.userId };
    await overrunQuota(home, { subject, granted: 950, refused: 70 });
    server = await startProgramServer({ home });
    client = createClient({ baseUrl: server.url, token: server.token });
  });
  afterAll(async () => {
    await server.stop();
    rmSync(root, { recursive: true, force: true });
  });

  it('show what is open, list it, look for leaks, and close what is not in use', async () => {
    const summary = await run('resources', '--installation');
    const total = (summary.json.at(-1) as { total_resources: number }).total_resources;
    expect([summary.exitCode, typeof total]).toEqual([0, 'number']);
    expect(await says('resources', 'summary')).toMatch(
      /^0 open in \S+, 0 B: nothing\nNo leak; verdicts so far: 0 right, 0 wrong, 0 missed\.\nSince its start: \d+ opened/u,
    );
    expect(await says('resources')).toContain('1 violation of quotas in the last 24 hours');
    expect(await says('resources', 'list', '--kind', 'process')).toBe('Nothing like that is open.\n');
    expect(await says('resources', 'leaks', '--scan')).toContain('Nothing was forgotten');
    const cleaned = await run('resources', 'clean', 'file_handle', '--force', '--owner', 'nobody');
    expect([cleaned.exitCode, cleaned.json.at(-1)]).toEqual([
      0,
      expect.objectContaining({ resource_type: 'file_handle', resources_cleaned: 0, resources_failed: 0 }),
    ]);
    const { items } = await client.audit.list({ query: { action: 'resource.cleanup' } });
    expect(items.length).toBeGreaterThan(0);
  });

  it('list what is used of each quota, and in the installation those of all', async () => {
    const list = await says('quotas', 'list');
    expect(list).toMatch(/tokens +Tokens +llm_tokens +workspace +hard +950 +1000 for ever +– +block +wsp_/u);
    expect(list).toMatch(/memory_per_user +.* 0 B +1\.1 GB at once +1\.6 GB +warn +installation/u);
    const all = (await run('quotas', 'list', '--installation')).json.at(-1) as { quotas: unknown[] };
    expect(all.quotas.length).toBeGreaterThan(6);
  });

  it('are created, changed, reset and removed', async () => {
    const options = '--limit 1,000 --kind burst --burst 2000 --period minute --per agent --action queue';
    const named = ['quotas', 'create', 'Requests', '--id', 'requests', '--of', 'requests'];
    const made = await run(...named, ...options.split(' '));
    expect([made.exitCode, made.json.at(-1)]).toEqual([
      0,
      expect.objectContaining({
        quota_id: 'requests',
        quota_type: 'burst',
        quota_scope: 'agent',
        limit: 1_000,
        burst_limit: 2_000,
        action: 'queue',
      }),
    ]);
    const changed = await run(
      'quotas',
      'set',
      'requests',
      '--kind',
      'hard',
      '--burst',
      'none',
      '--switch',
      'off',
    );
    expect(changed.json.at(-1)).toMatchObject({ burst_limit: null, enabled: false, limit: 1_000 });
    expect(await says('quotas', 'list')).toContain('requests (off)');
    expect(await says('quotas', 'reset', 'tokens')).toContain('begins at nothing for everybody');
    expect(await says('quotas', 'list')).toMatch(/tokens .* 0 +1000 for ever/u);
    expect((await run('quotas', 'remove', 'requests')).json.at(-1)).toEqual({
      quota_id: 'requests',
      removed: true,
    });
    expect(await says('quotas', 'list')).not.toContain('requests');
  });

  it('show what did not fit until somebody has dealt with it', async () => {
    expect(await says('quotas', 'violations')).toMatch(/tokens +70 +1020 +1000 +20 +blocked +\S+ +no/u);
    const list = (await run('quotas', 'violations', '--open')).json.at(-1) as {
      data: { violation_id: string }[];
    };
    const id = list.data[0]?.violation_id ?? '';
    expect(await says('quotas', 'violations', '--resolve', id)).toBe('The violation is dealt with.\n');
    expect(await says('quotas', 'violations', '--open')).toBe('Every request has fitted.\n');
  });

  it('are refused with what there is, each kind with its exit code', async () => {
    const cases: [args: string[], exitCode: number, says: string][] = [
      [['resources', 'everything'], 2, 'no command "resources everything"'],
      [['resources', 'list', '--status', 'new'], 2, 'active, idle, leaked, cleaned_up, error'],
      [['resources', 'clean'], 2, 'KIND|all'],
      [['quotas', 'create', 'Files'], 2, '--of memory --limit 1000000000'],
      [['quotas', 'create', 'Files', '--of', 'file_handle', '--limit', '1.5'], 2, 'a whole number above 0'],
      [
        ['quotas', 'create', 'Files', '--of', 'lock', '--limit', '9', '--action', 'warn'],
        2,
        'only a soft quota',
      ],
      [['quotas', 'set', 'tokens'], 2, 'Say what shall change'],
      [['quotas', 'set', 'nothing', '--limit', '1'], 4, 'There is no quota nothing'],
      [['quotas', 'set', 'memory_per_user', '--limit', '1'], 4, 'this workspace’s own'],
      [['quotas', 'reset', 'memory_per_user', '--installation'], 5, 'held'],
      [['quotas', 'approve', 'qap_1'], 4, 'No request qap_1 waits'],
      [['quotas', 'deny', 'qap_1'], 4, 'No request qap_1 waits'],
    ];
    for (const [args, exitCode, words] of cases) {
      const end = await run(...args);
      expect([args, end.exitCode, end.stderr]).toEqual([args, exitCode, expect.stringContaining(words)]);
    }
  });
});
