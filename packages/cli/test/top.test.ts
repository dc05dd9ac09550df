import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runProgram, startMonitoredServer, type CommandEnd, type MonitoredServer } from '@raptorflow/rig';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

describe('raptorflow top', () => {
  let root = '';
  let server: MonitoredServer;
  beforeAll(async () => {
    root = mkdtempSync(join(tmpdir(), 'raptorflow-top-'));
    server = await startMonitoredServer();
  });
  afterAll(async () => {
    await server.stop();
    rmSync(root, { recursive: true, force: true });
  });
  const run = (...args: string[]): Promise<CommandEnd> =>
    runProgram(['top', ...args], {
      home: join(root, 'home'),
      env: { RAPTORFLOW_URL: server.url, RAPTORFLOW_TOKEN: server.token },
    });

  it('prints one plain screen where standard output is no terminal, asked to or not', async () => {
    for (const args of [[], ['--once']]) {
      const { exitCode, stdout } = await run(...args);
      expect(exitCode).toBe(0);
      expect(stdout).toMatch(/^RaptorFlow {2}healthy /u);
      expect(stdout).toMatch(/^Bus {7}published (?:9\d|1\d\d)\/s {3}received .* lag 42 events$/mu);
      expect(stdout).toMatch(/^CPU {7,9}\d+\.\d %/mu);
      expect(stdout).toContain('fetch:news open');
      expect(stdout).not.toContain('\u001B');
    }
  });

  it('answers one object with --json', async () => {
    const { json, stdout } = await run('--json');
    expect(stdout.trim().split('\n')).toHaveLength(1);
    expect(json).toEqual([
      expect.objectContaining({
        url: server.url,
        bus: expect.objectContaining({ lag: 42 }),
        budget: expect.objectContaining({ cap_usd: '10.000000' }),
        host: expect.objectContaining({ running: true }),
        alerts: [expect.objectContaining({ rule: 'cpu_is_busy' })],
        breakers: [expect.objectContaining({ name: 'fetch:news' })],
        problems: {},
      }),
    ]);
  });

  it('refuses a pace that is none', async () => {
    expect(await run('--every', '0')).toMatchObject({ exitCode: 2, stdout: '' });
  });
});
