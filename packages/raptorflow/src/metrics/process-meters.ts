import { constants, performance, PerformanceObserver } from 'node:perf_hooks';
import { z } from 'zod';
import {
  Lifecycle,
  parseOptions,
  systemClock,
  type Clock,
  type Service,
  type Timer,
} from '../kernel/index.ts';
import type { BoundHistogram, Counter, Histogram, Meter } from './instrument.ts';

/** How a process is watched; all optional. */
export interface ProcessMetersOptions {
  /** Milliseconds between looks at the event loop; default 100. A stall shorter than that is seen with that likelihood only. */
  readonly lookEveryMs?: number;
}

/** What watching a process needs. */
export interface ProcessMetersDeps {
  readonly meter: Meter;
  readonly clock?: Clock;
}

const optionsSchema = z.strictObject({ lookEveryMs: z.int().min(10).max(60_000).default(100) });

/** Memory is asked for once for all gauges that one snapshot reads. */
const memoryKeptMs = 50;
const microsPerSecond = 1_000_000;

/**
 * Watches the process that it runs in: how late its event loop is, how long garbage is collected, processor time, memory, and what keeps it alive.
 * It costs about 0.1 % of a processor. Throws `invalid_options`.
 */
export function createProcessMeters(options: ProcessMetersOptions, deps: ProcessMetersDeps): Service {
  const { lookEveryMs } = parseOptions('createProcessMeters', optionsSchema, options);
  return new ProcessMeters(lookEveryMs, deps.meter, deps.clock ?? systemClock);
}

class ProcessMeters implements Service {
  readonly #meter: Meter;
  readonly #clock: Clock;
  readonly #lookEveryMs: number;
  readonly #lifecycle: Lifecycle;
  readonly #loopDelay: Histogram;
  readonly #gcPause: Histogram;
  readonly #cpu: Counter;
  #stops: (() => void)[] = [];
  #memory: { readonly at: number; readonly usage: NodeJS.MemoryUsage } | undefined;

  constructor(lookEveryMs: number, meter: Meter, clock: Clock) {
    this.#meter = meter;
    this.#clock = clock;
    this.#lookEveryMs = lookEveryMs;
    this.#loopDelay = meter.histogram({
      name: 'process_event_loop_delay_ms',
      unit: 'ms',
      description: 'How much later than asked a timer ran: time in which the process answered nobody.',
      category: 'system',
    });
    this.#gcPause = meter.histogram({
      name: 'process_gc_pause_ms',
      unit: 'ms',
      description: 'Time that garbage collections took, by kind.',
      category: 'system',
    });
    this.#cpu = meter.counter({
      name: 'process_cpu_seconds',
      unit: 's',
      description: 'Processor time of all threads of the process.',
      category: 'system',
    });
    this.#lifecycle = new Lifecycle('The meters of the process', {
      start: async () => this.#start(),
      stop: async () => {
        for (const stop of this.#stops.splice(0)) stop();
      },
    });
  }

  get state(): Service['state'] {
    return this.#lifecycle.state;
  }

  start(): Promise<void> {
    return this.#lifecycle.start();
  }

  stop(): Promise<void> {
    return this.#lifecycle.stop();
  }

  #start(): void {
    this.#stops = [this.#watchLoop(), this.#watchGarbage(), ...this.#observeGauges()];
  }

  #watchLoop(): () => void {
    let expectedAt = this.#clock.monotonic() + this.#lookEveryMs;
    let cpu = process.cpuUsage();
    let timer: Timer;
    const look = (): void => {
      const now = this.#clock.monotonic();
      this.#loopDelay.record(Math.max(0, now - expectedAt));
      const used = process.cpuUsage(cpu);
      cpu = { user: cpu.user + used.user, system: cpu.system + used.system };
      this.#cpu.add((used.user + used.system) / microsPerSecond);
      expectedAt = this.#clock.monotonic() + this.#lookEveryMs;
      timer = this.#clock.setTimeout(look, this.#lookEveryMs).unref();
    };
    timer = this.#clock.setTimeout(look, this.#lookEveryMs).unref();
    return () => timer.cancel();
  }

  #watchGarbage(): () => void {
    const series = new Map<number, BoundHistogram>();
    const observer = new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) {
        const { duration, detail } = entry as PerformanceEntry & {
          readonly detail: { readonly kind: number };
        };
        const { kind } = detail;
        const known = series.get(kind) ?? this.#gcPause.with({ kind: kindOf(kind) });
        series.set(kind, known);
        known.record(duration);
      }
    });
    observer.observe({ entryTypes: ['gc'] });
    return () => observer.disconnect();
  }

  #observeGauges(): (() => void)[] {
    const gauge = (name: string, unit: string, description: string, read: () => number): (() => void) =>
      this.#meter
        .gauge({
          name,
          unit,
          description,
          category: 'system',
          merge: unit === '1' || unit === 's' ? 'max' : 'sum',
        })
        .observe(read);
    const startedAt = performance.timeOrigin;
    let utilization = performance.eventLoopUtilization();
    return [
      gauge(
        'process_resident_memory_bytes',
        'bytes',
        'Memory of the process that is in RAM.',
        () => this.#usage().rss,
      ),
      gauge('process_heap_used_bytes', 'bytes', 'JavaScript heap in use.', () => this.#usage().heapUsed),
      gauge('process_heap_total_bytes', 'bytes', 'JavaScript heap reserved.', () => this.#usage().heapTotal),
      gauge(
        'process_external_memory_bytes',
        'bytes',
        'Memory outside the heap that objects on it own.',
        () => this.#usage().external,
      ),
      gauge(
        'process_event_loop_utilization',
        '1',
        'Share of the time since the last look in which the event loop was busy.',
        () => {
          const before = utilization;
          utilization = performance.eventLoopUtilization();
          return performance.eventLoopUtilization(utilization, before).utilization;
        },
      ),
      gauge(
        'process_active_resources',
        'resources',
        'Sockets, timers, files and requests that keep the process alive.',
        () => process.getActiveResourcesInfo().length,
      ),
      gauge(
        'process_start_time_seconds',
        's',
        'When the process started, in seconds since 1970 UTC.',
        () => startedAt / 1_000,
      ),
    ];
  }

  #usage(): NodeJS.MemoryUsage {
    const now = this.#clock.monotonic();
    if (!this.#memory || now - this.#memory.at > memoryKeptMs) {
      this.#memory = { at: now, usage: process.memoryUsage() };
    }
    return this.#memory.usage;
  }
}

function kindOf(kind: number): string {
  if (kind === constants.NODE_PERFORMANCE_GC_MINOR) return 'minor';
  if (kind === constants.NODE_PERFORMANCE_GC_MAJOR) return 'major';
  if (kind === constants.NODE_PERFORMANCE_GC_INCREMENTAL) return 'incremental';
  return 'weak_callbacks';
}
