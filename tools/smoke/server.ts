import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** A program started through npm, as a newcomer starts it. */
export interface StartedServer {
  readonly url: string;
  /** From the start of npm to the first healthy answer. */
  readonly healthyMs: number;
  /** Everything printed so far. */
  readonly printed: () => string;
  /** Resident memory of the node process below npm, in MiB; `undefined` where the system does not tell. */
  readonly residentMb: () => number | undefined;
  /** Sends one SIGINT to npm, as Ctrl-C does, and answers how the program ended. */
  readonly interrupt: () => Promise<{ readonly exitCode: number | null; readonly exitMs: number }>;
}

const healthyMsMax = 60_000;
const exitMsMax = 30_000;

/** Runs `npm start` and waits until `/health` says healthy. Throws with what was printed when it does not. */
export async function startServer(cwd: string, env: NodeJS.ProcessEnv): Promise<StartedServer> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const startedAt = performance.now();
  const child = spawn('npm', ['start'], {
    cwd,
    env: { ...env, PORT: String(port) },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => (output += chunk.toString('utf8')));
  const exited = exitOf(child);
  try {
    await waitUntilHealthy(url, child, startedAt);
  } catch (error) {
    killGroup(child);
    throw new Error(`${String(error)}\n${output}`, { cause: error });
  }
  return {
    url,
    healthyMs: performance.now() - startedAt,
    printed: () => output,
    residentMb: () => residentMbOf(lastDescendant(child.pid ?? 0)),
    interrupt: async () => {
      const interruptedAt = performance.now();
      child.kill('SIGINT');
      const killer = setTimeout(() => killGroup(child), exitMsMax);
      const exitCode = await exited;
      clearTimeout(killer);
      return { exitCode, exitMs: performance.now() - interruptedAt };
    },
  };
}

/** Answers the exit code of a child, `null` when a signal ended it. */
export function exitOf(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve) => {
    child.once('error', () => resolve(127));
    child.once('close', (code) => resolve(code));
  });
}

async function waitUntilHealthy(url: string, child: ChildProcess, startedAt: number): Promise<void> {
  while (performance.now() - startedAt < healthyMsMax) {
    if (child.exitCode !== null) throw new Error(`npm start ended with ${child.exitCode}`);
    if (await isHealthy(url)) return;
    await sleep(10);
  }
  throw new Error(`${url}/health was not healthy within ${healthyMsMax / 1000} s`);
}

async function isHealthy(url: string): Promise<boolean> {
  try {
    const response = await fetch(`${url}/health`);
    const body: unknown = await response.json();
    return (
      response.ok &&
      typeof body === 'object' &&
      body !== null &&
      'status' in body &&
      body.status === 'healthy'
    );
  } catch {
    return false;
  }
}

/** A port that nobody listens on at the moment. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      server.close(() => resolve(port));
    });
  });
}

function killGroup(child: ChildProcess): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch {
    // It ended in the meantime.
  }
}

/** npm starts a shell, which becomes node: the deepest process is the program. */
function lastDescendant(pid: number): number {
  if (!existsSync('/proc')) return pid;
  const child = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .find((candidate) => parentOf(candidate) === pid);
  return child === undefined ? pid : lastDescendant(child);
}

function parentOf(pid: number): number {
  return Number(/^PPid:\s+(\d+)/m.exec(statusOf(pid))?.[1] ?? 0);
}

function residentMbOf(pid: number): number | undefined {
  const kilobytes = /^VmRSS:\s+(\d+) kB/m.exec(statusOf(pid))?.[1];
  return kilobytes === undefined ? undefined : Number(kilobytes) / 1024;
}

function statusOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/status`, 'utf8');
  } catch {
    return '';
  }
}
