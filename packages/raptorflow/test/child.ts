import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';

/** A real child process of the sources, for tests that kill it. */
export interface Child {
  readonly process: ChildProcessByStdio<null, Readable, Readable | null>;
  /** Everything that it has printed. */
  output(): string;
  /** What it has written to standard error, where that is kept. */
  errors(): string;
  /** Resolves once the child has printed something. */
  spoken: Promise<void>;
  /** SIGKILL; resolves when it is gone and all its output has arrived. */
  kill(): Promise<void>;
  /** Resolves when it has ended by itself. */
  readonly ended: Promise<void>;
}

/** Runs a module of `test/programs` with Node. */
export function runChild(
  script: string,
  args: readonly string[],
  limits: {
    /** Largest file that it may write, standing for a full disk. */ readonly fileKibMax?: number;
    /** Variables of its environment besides ours. */ readonly env?: Readonly<Record<string, string>>;
    /** Keeps what it writes to standard error for the test, instead of showing it. */ readonly keepErrors?: boolean;
  } = {},
): Child {
  const url = new URL(`./programs/${script}`, import.meta.url);
  const command = [process.execPath, '--conditions=@raptorflow/source', url.pathname, ...args];
  const limit = `ulimit -f ${limits.fileKibMax ?? 'unlimited'}; exec "$@"`;
  const child = spawn('bash', ['-c', limit, 'bash', ...command], {
    stdio: ['ignore', 'pipe', limits.keepErrors ? 'pipe' : 'inherit'],
    env: { ...process.env, ...limits.env },
  }) as Child['process'];
  let text = '';
  let errors = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
  });
  child.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
    errors += chunk;
  });
  const closed = once(child, 'close');
  return {
    process: child,
    output: () => text,
    errors: () => errors,
    spoken: once(child.stdout, 'data').then(() => undefined),
    ended: closed.then(() => undefined),
    async kill() {
      child.kill('SIGKILL');
      await closed;
    },
  };
}
