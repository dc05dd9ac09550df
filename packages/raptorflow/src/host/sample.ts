/** The processors since the sample before. Of a container with a limit, percentages are of that limit. */
export interface CpuFigures {
  /** Busy share of all cores, 0 … 100. Time stolen by a hypervisor counts as busy, waiting for disks as idle. */
  readonly percent: number;
  /** The same for each core that may be used, in the order of their numbers; of the host also in a container. */
  readonly perCore: readonly number[];
  /** What 100 % are: the number of cores, or of a container the share that it may use, such as 1.5. */
  readonly cores: number;
}

/** Main memory and swap. Of a container with a limit: the container's. */
export interface MemoryFigures {
  readonly totalBytes: number;
  /** What cannot be had without taking it from somebody: caches that would be given up do not count. */
  readonly usedBytes: number;
  readonly availableBytes: number;
  /** Used of total, 0 … 100. */
  readonly percent: number;
  readonly swapTotalBytes: number;
  readonly swapUsedBytes: number;
}

/** Average number of runnable processes of the host over 1, 5 and 15 minutes; zeros on Windows. */
export interface LoadFigures {
  readonly oneMinute: number;
  readonly fiveMinutes: number;
  readonly fifteenMinutes: number;
}

/** All disks together, since the sample before. */
export interface DiskFigures {
  readonly readBytesPerSecond: number;
  readonly writtenBytesPerSecond: number;
  readonly readsPerSecond: number;
  readonly writesPerSecond: number;
}

/** All network interfaces that lead out of this machine or container, since the sample before. */
export interface NetworkFigures {
  readonly receivedBytesPerSecond: number;
  readonly sentBytesPerSecond: number;
}

/** The process that the monitor runs in, over the last second or so. */
export interface ProcessFigures {
  /** Processor time of all its threads; 100 is one core. */
  readonly cpuPercent: number;
  readonly residentBytes: number;
  readonly heapUsedBytes: number;
  readonly heapTotalBytes: number;
  /** Sockets, timers, files and requests that keep it alive. */
  readonly handles: number;
  /** How late the latest of the monitor's own timers ran. A stall between two of them is not seen. */
  readonly eventLoopDelayMs: number;
  /** Busy share of the event loop, 0 … 1. */
  readonly eventLoopUtilization: number;
  readonly gcMs: number;
  readonly gcCount: number;
}

/** One GPU. A figure that its driver does not tell is absent. */
export interface GpuFigures {
  readonly index: number;
  readonly uuid: string;
  readonly name: string;
  /** 0 … 100. Absent where the GPU is divided into instances (MIG). */
  readonly percent?: number;
  /** Share of the time in which its memory was read or written, 0 … 100. */
  readonly memoryBusyPercent?: number;
  readonly memoryUsedBytes?: number;
  readonly memoryTotalBytes?: number;
  readonly temperatureCelsius?: number;
  readonly powerWatts?: number;
  readonly powerLimitWatts?: number;
}

/** What a source reads at once; a part that is switched off, or that it does not know, is absent. */
export interface HostReading {
  readonly cpu?: CpuFigures;
  readonly memory?: MemoryFigures;
  readonly load?: LoadFigures;
  readonly disk?: DiskFigures;
  readonly network?: NetworkFigures;
}

/** The host at one moment. */
export interface HostSample extends HostReading {
  /** Milliseconds since 1970 UTC. */
  readonly at: number;
  /** Milliseconds since the sample before: what rates and shares are over. */
  readonly elapsedMs: number;
  readonly process: ProcessFigures;
  /** Empty without a GPU. */
  readonly gpus: readonly GpuFigures[];
}

/** A process of the host, as `processes` lists it. */
export interface HostProcess {
  readonly pid: number;
  readonly parentPid: number;
  readonly name: string;
  /** Over the moment in which it was looked at; 100 is one core. */
  readonly cpuPercent: number;
  readonly residentBytes: number;
  readonly threads: number;
  /** Memory that it holds on GPUs, where a driver tells. */
  readonly gpuMemoryBytes?: number;
}
