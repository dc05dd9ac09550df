import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findFreePort, runProgram, spawnProgram, startProgramServer } from '@raptorflow/rig';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

let root = '';
let home = '';
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'raptorflow-up-'));
  home = join(root, 'home');
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

/** Ctrl-C has to end the program within this time. */
const endMsMax = 5_000;

describe('raptorflow up', () => {
  it('listens on PORT, keeps its data in RAPTORFLOW_HOME, and tells a person the address and the sign-in link', async () => {
    const port = await findFreePort();
    const child = spawnProgram(['up'], { home, env: { PORT: String(port) } });
    await vi.waitFor(() => expect(child.stdout()).toContain('Data in'), { timeout: 20_000, interval: 20 });
    const printed = child.stdout();
    expect(printed).toContain(`RaptorFlow is ready at http://localhost:${port}`);
    expect(printed).toMatch(new RegExp(`Sign in once with +http://localhost:${port}/sign-in#code=[\\w.-]+`));
    expect(printed).toContain(`Data in ${home}`);
    expect(existsSync(join(home, 'raptorflow.db'))).toBe(true);
    expect(existsSync(join(home, 'bus.db'))).toBe(true);

    const health = async (): Promise<unknown> => (await fetch(`http://localhost:${port}/health`)).json();
    await expect.poll(health, { timeout: 10_000 }).toEqual({ status: 'healthy' });

    child.process.kill('SIGINT');
    expect(await child.ended).toEqual({ exitCode: 0, signal: null });
    expect(child.stdout()).toContain('Stopped.');
  });

  it('leaves a note for programs of the same user alone, and keeps its directory and its port to itself', async () => {
    const server = await startProgramServer({ home });
    const note = join(home, 'server.json');
    expect(statSync(note).mode & 0o777).toBe(0o600);
    expect(statSync(home).mode & 0o077).toBe(0);
    expect(JSON.parse(readFileSync(note, 'utf8'))).toMatchObject({ url: server.url, pid: server.pid });

    const second = await runProgram(['up', '--json'], { home, env: { PORT: '0' } });
    expect(second.exitCode).toBe(5);
    expect(second.json.at(-1)).toMatchObject({
      error: { code: 'directory_locked', details: { pid: server.pid } },
    });
    for (const word of [home, String(server.pid)]) expect(second.stderr).toContain(word);

    const other = join(root, 'other');
    const third = await runProgram(['up', '--json'], { home: other, env: { PORT: String(server.port) } });
    expect([third.exitCode, third.stderr]).toEqual([7, expect.stringContaining(String(server.port))]);
    expect(existsSync(join(other, 'server.json'))).toBe(false);

    // Neither of them disturbed the first, and the third left its directory free.
    expect((await fetch(`${server.url}/health`)).status).toBe(200);
    const fourth = await startProgramServer({ home: other });
    expect(await fourth.end('SIGTERM')).toMatchObject({ exitCode: 0 });
    expect(await server.end('SIGINT')).toMatchObject({ exitCode: 0 });
    expect(existsSync(note)).toBe(false);
  });

  it('names every wrong setting at once and starts nothing', async () => {
    const end = await runProgram(['up'], { home, env: { PORT: 'eighty', LOG_LEVEL: 'loud' } });
    expect(end.exitCode).toBe(2);
    expect(end.stderr).toContain('PORT');
    expect(end.stderr).toContain('LOG_LEVEL');
    expect(existsSync(home)).toBe(false);
  });

  it('drains and ends with 0 within 5 s when a script started it and Ctrl-C arrives twice', async () => {
    const server = await startProgramServer({ home, through: 'shell' });
    const end = await server.end('SIGINT', 'SIGINT');
    expect(end).toMatchObject({ exitCode: 0, signal: null });
    expect(end.tookMs).toBeLessThan(endMsMax);
    expect(existsSync(join(home, 'server.json'))).toBe(false);
  });
});
