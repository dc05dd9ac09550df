import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Readable } from 'node:stream';

/** How the real program is run as a child process. */
export interface ProgramOptions {
  /** Its data directory (`RAPTORFLOW_HOME`). */
  readonly home: string;
  /** Where it stands; a folder without a `.env`. Default: the parent of `home`. */
  readonly workingDirectory?: string;
  /** Further variables of its environment. Nothing else is inherited but the PATH. */
  readonly env?: Readonly<Record<string, string>>;
  /** `shell` starts it as an npm script does, by `sh -c "exec node …"`. Default `node`. */
  readonly through?: 'node' | 'shell';
  /**
   * `build` runs what `npm start` runs, which has to be built; from sources it takes three times as long to start.
   * Default: what `RAPTORFLOW_TEST_PROGRAM` says, else what stands beside this file. The gate, which has just built it, says `build`.
   */
  readonly from?: 'sources' | 'build';
}

/** A child of the program, with everything that it has printed so far. */
export interface ProgramChild {
  readonly process: ChildProcessByStdio<null, Readable, Readable>;
  stdout(): string;
  stderr(): string;
  /** Resolves when it has ended and all its output has arrived; the code is null when a signal ended it. */
  readonly ended: Promise<{ readonly exitCode: number | null; readonly signal: NodeJS.Signals | null }>;
}

const isBuilt = process.env['RAPTORFLOW_TEST_PROGRAM'] === 'build' || !import.meta.url.endsWith('.ts');
const usual = isBuilt ? 'build' : 'sources';

/** The words that run the program: Node's own and the path of its entry. */
export const programCommand: readonly string[] = Object.freeze(commandFrom(usual));

function commandFrom(from: 'sources' | 'build'): string[] {
  const entry = from === 'sources' ? 'src/main.ts' : 'dist/program/main.js';
  return [
    process.execPath,
    ...(from === 'sources' ? ['--conditions=@raptorflow/source'] : []),
    fileURLToPath(new URL(`../../../cli/${entry}`, import.meta.url)),
  ];
}

/** Starts the program with these arguments. A test run that ends early takes it along. */
export function spawnProgram(args: readonly string[], options: ProgramOptions): ProgramChild {
  const words = [...commandFrom(options.from ?? usual), ...args];
  const [command = '', ...rest] =
    options.through === 'shell' ? ['sh', '-c', `exec ${words.map((word) => `'${word}'`).join(' ')}`] : words;
  const child = spawn(command, rest, {
    cwd: options.workingDirectory ?? dirname(options.home),
    env: {
      PATH: process.env['PATH'] ?? '',
      HOME: options.home,
      RAPTORFLOW_HOME: options.home,
      NO_COLOR: '1',
      ...options.env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const killAtExit = (): void => void child.kill('SIGKILL');
  process.once('exit', killAtExit);
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (stdout += chunk));
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => (stderr += chunk));
  const ended = new Promise<{ exitCode: number | null; signal: NodeJS.Signals | null }>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (exitCode, signal) => {
      process.removeListener('exit', killAtExit);
      resolve({ exitCode, signal });
    });
  });
  return { process: child, stdout: () => stdout, stderr: () => stderr, ended };
}

/** How a command of the program ended. */
export interface CommandEnd {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** Every line of standard output that is JSON, read. With `--json` the last one is the result. */
  readonly json: readonly unknown[];
}

/** Runs one command of the program to its end, for example `runProgram(['status', '--json'], { home })`. */
export async function runProgram(args: readonly string[], options: ProgramOptions): Promise<CommandEnd> {
  const child = spawnProgram(args, options);
  const { exitCode } = await child.ended;
  return { exitCode, stdout: child.stdout(), stderr: child.stderr(), json: jsonLines(child.stdout()) };
}

/** The lines of a text that are JSON, read. */
export function jsonLines(text: string): unknown[] {
  return text.split('\n').flatMap((line): unknown[] => {
    try {
      return line.startsWith('{') ? [JSON.parse(line)] : [];
    } catch {
      return [];
    }
  });
}
