/**
 * Does what a newcomer does, in an empty folder, and measures it: clone, `npm ci`, `npm start`, the sample campaign,
 * Ctrl-C, and the same again. Run before a release: `npm run smoke`. Only what is committed takes part.
 */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

import { exitOf, freePort, startServer } from './smoke/server.ts';
import type { StartedServer } from './smoke/server.ts';
import { atMost, isSo, renderTable } from './smoke/table.ts';
import type { Measurement } from './smoke/table.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'raptorflow-smoke-'));
const clone = join(folder, 'raptorflow');
const env: NodeJS.ProcessEnv = {
  ...process.env,
  PATH: pathWithout(root),
  RAPTORFLOW_HOME: join(folder, 'home'),
};
const rows: Measurement[] = [];

try {
  install();
  await firstVisit();
  await secondVisit();
} finally {
  console.log(renderTable(rows));
  rmSync(folder, { recursive: true, force: true });
}
process.exitCode = rows.every((row) => row.holds) ? 0 : 1;

/** The machine's own Node has to do for a newcomer, not ours. */
function pathWithout(checkout: string): string {
  const parts = (process.env['PATH'] ?? '').split(delimiter);
  return parts
    .filter((part) => !part.startsWith(join(checkout, 'node_modules')) && !part.includes('/node-gyp-bin'))
    .join(delimiter);
}

function install(): void {
  const dirty =
    spawnSync('git', ['status', '--porcelain'], { cwd: root, encoding: 'utf8' }).stdout.trim() !== '';
  if (dirty) console.log('There are changes that are not committed; they do not take part.');
  must('git', ['clone', '--quiet', root, clone], folder);
  const startedAt = performance.now();
  const printed = must('npm', ['ci'], clone);
  console.log(`npm ci took ${((performance.now() - startedAt) / 1000).toFixed(1)} s`);
  const versions = spawnSync('node', ['--version'], { env, encoding: 'utf8' }).stdout.trim();
  rows.push(
    isSo(
      `npm ci on Node ${versions}`,
      true,
      `${printed.split('\n').filter((line) => line !== '').length} lines printed`,
    ),
  );
  // npm links a command only to a file that is there before the build.
  rows.push(
    isSo(
      'npx raptorflow is there',
      true,
      must('npx', ['--no', '--', 'raptorflow', '--version'], clone).trim(),
    ),
  );
}

function must(program: string, args: string[], cwd: string): string {
  const { status, stdout, stderr } = spawnSync(program, args, { cwd, env, encoding: 'utf8' });
  if (status !== 0) throw new Error(`${program} ${args.join(' ')} ended with ${status}\n${stdout}${stderr}`);
  return stdout + stderr;
}

async function firstVisit(): Promise<void> {
  const server = await startServer(clone, env);
  rows.push(atMost('first npm start to healthy', server.healthyMs / 1000, 2.5, 's'));
  // It may be healthy a moment before it says so.
  const printsAddress = (): boolean => server.printed().includes(`:${new URL(server.url).port}`);
  for (let waits = 0; waits < 50 && !printsAddress(); waits += 1) await sleep(20);
  rows.push(isSo('prints the address', printsAddress()));
  rows.push(await dashboardIsServed(server));
  rows.push(await secondInstanceIsRefused());
  await campaign();
  await sleep(10_000);
  rows.push(atMost('memory 10 s after the campaign', server.residentMb(), 300, 'MiB'));
  await stop(server, 'first');
}

async function secondVisit(): Promise<void> {
  const server = await startServer(clone, env);
  rows.push(atMost('second npm start to healthy', server.healthyMs / 1000, 1.2, 's'));
  await stop(server, 'second');
}

async function dashboardIsServed(server: StartedServer): Promise<Measurement> {
  const response = await fetch(server.url, { headers: { accept: 'text/html' } });
  const isPage = response.ok && (response.headers.get('content-type') ?? '').includes('text/html');
  return isSo('dashboard is served', isPage, `status ${response.status}`);
}

async function secondInstanceIsRefused(): Promise<Measurement> {
  const port = String(await freePort());
  const child = spawn('npm', ['start'], {
    cwd: clone,
    env: { ...env, PORT: port },
    stdio: 'ignore',
    detached: true,
  });
  const killer = setTimeout(() => child.kill('SIGKILL'), 15_000);
  const exitCode = await exitOf(child);
  clearTimeout(killer);
  return isSo('a second instance is refused', exitCode !== null && exitCode !== 0, `exit code ${exitCode}`);
}

/** The sample campaign, on the running server, from the command line. */
async function campaign(): Promise<void> {
  const samples = join(clone, 'examples/campaigns');
  const [name] = existsSync(samples) ? readdirSync(samples).sort() : [];
  if (name === undefined) {
    rows.push(isSo('sample campaign', false, 'there is none'));
    return;
  }
  const args = ['run', '--silent', 'campaign', '--', `examples/campaigns/${name}`, '--json'];
  const child = spawn('npm', args, { cwd: clone, env, stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString('utf8')));
  const exitCode = await exitOf(child);
  const result: unknown = parseLastLine(output);
  rows.push(
    isSo(
      `campaign ${name}`,
      exitCode === 0 && field(result, 'status') === 'completed',
      String(field(result, 'status')),
    ),
  );
  rows.push(atMost('first finding', seconds(field(result, 'first_finding_ms')), 2, 's'));
  rows.push(atMost('whole campaign', seconds(field(result, 'duration_ms')), 15, 's'));
}

function parseLastLine(output: string): unknown {
  try {
    return JSON.parse(output.trimEnd().split('\n').at(-1) ?? '');
  } catch {
    return null;
  }
}

function field(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null
    ? Object.getOwnPropertyDescriptor(value, key)?.value
    : undefined;
}

function seconds(milliseconds: unknown): number {
  return typeof milliseconds === 'number' ? milliseconds / 1000 : Number.POSITIVE_INFINITY;
}

async function stop(server: StartedServer, which: string): Promise<void> {
  const { exitCode, exitMs } = await server.interrupt();
  rows.push(atMost(`${which} Ctrl-C to the end`, exitMs / 1000, 5, 's'));
  rows.push(isSo(`${which} Ctrl-C ends with 0`, exitCode === 0, `exit code ${exitCode}`));
}
