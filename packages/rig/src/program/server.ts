import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { RaptorFlowError, systemClock } from 'raptorflow/kernel';
import { jsonLines, spawnProgram, type ProgramChild, type ProgramOptions } from './program.ts';

/** How a server is started. */
export interface ServerOptions extends ProgramOptions {
  /** Default 0: any free one. */
  readonly port?: number;
}

/** How a server ended. */
export interface ServerEnd {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  /** From the first signal until it was gone, in milliseconds. */
  readonly tookMs: number;
}

/** The real server as a child process: `raptorflow up` on a data directory. */
export interface RunningServer {
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  readonly home: string;
  /** Works once. */
  readonly signInLink: string;
  /** A token of the local user with the operator's rights, from `server.json`. */
  readonly token: string;
  readonly userId: string;
  /** Everything it has written, log and errors. */
  output(): string;
  /** Sends these signals, 50 ms apart so that none swallows the other, and waits for the end. */
  end(...signals: readonly NodeJS.Signals[]): Promise<ServerEnd>;
  /** SIGKILL, as a crash. */
  kill(): Promise<void>;
  /** SIGTERM, for a clean end. Tolerates a server that has ended. */
  stop(): Promise<void>;
}

const startMsMax = 60_000;
const endMsMax = 20_000;
const pollMs = 10;
const signalGapMs = 50;

/** Starts the server and waits until it listens. Throws `unavailable` with what it printed when it does not. */
export async function startProgramServer(options: ServerOptions): Promise<RunningServer> {
  const child = spawnProgram(['up', '--json'], {
    ...options,
    env: { PORT: String(options.port ?? 0), ...options.env },
  });
  const greeting = await waitForGreeting(child);
  const note: unknown = JSON.parse(readFileSync(join(options.home, 'server.json'), 'utf8'));
  const url = textOf(greeting, 'url');
  const end = (...signals: readonly NodeJS.Signals[]): Promise<ServerEnd> => endServer(child, signals);
  return {
    url,
    port: Number(new URL(url).port),
    pid: child.process.pid ?? 0,
    home: options.home,
    signInLink: textOf(greeting, 'sign_in_link'),
    token: textOf(note, 'token'),
    userId: textOf(note, 'user_id'),
    output: () => child.stdout() + child.stderr(),
    end,
    kill: async () => void (await end('SIGKILL')),
    stop: async () => void (await end('SIGTERM')),
  };
}

async function waitForGreeting(child: ProgramChild): Promise<unknown> {
  const began = systemClock.monotonic();
  let gone = false;
  const ended = child.ended.then(() => (gone = true));
  for (;;) {
    const greeting = jsonLines(child.stdout()).find(
      (line) => typeof line === 'object' && line !== null && 'sign_in_link' in line,
    );
    if (greeting !== undefined) return greeting;
    if (gone || systemClock.monotonic() - began > startMsMax) {
      child.process.kill('SIGKILL');
      throw new RaptorFlowError(
        'unavailable',
        `The server did not start:\n${(child.stdout() + child.stderr()).slice(-4_000)}`,
      );
    }
    await Promise.race([systemClock.sleep(pollMs), ended]);
  }
}

async function endServer(child: ProgramChild, signals: readonly NodeJS.Signals[]): Promise<ServerEnd> {
  const began = systemClock.monotonic();
  for (const [index, signal] of signals.entries()) {
    if (index > 0) await systemClock.sleep(signalGapMs);
    child.process.kill(signal);
  }
  const timer = systemClock.setTimeout(() => child.process.kill('SIGKILL'), endMsMax);
  const { exitCode, signal } = await child.ended;
  timer.cancel();
  return { exitCode, signal, tookMs: systemClock.monotonic() - began };
}

function textOf(value: unknown, name: string): string {
  const found: unknown =
    typeof value === 'object' && value !== null
      ? new Map<string, unknown>(Object.entries(value)).get(name)
      : undefined;
  if (typeof found === 'string') return found;
  throw new RaptorFlowError('unavailable', `The server did not say its ${name}: ${JSON.stringify(value)}`);
}
