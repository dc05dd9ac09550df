import { resolve } from 'node:path';
import { z } from 'zod';
import type { HostProcess, HostSample, RaptorConfig } from '../host/index.ts';
import {
  parseOptions,
  RaptorFlowError,
  silentLogger,
  systemClock,
  type Clock,
  type Logger,
} from '../kernel/index.ts';
import {
  createTracer,
  tailFile,
  type Followed,
  type FollowOptions,
  type TailQuery,
  type Tracer,
} from '../log/index.ts';
import { silentMeter, type Meter } from '../metrics/index.ts';
import { builtIn, readConfigFile, type ReadConfig } from './config-file.ts';
import type { RaptorMiniOptions, RaptorMiniStatus } from './options.ts';
import { RecentSamples } from './recent-samples.ts';
import { logFileOf, startRun, type Run } from './run.ts';

/** What Raptor Mini works with; all optional. */
export interface RaptorMiniDeps {
  readonly clock?: Clock;
  readonly log?: Logger;
  /** Gets the samples as metrics. */
  readonly meter?: Meter;
  /** What the present work belongs to; stands beside its exceptions. */
  readonly correlationId?: () => string | undefined;
  /** Is handed every sample while it runs. */
  readonly onSample?: (sample: HostSample) => void;
}

/** The always-on monitor: samples the host, logs what it does in plain lines, and traces exceptions. */
export interface RaptorMini {
  /**
   * Starts the log and the sampler; does nothing when they run. Can be started again after a stop. Reads the configuration anew, and rejects
   * with `invalid_options`, naming file and line, or `not_found` when it cannot be used.
   */
  start(): Promise<void>;
  /** Stops both; does nothing when they do not run. */
  stop(options?: { readonly deadlineMs?: number }): Promise<void>;
  status(): RaptorMiniStatus;
  /** Reads the configuration again and goes over to it. When it rejects, with `invalid_options` or `not_found`, the present one goes on. */
  reload(): Promise<void>;
  /** The newest sample. Rejects with `unavailable` while it does not run. */
  sample(): Promise<HostSample>;
  /** The newest samples, one a second, oldest first; at most 300, also of runs before. */
  samples(limit?: number): readonly HostSample[];
  /** The busiest processes of the host; see the host monitor. Rejects with `unavailable` while it does not run. */
  processes(limit?: number): Promise<HostProcess[]>;
  /** The end of the log, also while it does not run; `''` when there is none. Before the first start: of the log of the built-in defaults. */
  tail(query: TailQuery): Promise<string>;
  /** The lines of the log from now on, over stops and starts, until the signal aborts. */
  follow(options?: FollowOptions): AsyncGenerator<Followed, void, undefined>;
  /** The function, watched: what it throws stands in the log while Raptor Mini runs with `trace_exceptions`; see the tracer of the log room. */
  readonly trace: Tracer['trace'];
}

/** So many last lines a log is asked for at most. */
const followedLastMax = 50_000;

const optionsSchema = z.strictObject({
  configFile: z.string().min(1).nullable().optional(),
  directory: z.string().min(1).default('.'),
  hookProcess: z.boolean().default(false),
});

/** Builds Raptor Mini; nothing runs and no configuration is read before `start`. Throws `invalid_options`. */
export function createRaptorMini(options: RaptorMiniOptions = {}, deps: RaptorMiniDeps = {}): RaptorMini {
  const { configFile, directory, hookProcess } = parseOptions('createRaptorMini', optionsSchema, options);
  return new Mini(resolve(directory), configFile, hookProcess, deps);
}

class Mini implements RaptorMini {
  readonly trace: Tracer['trace'];
  readonly #directory: string;
  readonly #named: string | null | undefined;
  readonly #hookProcess: boolean;
  readonly #deps: RaptorMiniDeps;
  readonly #recent: RecentSamples = new RecentSamples();
  readonly #tracers: { readonly kinds: Tracer; readonly values: Tracer };
  #read: ReadConfig;
  #run: Run | undefined;
  #unhook: (() => void) | undefined;
  /** One start, stop or reload after the other. */
  #turn: Promise<void> = Promise.resolve();
  /** Followers that wait for the next start. */
  readonly #waiting = new Set<() => void>();

  constructor(
    directory: string,
    named: string | null | undefined,
    hookProcess: boolean,
    deps: RaptorMiniDeps,
  ) {
    this.#directory = directory;
    this.#named = named;
    this.#hookProcess = hookProcess;
    this.#deps = deps;
    this.#read = builtIn();
    this.#tracers = { kinds: this.#newTracer(false), values: this.#newTracer(true) };
    this.trace = (fn, name) => this.#tracer.trace(fn, name);
  }

  start(): Promise<void> {
    return this.#inTurn(async () => {
      if (this.#run) return;
      this.#read = readConfigFile(this.#directory, this.#named);
      this.#run = await startRun(this.#read.config, {
        clock: this.#deps.clock ?? systemClock,
        log: this.#deps.log ?? silentLogger,
        meter: this.#deps.meter ?? silentMeter,
        directory: this.#directory,
        onSample: (sample) => {
          this.#recent.note(sample);
          this.#deps.onSample?.(sample);
        },
      });
      this.#hook();
      for (const wake of this.#waiting) wake();
    });
  }

  stop({ deadlineMs = 5_000 }: { readonly deadlineMs?: number } = {}): Promise<void> {
    return this.#inTurn(async () => {
      const run = this.#run;
      if (!run) return;
      for (const tracer of [this.#tracers.kinds, this.#tracers.values]) tracer.flush();
      this.#unhook?.();
      this.#unhook = undefined;
      this.#run = undefined;
      await run.stop(deadlineMs);
    });
  }

  reload(): Promise<void> {
    return this.#inTurn(async () => {
      const read = readConfigFile(this.#directory, this.#named);
      await this.#run?.change(read.config);
      this.#read = read;
      this.#hook();
    });
  }

  status(): RaptorMiniStatus {
    const { config, file } = this.#read;
    const run = this.#run;
    return {
      running: run !== undefined,
      configFile: file,
      config,
      host: run?.monitor.status(),
      log: run?.log.report(),
    };
  }

  async sample(): Promise<HostSample> {
    return this.#running().monitor.sample();
  }

  samples(limit = 300): readonly HostSample[] {
    return this.#recent.list(limit);
  }

  async processes(limit?: number): Promise<HostProcess[]> {
    return this.#running().monitor.processes(limit);
  }

  async tail(query: TailQuery): Promise<string> {
    return this.#run
      ? this.#run.log.tail(query)
      : tailFile(logFileOf(this.#read.config, this.#directory), query);
  }

  async *follow(options: FollowOptions = {}): AsyncGenerator<Followed, void, undefined> {
    const { signal } = options;
    let last = options.last ?? 0;
    let hasWaited = false;
    let followed: Run | undefined;
    const isWanted = (): boolean => signal?.aborted !== true;
    while (isWanted()) {
      const run = this.#run;
      if (!run) {
        hasWaited = true;
        await this.#nextStart(signal);
        continue;
      }
      // Whoever was there before the start wants what was said at it, also when it was over before they had read the last log to its end.
      if (hasWaited || (followed !== undefined && followed !== run))
        last = Math.min(followedLastMax, last + run.log.report().lines);
      yield* run.log.follow({ ...options, last });
      last = 0;
      hasWaited = false;
      followed = run;
      // A log that has stopped while it was followed; its run is being taken away.
      if (this.#run === run) await this.#turn;
    }
  }

  #running(): Run {
    if (this.#run) return this.#run;
    throw new RaptorFlowError('unavailable', 'Raptor Mini does not run; start it first.');
  }

  get #tracer(): Tracer {
    return this.#read.config.features.enableDevFlags ? this.#tracers.values : this.#tracers.kinds;
  }

  #newTracer(showValues: boolean): Tracer {
    const log = (): Run['log'] | undefined =>
      this.#read.config.features.traceExceptions ? this.#run?.log : undefined;
    const { clock, correlationId } = this.#deps;
    return createTracer(
      { showValues },
      {
        log: {
          exception: (error, context) => log()?.exception(error, context),
          error: (message) => log()?.error(message),
          warning: (message) => log()?.warning(message),
        },
        ...(clock === undefined ? {} : { clock }),
        ...(correlationId === undefined ? {} : { correlationId }),
      },
    );
  }

  #hook(): void {
    this.#unhook?.();
    this.#unhook = undefined;
    if (this.#hookProcess && this.#run && this.#read.config.features.traceExceptions) {
      this.#unhook = this.#tracer.hookProcess();
    }
  }

  #inTurn(work: () => Promise<void>): Promise<void> {
    const done = this.#turn.then(work);
    this.#turn = done.catch(() => undefined);
    return done;
  }

  #nextStart(signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolvePromise) => {
      const wake = (): void => {
        this.#waiting.delete(wake);
        signal?.removeEventListener('abort', wake);
        resolvePromise();
      };
      this.#waiting.add(wake);
      signal?.addEventListener('abort', wake, { once: true });
    });
  }
}

/** The configuration that Raptor Mini would start with. Throws `invalid_options`, naming file and line, and `not_found`. */
export function readRaptorConfig(
  options: Pick<RaptorMiniOptions, 'configFile' | 'directory'> = {},
): RaptorConfig {
  return readConfigFile(resolve(options.directory ?? '.'), options.configFile).config;
}
