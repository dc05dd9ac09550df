import { availableParallelism, cpus, totalmem } from 'node:os';

/** Figures of this process and its machine; percents are of the time since they were last read. */
export interface SystemStats {
  readonly processMemoryMb: number;
  /** Of one processor; several busy ones make more than 100. */
  readonly processCpuPercent: number;
  readonly systemMemoryAvailableGb: number;
  readonly systemMemoryPercent: number;
  /** Of all processors together. */
  readonly systemCpuPercent: number;
}

/** One GPU. */
export interface GpuFigures {
  readonly index: number;
  readonly memoryUsedMb: number;
  readonly memoryTotalMb: number;
  /** Percent. */
  readonly utilization: number;
  readonly temperatureC: number;
}

/** Figures of the machine's GPUs. */
export interface GpuStats {
  readonly gpuCount: number;
  readonly gpus: readonly GpuFigures[];
  readonly totalMemoryUsedMb: number;
  /** Percent. */
  readonly avgUtilization: number;
}

/** Why there are no figures. */
export interface NoFigures {
  readonly error: string;
}

/** Asks a source of figures; a source that fails or is not there gives the reason in words, and never an exception. */
export async function figuresOf<T>(
  source: (() => T | Promise<T>) | undefined,
  missing: string,
): Promise<T | NoFigures> {
  if (source === undefined) return { error: missing };
  try {
    return await source();
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) };
  }
}

interface Reading {
  readonly at: number;
  readonly processMs: number;
  readonly busyMs: number;
  readonly totalMs: number;
}

const [mebibyte, gibibyte] = [2 ** 20, 2 ** 30];

/** What Node knows by itself: the source where nobody gives a better one. */
export function nodeSystemStats(monotonic: () => number): () => SystemStats {
  const read = (): Reading => {
    const { user, system } = process.cpuUsage();
    let [busyMs, totalMs] = [0, 0];
    for (const { times } of cpus()) {
      const busy = times.user + times.nice + times.sys + times.irq;
      busyMs += busy;
      totalMs += busy + times.idle;
    }
    return { at: monotonic(), processMs: (user + system) / 1_000, busyMs, totalMs };
  };
  let before = read();
  return () => {
    const now = read();
    const { at, processMs, busyMs, totalMs } = before;
    before = now;
    const [available, total] = [process.availableMemory(), totalmem()];
    return {
      processMemoryMb: process.memoryUsage.rss() / mebibyte,
      processCpuPercent: share(now.processMs - processMs, now.at - at, availableParallelism()),
      systemMemoryAvailableGb: available / gibibyte,
      systemMemoryPercent: share(Math.max(0, total - available), total, 1),
      systemCpuPercent: share(now.busyMs - busyMs, now.totalMs - totalMs, 1),
    };
  };
}

/** In percent, never more than so many whole ones; 0 where nothing has passed. */
function share(part: number, whole: number, wholes: number): number {
  return whole <= 0 ? 0 : Math.min(100 * wholes, Math.max(0, (100 * part) / whole));
}
