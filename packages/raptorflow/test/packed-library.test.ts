import { execFile, spawnSync } from 'node:child_process';
import { copyFileSync, cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { startRedis } from '@raptorflow/rig';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startMailServer } from './mail-server.ts';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../../../', import.meta.url));
const program = fileURLToPath(new URL('programs/greeting.ts', import.meta.url));
const mailProgram = fileURLToPath(new URL('programs/alert-mail.ts', import.meta.url));
const cronProgram = fileURLToPath(new URL('programs/cron-next.ts', import.meta.url));
const hostProgram = fileURLToPath(new URL('programs/host-watch.ts', import.meta.url));
const greeting = 'hello.world {"to":"you"}\n';

/** An empty folder in which the library is installed as npm packs it, together with zod and nothing else. */
let folder: string;
let packed: string;
// What a stranger has: neither our conditions nor our folders.
const env = { PATH: process.env['PATH'], HOME: process.env['HOME'], NO_COLOR: '1' };

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'raptorflow-packed-'));
  packed = mkdtempSync(join(tmpdir(), 'raptorflow-tarball-'));
  await run(join(root, 'node_modules/.bin/tsc'), ['-b', 'packages/raptorflow'], { cwd: root, env });
  await run('npm', ['pack', '--silent', '--pack-destination', packed], {
    cwd: join(root, 'packages/raptorflow'),
    env,
  });
  const [tarball = ''] = readdirSync(packed);
  // Nothing here needs a registry: zod comes from the repository's own node_modules, as a copy.
  const sources = [join(packed, tarball), join(root, 'node_modules/zod')];
  const flags = ['--offline', '--install-links', '--no-audit', '--no-fund', '--silent'];
  await run('npm', ['install', ...flags, ...sources], { cwd: folder, env });
  copyFileSync(program, join(folder, 'greeting.ts'));
  copyFileSync(mailProgram, join(folder, 'alert-mail.ts'));
  copyFileSync(cronProgram, join(folder, 'cron-next.ts'));
  copyFileSync(hostProgram, join(folder, 'host-watch.ts'));
});

afterAll(() => {
  for (const path of [folder, packed]) rmSync(path, { recursive: true, force: true });
});

/** This Node, and others of the machine's that the library promises to run on. */
function nodes(): string[] {
  const found = new Map([[process.version, process.execPath]]);
  for (const place of (process.env['PATH'] ?? '').split(delimiter)) {
    const path = join(place, 'node');
    const version = existsSync(path)
      ? spawnSync(path, ['--version'], { encoding: 'utf8' }).stdout.trim()
      : '';
    if (Number(/^v(\d+)/.exec(version)?.[1] ?? 0) >= 24 && !found.has(version)) found.set(version, path);
  }
  return [...found.values()];
}

async function greet(node: string, ...words: string[]): Promise<string> {
  const { stdout } = await run(node, ['greeting.ts', ...words], { cwd: folder, env });
  return stdout;
}

/** Copies a package and everything that it needs from the repository. */
function provide(name: string): void {
  const target = join(folder, 'node_modules', name);
  if (existsSync(target)) return;
  const source = join(root, 'node_modules', name);
  cpSync(source, target, { recursive: true });
  const { dependencies = {} } = JSON.parse(readFileSync(join(source, 'package.json'), 'utf8')) as {
    dependencies?: Record<string, string>;
  };
  for (const dependency of Object.keys(dependencies)) provide(dependency);
}

describe('the packed library in an empty folder', () => {
  it('brings zod and nothing else, and no tests', () => {
    const installed = readdirSync(join(folder, 'node_modules')).filter((name) => !name.startsWith('.'));
    expect(installed.toSorted()).toEqual(['raptorflow', 'zod']);
    const files = readdirSync(join(folder, 'node_modules/raptorflow'), { recursive: true, encoding: 'utf8' });
    expect(files.filter((name) => name.endsWith('.test.ts') || name.endsWith('.tsbuildinfo'))).toEqual([]);
  });

  it('publishes and subscribes on SQLite, under every Node of the machine that it promises to run on', async () => {
    for (const node of nodes()) expect(await greet(node)).toBe(greeting);
  });

  it('needs ioredis for Redis: says what to type, and runs the same program once it is there', async () => {
    const server = await startRedis();
    try {
      await expect(greet(process.execPath, server.url)).rejects.toMatchObject({
        stderr: expect.stringMatching(
          /missing_dependency[\s\S]*npm install ioredis|npm install ioredis[\s\S]*missing_dependency/,
        ),
      });
      provide('ioredis');
      expect(await greet(process.execPath, server.url)).toBe(greeting);
    } finally {
      await server.stop();
    }
  });

  it.each(nodes())(
    'watches the host under %s, and the running monitor keeps no process alive',
    async (node) => {
      const { stdout } = await run(node, ['host-watch.ts', 'linux'], { cwd: folder, env, timeout: 20_000 });
      expect(JSON.parse(stdout)).toEqual({ source: 'linux', reason: null, samples: true, memory: true });
    },
  );

  it('watches a Mac through Node alone without systeminformation, and says what to type', async () => {
    const { stdout, stderr } = await run(process.execPath, ['host-watch.ts', 'darwin'], { cwd: folder, env });
    expect(JSON.parse(stdout)).toMatchObject({
      source: 'node-os',
      reason: expect.stringContaining('npm install systeminformation') as string,
      memory: true,
    });
    expect(stderr).toContain('npm install systeminformation');
  });

  it('needs nodemailer for mail: says what to type, and sends the same mail once it is there', async () => {
    const server = await startMailServer({ user: 'raptor', password: 'secret' });
    const send = (): Promise<unknown> =>
      run(process.execPath, ['alert-mail.ts', `smtp://raptor:secret@127.0.0.1:${server.port}`], {
        cwd: folder,
        env,
      });
    try {
      await expect(send()).rejects.toMatchObject({
        stderr: expect.stringMatching(/npm install nodemailer/) as string,
      });
      provide('nodemailer');
      await send();
      expect(server.mails).toHaveLength(1);
    } finally {
      await server.stop();
    }
  });

  it('needs croner for cron patterns: says what to type, and runs the same program once it is there', async () => {
    const ask = (): Promise<{ stdout: string }> =>
      run(process.execPath, ['cron-next.ts'], { cwd: folder, env });
    await expect(ask()).rejects.toMatchObject({
      stderr: expect.stringMatching(/npm install croner[\s\S]*missing_dependency/) as string,
    });
    provide('croner');
    expect((await ask()).stdout).toBe('1970-01-01T20:30:00.000Z\n');
  });
});
