import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient, type Client } from '@raptorflow/client';
import { runProgram, startProgramServer, type CommandEnd, type RunningServer } from '@raptorflow/rig';
import { afterAll, beforeAll, expect, it } from 'vitest';

let root = '';
let home = '';
let server: RunningServer;
let client: Client;
const run = (...args: string[]): Promise<CommandEnd> => runProgram(['audit', ...args, '--json'], { home });
beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'raptorflow-audit-cli-'));
  home = join(root, 'home');
  server = await startProgramServer({ home });
  client = createClient({ baseUrl: server.url, token: server.token });
});
afterAll(async () => {
  await server.stop();
  rmSync(root, { recursive: true, force: true });
});

it('the signing key lies in the data directory, for its owner alone', () => {
  expect(statSync(join(home, 'audit-key')).mode & 0o777).toBe(0o600);
});

it('audit list tells what happened here, and in the installation', async () => {
  const seeded = async (): Promise<number> =>
    (await client.audit.list({ query: { action: 'agent.roster_seeded' } })).items.length;
  await expect.poll(seeded, { timeout: 20_000 }).toBe(1);
  await client.agents.update({ params: { agent_id: 'RES-001' }, body: { name: 'Scout' } });
  const found = await run('list', '--action', 'agent.update', '--phase', 'outcome');
  expect(found.json.at(-1)).toMatchObject({ items: [{ action: 'agent.update', outcome: 'ok' }] });
  const shown = await runProgram(['audit', 'list', '--installation'], { home });
  expect(shown.stdout).toMatch(/configuration\.read/);
  const wrong = await run('list', '--phase', 'sometimes');
  expect(wrong.exitCode).toBe(2);
});

it('audit verify shows that the chain is whole and continues a head that was kept', async () => {
  const head = await runProgram(['audit', 'head'], { home });
  const kept = join(root, 'head.json');
  writeFileSync(kept, head.stdout);
  await client.agents.update({ params: { agent_id: 'RES-001' }, body: { name: 'Ranger' } });
  const found = await run('verify', '--head', kept);
  const { sequence } = JSON.parse(head.stdout) as { sequence: number };
  expect(found).toMatchObject({ exitCode: 0, json: [{ extends: sequence, problem: null }] });
  expect((await run('verify', '--installation')).exitCode).toBe(0);
});

it('audit export writes a file that verifies without a server, until somebody changes it', async () => {
  const file = join(root, 'audit.jsonl');
  expect((await run('export', file)).json.at(-1)).toEqual({ file });
  const answer = (await run('head')).json.at(-1) as { signing_key_id: string };
  const elsewhere = { home: join(root, 'nowhere') };
  const verify = (...args: string[]): Promise<CommandEnd> =>
    runProgram(['audit', 'verify', file, ...args, '--json'], elsewhere);
  expect(await verify('--key', answer.signing_key_id)).toMatchObject({ exitCode: 0 });
  expect((await verify('--key', 'ed25519:somebody')).exitCode).toBe(9);
  writeFileSync(file, readFileSync(file, 'utf8').replace('Scout', 'Spy'));
  const broken = await verify();
  expect(broken).toMatchObject({
    exitCode: 9,
    json: [{ error: { code: 'audit_chain_broken', details: { kind: 'changed' } } }],
  });
  expect((await runProgram(['audit', 'verify', join(root, 'head.json')], elsewhere)).exitCode).toBe(2);
});
