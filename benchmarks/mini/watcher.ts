import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Who watches the host: nobody, we, or the peer. */
export type Who = 'idle' | 'ours' | 'systeminformation';

const program = fileURLToPath(new URL('./programs/watcher.ts', import.meta.url));
/** What the kernel counts the time of children in that have ended. */
const tickMs = 10;

/** A process of its own that watches the host. */
export class Watcher {
  readonly who: Who;
  readonly #child: ChildProcess;
  #before = 0;
  #begunAt = 0;

  private constructor(who: Who, child: ChildProcess) {
    this.who = who;
    this.#child = child;
  }

  static async start(who: Who): Promise<Watcher> {
    const child = spawn(process.execPath, [program, who], { stdio: ['ignore', 'pipe', 'inherit'] });
    await once(child.stdout, 'data');
    return new Watcher(who, child);
  }

  /** Begins to count. */
  begin(): void {
    this.#before = this.#cpuMs();
    this.#begunAt = performance.now();
  }

  /** Percent of one core since `begin`, children included, and what is in RAM now in MiB. */
  measure(): { readonly percent: number; readonly residentMb: number } {
    const percent = (100 * (this.#cpuMs() - this.#before)) / (performance.now() - this.#begunAt);
    const status = readFileSync(`/proc/${this.#child.pid}/status`, 'utf8');
    const [, kibibytes] = /^VmRSS:\s+(\d+) kB$/m.exec(status) ?? [];
    return { percent, residentMb: Number(kibibytes) / 1_024 };
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
