import { performance, PerformanceObserver } from 'node:perf_hooks';
import type { ProcessFigures } from './sample.ts';

/** Looks at the process that it runs in. What it adds up (processor time, the event loop, collections of garbage) is since the look before. */
export class ProcessProbe {
  #cpu = process.cpuUsage();
  #utilization = performance.eventLoopUtilization();
  #latestMs = 0;
  #gcMs = 0;
  #gcCount = 0;
  #observer: PerformanceObserver | undefined;

  /** Begins to hear of collections of garbage. */
  start(): void {
    this.#observer = new PerformanceObserver((list) => {
      for (const { duration } of list.getEntries()) {
        this.#gcMs += duration;
        this.#gcCount += 1;
      }
    });
    this.#observer.observe({ entryTypes: ['gc'] });
  }

  stop(): void {
    this.#observer?.disconnect();
    this.#observer = undefined;
  }

  /** Notes by how many milliseconds a timer ran late. */
  noteDelay(ms: number): void {
    if (ms > this.#latestMs) this.#latestMs = ms;
  }

  /** The figures over so many milliseconds. */
  look(elapsedMs: number): ProcessFigures {
    const cpu = process.cpuUsage();
    const usedMicros = cpu.user - this.#cpu.user + cpu.system - this.#cpu.system;
    this.#cpu = cpu;
    const utilization = performance.eventLoopUtilization();
    const busy = performance.eventLoopUtilization(utilization, this.#utilization).utilization;
    this.#utilization = utilization;
    const { rss, heapUsed, heapTotal } = process.memoryUsage();
    const figures: ProcessFigures = {
      cpuPercent: elapsedMs > 0 ? usedMicros / 10 / elapsedMs : 0,
      residentBytes: rss,
      heapUsedBytes: heapUsed,
      heapTotalBytes: heapTotal,
      handles: process.getActiveResourcesInfo().length,
      eventLoopDelayMs: this.#latestMs,
      eventLoopUtilization: busy,
      gcMs: this.#gcMs,
      gcCount: this.#gcCount,
    };
    this.#latestMs = 0;
    this.#gcMs = 0;
    this.#gcCount = 0;
    return figures;
  }
}
