import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { RaptorFlowError, systemClock } from 'raptorflow/kernel';

/** A server that belongs to one test: on a free port, in a temporary directory, stopped by its process id. */
export interface PrivateServer {
  readonly pid: number;
  /** Everything that it has written to its log so far. */
  log(): string;
  /** Sends the signal and waits until the process is gone; SIGKILL after 10 s. Tolerates a server that has ended. */
  end(signal: NodeJS.Signals): Promise<void>;
}

/** How a server is started. */
export interface PrivateServerOptions {
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Appears in the log once the server answers. */
  readonly readyText: string;
  /** Runs it as another user; only root may ask for that. */
  readonly user?: { readonly uid: number; readonly gid: number } | undefined;
}

const startMsMax = 30_000;
const endMsMax = 10_000;

/** Starts a server and waits until it answers. Throws `unavailable` with the end of its log when it does not. */
export async function startPrivateServer(options: PrivateServerOptions): Promise<PrivateServer> {
  const { command, args, env, readyText, user } = options;
  const child = spawn(command, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env['PATH'] ?? '', LC_ALL: 'C.UTF-8', ...env },
    ...user,
  });
  // A test run that ends without stopping its servers takes them along.
  const killAtExit = (): void => void child.kill('SIGKILL');
  process.once('exit', killAtExit);
  let log = '';
  const ready = new Promise<void>((resolve, reject) => {
    const read = (chunk: Buffer): void => {
      log += chunk.toString();
      if (log.includes(readyText)) resolve();
    };
    child.stdout.on('data', read);
    child.stderr.on('data', read);
    child.once('error', reject);
    child.once('exit', () => reject(failed(command, log)));
  });
  const timer = systemClock.setTimeout(() => child.kill('SIGKILL'), startMsMax);
  try {
    await ready;
  } finally {
    timer.cancel();
  }
  return {
    pid: child.pid ?? 0,
    log: () => log,
    async end(signal) {
      process.removeListener('exit', killAtExit);
      await endProcess(child, signal);
    },
  };
}

function failed(command: string, log: string): RaptorFlowError {
  return new RaptorFlowError('unavailable', `${command} did not start:\n${log.slice(-2_000)}`);
}

async function endProcess(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill(signal);
  const timer = systemClock.setTimeout(() => child.kill('SIGKILL'), endMsMax);
  await exited;
  timer.cancel();
}

/** A port of 127.0.0.1 that was free a moment ago. */
export async function findFreePort(): Promise<number> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') {
    throw new RaptorFlowError('unavailable', 'The machine has no free port on 127.0.0.1.');
  }
  return address.port;
}
