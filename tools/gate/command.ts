import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';

/** How a command ended, with everything that it printed. */
export interface CommandResult {
  readonly exitCode: number;
  readonly output: string;
}

/** How a command runs: in which folder and environment, and from when on it has to stop. */
export interface CommandOptions {
  readonly cwd: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly signal?: AbortSignal;
  /** How long a stopped command may take to end by itself; 5 seconds by default. */
  readonly stopGraceMs?: number;
}

const defaultStopGraceMs = 5_000;

/**
 * Runs a command to its end. The child leads its own process group, so that an aborted signal stops it together with
 * everything that it started: first by SIGINT, then, a little later, by SIGKILL.
 */
export function runCommand(
  command: string,
  args: readonly string[],
  options: CommandOptions,
): Promise<CommandResult> {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd: options.cwd,
      env: { ...process.env, ...options.env },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    const chunks: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => chunks.push(chunk));
    let killer: NodeJS.Timeout | undefined;
    const stop = (): void => {
      signalGroup(child, 'SIGINT');
      killer = setTimeout(() => signalGroup(child, 'SIGKILL'), options.stopGraceMs ?? defaultStopGraceMs);
    };
    if (options.signal?.aborted === true) stop();
    else options.signal?.addEventListener('abort', stop, { once: true });
    const finish = (exitCode: number, extra: string): void => {
      clearTimeout(killer);
      options.signal?.removeEventListener('abort', stop);
      resolve({ exitCode, output: Buffer.concat(chunks).toString('utf8') + extra });
    };
    child.once('error', (error) => finish(127, `${command}: ${error.message}\n`));
    child.once('close', (code, signal) =>
      finish(code ?? 1, signal === null ? '' : `${command} was stopped by ${signal}\n`),
    );
  });
}

function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, signal);
  } catch {
    // The group ended in the meantime.
  }
}
