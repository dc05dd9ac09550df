import { spawn, type ChildProcessByStdio } from 'node:child_process';
import type { Readable } from 'node:stream';
import type { Clock, Logger, Timer } from '../../kernel/index.ts';
import type { GpuFigures } from '../sample.ts';
import { gpuFields, parseGpuLine } from './gpu-line.ts';
import { LineSplitter } from './line-splitter.ts';

/** Where the stream stands; see above `GpuStream`. */
export type GpuState = 'off' | 'absent' | 'starting' | 'streaming' | 'waiting';

/** What the stream needs. */
export interface GpuStreamDeps {
  readonly clock: Clock;
  readonly log: Logger;
  /** Path or name of nvidia-smi. */
  readonly command: string;
  /** Whether this machine may have a GPU at all; a start of nvidia-smi costs a megabyte of memory that stays. */
  readonly isPossible: () => boolean;
  /** Whether the absence of GPUs is worth a warning. */
  readonly isExpected: boolean;
}

/** nvidia-smi prints a line for every GPU this often. */
const periodMs = 1_000;
/** Silent for so long, it hangs, and is started anew. A start takes some seconds where the driver has to be loaded first. */
export const silenceMsMax = 15_000;
/** A GPU that is not told of for so long is gone. */
const figuresKeptMs = 5_000;
/** Waits between a death and the next start: from the first, doubled each time up to the second. */
const [waitMsMin, waitMsMax] = [1_000, 300_000];
/** One that ran for so long was well, and its successor waits no longer than the first. */
const healthyMs = 60_000;
/** So many starts without one line of figures, ever, and there is nothing to be expected. */
const vainStartsMax = 5;
const gpusMax = 256;
const killMs = 1_000;

const query = [
  `--query-gpu=${gpuFields.join(',')}`,
  '--format=csv,noheader,nounits',
  '-lms',
  String(periodMs),
] as const;

type Child = ChildProcessByStdio<null, Readable, null>;

/**
 * One nvidia-smi that runs as long as the stream and prints the figures of every GPU once a second.
 *
 * - `off`: not started, or stopped. `start` → `starting`, or `absent` where a GPU is not possible.
 * - `starting`: runs and has not said anything yet. First figures → `streaming`; end or silence → `waiting`, or `absent` after several
 *   starts that never gave any; no such program, or no GPU → `absent`.
 * - `streaming`: figures come. End or silence → `waiting`.
 * - `waiting`: until the next start, longer each time. → `starting`.
 * - `absent`: no GPU here; final until it is stopped.
 */
export class GpuStream {
  readonly #deps: GpuStreamDeps;
  readonly #gpus = new Map<string, { readonly figures: GpuFigures; readonly at: number }>();
  #state: GpuState = 'off';
  #child: Child | undefined;
  #timer: Timer | undefined;
  #waitMs = waitMsMin;
  #vainStarts = 0;
  #hasEverStreamed = false;
  #broken = 0;
  #starts = 0;
  #startedAt = 0;

  constructor(deps: GpuStreamDeps) {
    this.#deps = deps;
  }

  get state(): GpuState {
    return this.#state;
  }

  /** Lines that could not be read, and how often nvidia-smi was started. */
  get report(): { readonly brokenLines: number; readonly starts: number } {
    return { brokenLines: this.#broken, starts: this.#starts };
  }

  /** The newest figures of every GPU, in the order of their numbers. */
  figures(): readonly GpuFigures[] {
    if (this.#gpus.size === 0) return [];
    const oldest = this.#deps.clock.monotonic() - figuresKeptMs;
    for (const [uuid, { at }] of this.#gpus) if (at < oldest) this.#gpus.delete(uuid);
    return [...this.#gpus.values()].map(({ figures }) => figures).sort((a, b) => a.index - b.index);
  }

  start(): void {
    if (this.#state !== 'off') return;
    if (this.#deps.isPossible()) this.#spawn();
    else this.#state = 'absent';
  }

  /** Ends nvidia-smi and resolves once it is gone. */
  async stop(): Promise<void> {
    this.#state = 'off';
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#gpus.clear();
    const child = this.#child;
    this.#child = undefined;
    if (child) await this.#end(child);
  }

  #spawn(): void {
    this.#state = 'starting';
    this.#starts += 1;
    this.#startedAt = this.#deps.clock.monotonic();
    this.#vainStarts += 1;
    const child = spawn(this.#deps.command, [...query], {
      stdio: ['ignore', 'pipe', 'ignore'],
      windowsHide: true,
    });
    this.#child = child;
    // A monitor alone keeps no process alive.
    child.unref();
    (child.stdout as Readable & { unref?(): void }).unref?.();
    const lines = new LineSplitter((line) => this.#take(child, line));
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => lines.push(chunk));
    child.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT' || error.code === 'EACCES')
        this.#giveUp(child, `${this.#deps.command} is not installed`);
      else this.#wait(child, error.message);
    });
    child.once('close', (code, signal) => this.#wait(child, `it ended (${signal ?? code})`));
    this.#watch(child);
  }

  #take(child: Child, line: string): void {
    if (this.#child !== child) return;
    const parsed = parseGpuLine(line);
    if (parsed.kind === 'nothing') return;
    if (parsed.kind === 'no-devices') {
      this.#giveUp(child, 'the driver finds no GPU');
      return;
    }
    if (parsed.kind === 'broken') {
      this.#broken += 1;
      return;
    }
    if (this.#gpus.size >= gpusMax && !this.#gpus.has(parsed.gpu.uuid)) return;
    this.#gpus.set(parsed.gpu.uuid, { figures: parsed.gpu, at: this.#deps.clock.monotonic() });
    if (this.#state !== 'streaming') this.#deps.log.debug('GPUs are watched.');
    this.#state = 'streaming';
    this.#hasEverStreamed = true;
    this.#vainStarts = 0;
    this.#watch(child);
  }

  /** Silence for too long ends the child; its end brings the next start. */
  #watch(child: Child): void {
    this.#timer?.cancel();
    this.#timer = this.#deps.clock
      .setTimeout(() => {
        void this.#end(child);
        this.#wait(child, `it said nothing for ${silenceMsMax / 1_000} s`);
      }, silenceMsMax)
      .unref();
  }

  #wait(child: Child, reason: string): void {
    if (this.#child !== child) return;
    if (!this.#hasEverStreamed && this.#vainStarts >= vainStartsMax) {
      this.#giveUp(child, `${reason}, ${vainStartsMax} times without a figure`);
      return;
    }
    this.#child = undefined;
    if (this.#deps.clock.monotonic() - this.#startedAt >= healthyMs) this.#waitMs = waitMsMin;
    this.#state = 'waiting';
    this.#timer?.cancel();
    this.#timer = this.#deps.clock.setTimeout(() => this.#spawn(), this.#waitMs).unref();
    this.#deps.log.debug('nvidia-smi is started again.', { reason, in_ms: this.#waitMs });
    this.#waitMs = Math.min(waitMsMax, this.#waitMs * 2);
  }

  #giveUp(child: Child, reason: string): void {
    if (this.#child !== child) return;
    this.#child = undefined;
    this.#state = 'absent';
    this.#timer?.cancel();
    this.#timer = undefined;
    void this.#end(child);
    const { isExpected, log } = this.#deps;
    if (isExpected)
      log.warn('There is no GPU to watch; set gpu to "auto" where that is to be expected.', { reason });
    else log.debug('There is no GPU to watch.', { reason });
  }

  /** Asks the child to end, and ends it when it does not. */
  #end(child: Child): Promise<void> {
    if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null)
      return Promise.resolve();
    return new Promise((resolve) => {
      const killing = this.#deps.clock.setTimeout(() => child.kill('SIGKILL'), killMs).unref();
      child.once('exit', () => {
        killing.cancel();
        child.stdout.destroy();
        resolve();
      });
      child.kill('SIGTERM');
    });
  }
}
