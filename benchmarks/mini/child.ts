import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** What the kernel counts the time of children in that have ended. */
const tickMs = 10;

/** A program of this benchmark in a process of its own, whose cost is looked up in the kernel. */
export class Child {
  readonly #child: ChildProcess;
  #before = 0;
  #begunAt = 0;

  private constructor(child: ChildProcess) {
    this.#child = child;
  }

  /** Starts one of `programs/`; resolves once it says that it is ready. */
  static async start(program: string, argument: string): Promise<Child> {
    const path = fileURLToPath(new URL(`./programs/${program}`, import.meta.url));
    const child = spawn(process.execPath, [path, argument], { stdio: ['ignore', 'pipe', 'inherit'] });
    await once(child.stdout, 'data');
    return new Child(child);
  }

  /** Begins to count. */
  begin(): void {
    this.#before = this.#cpuMs();
    this.#begunAt = performance.now();
  }

  /** Percent of one core since `begin`, its own children included. */
  percent(): number {
    return (100 * (this.#cpuMs() - this.#before)) / (performance.now() - this.#begunAt);
  }

  /** What of it is in RAM now, in MiB. */
  residentMb(): number {
    const status = readFileSync(`/proc/${this.#child.pid}/status`, 'utf8');
    const [, kibibytes] = /^VmRSS:\s+(\d+) kB$/m.exec(status) ?? [];
    return Number(kibibytes) / 1_024;
  }

  pause(): void {
    this.#child.kill('SIGSTOP');
  }

  resume(): void {
    this.#child.kill('SIGCONT');
  }

  async stop(): Promise<void> {
    const gone = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await gone;
  }

  /** The kernel keeps the time of threads to the nanosecond, and that of children that have ended in ticks. */
  #cpuMs(): number {
    const folder = `/proc/${this.#child.pid}`;
    let sum = 0;
    for (const task of readdirSync(join(folder, 'task'))) {
      sum += Number(readFileSync(join(folder, 'task', task, 'schedstat'), 'utf8').split(' ')[0]) / 1e6;
    }
    const stat = readFileSync(join(folder, 'stat'), 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return sum + (Number(fields[13]) + Number(fields[14])) * tickMs;
  }
}
