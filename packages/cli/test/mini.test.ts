import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  runProgram,
  spawnProgram,
  startMonitoredServer,
  type CommandEnd,
  type MonitoredServer,
  type ProgramChild,
} from '@raptorflow/rig';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

const slow = { timeout: 20_000 } as const;

describe('raptorflow mini', () => {
  let root = '';
  let server: MonitoredServer;
  beforeAll(() => {
    root = mkdtempSync(join(tmpdir(), 'raptorflow-mini-'));
  });
  afterAll(() => rmSync(root, { recursive: true, force: true }));
  beforeEach(async () => {
    server = await startMonitoredServer();
    return () => server.stop();
  });

  const options = (): { home: string; env: Record<string, string> } => ({
    home: join(root, 'home'),
    env: { RAPTORFLOW_URL: server.url, RAPTORFLOW_TOKEN: server.token },
  });
  const run = (...args: string[]): Promise<CommandEnd> => runProgram(['mini', ...args], options());
  const start = (...args: string[]): ProgramChild => spawnProgram(['mini', ...args], options());

  it('stops and starts the monitor, and says whether it runs and by which file', async () => {
    expect((await run('stop', '--json')).json).toEqual([{ running: false }]);
    expect((await run('status')).stdout).toBe('Running: No\nConfig: /srv/raptorflow/config/raptor.ini\n');
    expect((await run('start', '--json')).json).toEqual([{ running: true }]);
    expect((await run('reload', '--json')).json.at(-1)).toMatchObject({ running: true });
    expect(server.asked).toContain('raptor.reload');
  });

  it('shows the newest samples with units, and says what to do when there are none', async () => {
    const shown = await run('samples', '--last', '3');
    expect(shown.stdout.split('\n').filter((line) => /^\d\d:\d\d:\d\d /u.test(line))).toHaveLength(3);
    expect(shown.stdout).toMatch(/\d\.\d %.* \(\d\.\d GB\).* ms\n/u);
    const { json } = await run('samples', '--last', '3', '--json');
    expect(json.at(-1)).toMatchObject({ running: true, items: { length: 3 } });
    await run('stop');
    expect((await run('samples')).stdout).toContain('raptorflow mini start');
    expect(await run('samples', '--last', 'all')).toMatchObject({ exitCode: 2, stdout: '' });
  });

  it('raises an error that is then in the log', async () => {
    expect((await run('boom', '--json')).json).toEqual([{ result: 'boom', traced: true }]);
    const logs = await run('logs', '--level', 'error');
    expect([logs.exitCode, logs.stdout]).toEqual([
      0,
      expect.stringMatching(/EXCEPTION: Error: boom\n {4}at /u),
    ]);
  });

  it('shows the last lines by level and text, as text and as JSON', async () => {
    for (let index = 1; index <= 30; index += 1) server.log.write('INFO', `line ${index}`);
    server.log.write('ERROR', 'broken');
    expect((await run('logs', '--lines', '2')).stdout).toBe('line 30\nbroken\n');
    expect((await run('logs', '--text', 'line 3')).stdout).toBe('line 3\nline 30\n');
    expect((await run('logs', '--level', 'WARNING', '--json')).json).toEqual([
      { level: 'ERROR', text: 'broken' },
    ]);
    expect(await run('logs', '--level', 'loud')).toMatchObject({ exitCode: 2, stdout: '' });
    expect(await run('logs', '--lines', '1001')).toMatchObject({ exitCode: 2, stdout: '' });
  });

  it('follows the log over a lost connection, each line once, and ends with 0 at Ctrl-C', async () => {
    for (const text of ['one', 'two']) server.log.write('INFO', text);
    const follower = start('logs', '-f', '--lines', '1');
    await expect.poll(follower.stdout, slow).toBe('two\n');
    server.log.write('INFO', 'three');
    await expect.poll(follower.stdout, slow).toBe('two\nthree\n');
    server.log.cutFollowers();
    await expect.poll(() => server.log.followers(), slow).toBe(0);
    server.log.write('INFO', 'four');
    await expect.poll(follower.stdout, slow).toBe('two\nthree\nfour\n');
    expect(follower.stderr()).toBe('The connection was lost; trying again …\n');
    server.log.tellDropped(9);
    await expect.poll(follower.stderr, slow).toContain('9 lines were left out');
    follower.process.kill('SIGINT');
    expect(await follower.ended).toEqual({ exitCode: 0, signal: null });
    expect(follower.stdout()).toBe('two\nthree\nfour\n');
  });

  it('ends by the kind of what went wrong', async () => {
    server.state.failures.set('raptor.stop', { status: 409, code: 'conflict', message: 'It is starting.' });
    const stop = await run('stop');
    expect([stop.exitCode, stop.stderr]).toEqual([5, expect.stringContaining('It is starting.')]);
    server.state.operator = false;
    expect((await run('start')).exitCode).toBe(3);
    const logs = await run('logs');
    expect([logs.exitCode, logs.stderr]).toEqual([3, expect.stringContaining('--operator')]);
    expect((await run('status')).exitCode).toBe(0);
    await server.stop();
    expect((await run('status')).exitCode).toBe(7);
  });
});
