import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { fault } from '../harness/fault.ts';
import type { MemberLine } from './task.ts';

const programs = {
  own: new URL('./programs/own-member.ts', import.meta.url),
  bullmq: new URL('./programs/bullmq-worker.ts', import.meta.url),
} as const;

/** A member that runs as a process of its own. */
export class Member {
  readonly pid: number;
  /** When it was killed, on the clock of `performance.now()`. */
  killedAt: number = Number.POSITIVE_INFINITY;
  frozen = false;
  readonly #child: ChildProcessByStdio<Writable, Readable, null>;
  readonly #ready: Promise<void>;
  readonly #ended: Promise<unknown>;
  readonly #killAtExit: () => void;

  constructor(
    program: keyof typeof programs,
    words: readonly string[],
    hear: (member: Member, line: MemberLine) => void,
  ) {
    this.#child = spawn(process.execPath, [...process.execArgv, fileURLToPath(programs[program]), ...words], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    this.pid = this.#child.pid ?? 0;
    this.#killAtExit = () => void this.#child.kill('SIGKILL');
    process.once('exit', this.#killAtExit);
    this.#ended = once(this.#child, 'exit');
    this.#ready = new Promise((resolve, reject) => {
      createInterface({ input: this.#child.stdout }).on('line', (text) => {
        const line = JSON.parse(text) as MemberLine;
        if (line.kind === 'ready') resolve();
        else hear(this, line);
      });
      this.#child.once('exit', () => reject(fault('a member ended before it was ready')));
    });
    this.#ready.catch(() => undefined);
  }

  /** Resolves when it has joined its group. */
  ready(): Promise<void> {
    return this.#ready;
  }

  /** Lets its long handlers end. */
  release(): void {
    this.#child.stdin.write('release\n');
  }

  freeze(): void {
    this.frozen = true;
    this.#child.kill('SIGSTOP');
  }

  thaw(): void {
    this.#child.kill('SIGCONT');
  }

  /** SIGKILL; resolves when the process is gone. */
  async kill(): Promise<void> {
    process.removeListener('exit', this.#killAtExit);
    this.killedAt = Math.min(this.killedAt, performance.now());
    this.#child.kill('SIGKILL');
    await this.#ended;
  }
}
