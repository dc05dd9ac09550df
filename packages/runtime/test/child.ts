import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** A real child process of the sources, for tests that kill it. */
export interface Child {
  /** Everything that it has printed. */
  output(): string;
  /** Resolves once it has printed something. */
  readonly spoken: Promise<void>;
  /** Its exit code, when it has ended by itself. */
  readonly ended: Promise<number | null>;
  /** SIGKILL; resolves when it is gone and all its output has arrived. */
  kill(): Promise<void>;
}

/** Runs a module of `test/programs` with Node. */
export function runChild(script: string, args: readonly string[]): Child {
  const url = new URL(`./programs/${script}`, import.meta.url);
  const child = spawn(process.execPath, ['--conditions=@raptorflow/source', url.pathname, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
  });
  const closed = once(child, 'close');
  return {
    output: () => text,
    spoken: once(child.stdout, 'data').then(() => undefined),
    ended: closed.then(() => child.exitCode),
    async kill() {
      child.kill('SIGKILL');
      await closed;
    },
  };
}
