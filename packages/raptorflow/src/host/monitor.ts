import {
  Lifecycle,
  RaptorFlowError,
  type Clock,
  type Logger,
  type Service,
  type StopOptions,
  type Timer,
} from '../kernel/index.ts';
import type { Choice } from './choose-source.ts';
import type { GpuState, GpuStream } from './gpu/gpu-stream.ts';
import type { HostSource, HostSourceName } from './host-source.ts';
import type { ResolvedOptions } from './options.ts';
import { OwnCost } from './own-cost.ts';
import { ProcessProbe } from './process-probe.ts';
import type { Recorder } from './recorder.ts';
import type { HostProcess, HostReading, HostSample, ProcessFigures } from './sample.ts';

/** How a monitor fares. */
export interface HostMonitorStatus {
  readonly running: boolean;
  /** Where the figures come from; undefined before the first sample. */
  readonly source: HostSourceName | undefined;
  /** Why it is not the best source of the platform, where it is not. */
  readonly sourceReason: string | undefined;
  /** When it was started, milliseconds since 1970 UTC; undefined while it does not run. */
  readonly since: number | undefined;
  /** Milliseconds between two samples now: as asked, as the source allows, or longer after shedding. */
  readonly sampleRateMs: number;
  readonly samples: number;
  /** Samples that could not be taken. */
  readonly failures: number;
  /** Percent of one core that sampling took over the last ten seconds; 0 before they have passed. Children of the system that a source starts are not in it. */
  readonly ownCpuPercent: number;
  /** Milliseconds that sampling took since the start, up to the last whole ten seconds. */
  readonly ownCpuMs: number;
  readonly gpu: GpuState;
}

/** Watches the host and the process that it runs in. */
export interface HostMonitor extends Service {
  /**
   * The newest sample. While the monitor does not run, takes one, which lasts a sampling period. Rejects with what the source fails with.
   */
  sample(): Promise<HostSample>;
  status(): HostMonitorStatus;
  /** The busiest processes now, by processor time, then memory; at most 50, the default. Takes some 200 ms. Throws `invalid_input`; rejects with `unavailable` where the platform does not tell. */
  processes(limit?: number): Promise<HostProcess[]>;
}

/** What a monitor is put together from. */
export interface MonitorParts {
  readonly clock: Clock;
  readonly log: Logger;
  readonly recorder: Recorder;
  readonly choose: () => Promise<Choice>;
  /** Undefined where GPUs are not wanted. */
  readonly gpu: GpuStream | undefined;
  /** Memory on GPUs by process id. */
  readonly gpuProcesses: () => Promise<Map<number, number>>;
  readonly onSample: ((sample: HostSample) => void) | undefined;
  /** Milliseconds of processor time that the calling thread has taken. */
  readonly threadCpuMs: () => number;
}

const processPeriodMs = 1_000;
const processesMax = 50;
const sampleRateMsMax = 60_000;

/** A sampler on a timer. Everything that a tick needs is at hand before the first one. */
export class SamplingMonitor implements HostMonitor {
  readonly #options: ResolvedOptions;
  readonly #parts: MonitorParts;
  readonly #lifecycle: Lifecycle;
  readonly #probe = new ProcessProbe();
  readonly #cost: OwnCost;
  #choice: Choice | undefined;
  #timer: Timer | undefined;
  #rateMs: number;
  #since: number | undefined;
  #newest: HostSample | undefined;
  #figures: ProcessFigures | undefined;
  #figuresAt = 0;
  #tickedAt = 0;
  #samples = 0;
  #failures = 0;
  #isBusy = false;
  #hasShed = false;
  #hasWarned = false;

  constructor(options: ResolvedOptions, parts: MonitorParts) {
    this.#options = options;
    this.#parts = parts;
    this.#cost = new OwnCost(options.ownCpuPercentMax, parts.threadCpuMs);
    this.#rateMs = options.sampleRateMs;
    this.#lifecycle = new Lifecycle('The host monitor', {
      start: () => this.#start(),
      stop: () => this.#stop(),
    });
  }

  get state(): Service['state'] {
    return this.#lifecycle.state;
  }

  start(): Promise<void> {
    return this.#lifecycle.start();
  }

  stop(options?: StopOptions): Promise<void> {
    return this.#lifecycle.stop(options);
  }

  async sample(): Promise<HostSample> {
    return this.#timer && this.#newest ? this.#newest : this.#sampleOnce();
  }

  status(): HostMonitorStatus {
    return {
      running: this.state === 'running',
      source: this.#choice?.source.name,
      sourceReason: this.#choice?.reason,
      since: this.#since,
      sampleRateMs: this.#rateMs,
      samples: this.#samples,
      failures: this.#failures,
      ownCpuPercent: this.#cost.percent,
      ownCpuMs: this.#cost.totalMs,
      gpu: this.#parts.gpu?.state ?? 'off',
    };
  }

  async processes(limit: number = processesMax): Promise<HostProcess[]> {
    if (!Number.isInteger(limit) || limit < 1 || limit > processesMax) {
      throw new RaptorFlowError('invalid_input', `Ask for 1 to ${processesMax} processes, not ${limit}.`);
    }
    const isWatched = this.#parts.gpu?.state === 'streaming';
    const isOpen = this.#timer !== undefined;
    const { source } = isOpen && this.#choice ? this.#choice : await this.#parts.choose();
    try {
      const [found, gpu] = await Promise.all([
        source.processes(),
        isWatched ? this.#parts.gpuProcesses() : new Map<number, number>(),
      ]);
      found.sort((a, b) => b.cpuPercent - a.cpuPercent || b.residentBytes - a.residentBytes);
      return found.slice(0, limit).map((one) => {
        const gpuMemoryBytes = gpu.get(one.pid);
        return gpuMemoryBytes === undefined ? one : { ...one, gpuMemoryBytes };
      });
    } finally {
      if (!isOpen) source.close();
    }
  }

  async #start(): Promise<void> {
    const { clock, gpu, choose } = this.#parts;
    this.#choice = await choose();
    const { reason } = this.#choice;
    if (reason !== undefined) {
      this.#parts.log.warn(
        'The host is watched through Node alone: no disks, no network, no list of processes.',
        {
          reason,
        },
      );
    }
    this.#rateMs = Math.max(this.#options.sampleRateMs, this.#choice.source.periodMsMin);
    this.#probe.start();
    gpu?.start();
    this.#since = clock.now();
    this.#tickedAt = this.#figuresAt = clock.monotonic();
    this.#cost.begin(this.#tickedAt);
    this.#schedule();
  }

  async #stop(): Promise<void> {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#since = undefined;
    this.#probe.stop();
    this.#choice?.source.close();
    await this.#parts.gpu?.stop();
  }

  #schedule(): void {
    this.#timer?.cancel();
    this.#timer = this.#parts.clock.setInterval(this.#tick, this.#rateMs).unref();
  }

  readonly #tick = (): void => {
    // A source that answers later than the next tick is asked less often.
    if (this.#isBusy || !this.#choice) return;
    const { clock } = this.#parts;
    const now = clock.monotonic();
    const elapsedMs = now - this.#tickedAt;
    this.#tickedAt = now;
    this.#probe.noteDelay(Math.max(0, elapsedMs - this.#rateMs));
    try {
      const reading = this.#choice.source.read();
      if (reading instanceof Promise) {
        this.#isBusy = true;
        void this.#takeLater(reading, elapsedMs);
      } else {
        this.#take(reading, elapsedMs);
      }
    } catch (error) {
      this.#noteFailure(error);
    }
    this.#account(now, clock.monotonic());
  };

  async #takeLater(reading: Promise<HostReading>, elapsedMs: number): Promise<void> {
    try {
      const found = await reading;
      if (this.#timer) this.#take(found, elapsedMs);
    } catch (error) {
      this.#noteFailure(error);
    } finally {
      this.#isBusy = false;
    }
  }

  #take(reading: HostReading, elapsedMs: number): void {
    const sample = this.#sampleOf(reading, elapsedMs);
    this.#newest = sample;
    this.#samples += 1;
    this.#parts.recorder.record(sample);
    this.#parts.onSample?.(sample);
  }

  #sampleOf(reading: HostReading, elapsedMs: number): HostSample {
    const { clock, gpu } = this.#parts;
    const now = clock.monotonic();
    // Half a period early is nearer to a second than half a period late.
    if (!this.#figures || now - this.#figuresAt >= processPeriodMs - this.#rateMs / 2) {
      this.#figures = this.#probe.look(now - this.#figuresAt);
      this.#figuresAt = now;
    }
    return {
      at: clock.now(),
      elapsedMs,
      ...reading,
      process: this.#figures,
      gpus: gpu?.figures() ?? [],
    };
  }

  async #sampleOnce(): Promise<HostSample> {
    const { clock, choose } = this.#parts;
    const choice = await choose();
    try {
      const begunAt = clock.monotonic();
      const probe = new ProcessProbe();
      await clock.sleep(this.#rateMs);
      const elapsedMs = clock.monotonic() - begunAt;
      const reading = await choice.source.read();
      const gpus = this.#parts.gpu?.figures() ?? [];
      return { at: clock.now(), elapsedMs, ...reading, process: probe.look(elapsedMs), gpus };
    } finally {
      choice.source.close();
    }
  }

  #account(begunAt: number, endedAt: number): void {
    const verdict = this.#cost.add(endedAt - begunAt, endedAt);
    if (!verdict) return;
    this.#parts.recorder.recordCost(this.#cost.totalMs, this.#cost.percent);
    if (verdict === 'too-dear') this.#shed();
    else if (verdict === 'easy' && this.#choice) this.#recover(this.#choice.source);
  }

  #shed(): void {
    const slower = Math.min(sampleRateMsMax, this.#rateMs * 2);
    if (slower === this.#rateMs) return;
    this.#rateMs = slower;
    this.#schedule();
    if (this.#hasShed) return;
    this.#hasShed = true;
    this.#parts.log.warn('Watching the host costs more than it may; it is sampled half as often.', {
      cpu_percent: this.#cost.percent,
      cpu_percent_max: this.#options.ownCpuPercentMax,
      sample_rate_ms: slower,
    });
  }

  #recover(source: HostSource): void {
    const asked = Math.max(this.#options.sampleRateMs, source.periodMsMin);
    if (this.#rateMs <= asked) return;
    this.#rateMs = Math.max(asked, this.#rateMs / 2);
    this.#schedule();
  }

  #noteFailure(error: unknown): void {
    this.#failures += 1;
    if (this.#hasWarned) return;
    this.#hasWarned = true;
    this.#parts.log.warn('A sample of the host could not be taken; further failures are only counted.', {
      error,
    });
  }
}
