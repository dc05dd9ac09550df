import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runProgram, startProgramServer } from '@raptorflow/rig';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const cli = fileURLToPath(new URL('..', import.meta.url));
const sample = fileURLToPath(new URL('../../../examples/campaigns/kilnwatch', import.meta.url));

let root = '';
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'raptorflow-built-'));
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

describe('the program as it is built', () => {
  it('is a few files, and not the hundreds of modules that it was put together from', () => {
    expect(readdirSync(join(cli, 'dist/program')).length).toBeLessThan(80);
  });

  it('prints a completion that bash takes', async () => {
    const { stdout } = await runProgram(['completion', 'bash'], { home: join(root, 'none'), from: 'build' });
    const script = `${stdout}\nCOMP_WORDS=(raptorflow bus p); COMP_CWORD=2; _raptorflow; echo "$COMPREPLY"`;
    expect(execFileSync('bash', ['--norc', '-eu', '-c', script], { encoding: 'utf8' })).toBe('publish\n');
  });

  it('finds its threads, its dashboard and its sample campaigns from where it was put', async () => {
    const home = join(root, 'home');
    const server = await startProgramServer({ home, from: 'build' });
    const page = await fetch(server.url);
    expect([page.status, page.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
    const campaign = ['campaign', 'run', sample, '--json'];
    const end = await runProgram(campaign, { home, from: 'build' });
    expect(end.exitCode, end.stderr).toBe(0);
    expect(end.json.at(-1)).toMatchObject({ status: 'completed' });
    expect(await server.end('SIGINT')).toMatchObject({ exitCode: 0 });
  });
});
