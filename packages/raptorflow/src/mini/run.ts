import { isAbsolute, join } from 'node:path';
import { createHostMonitor, type RaptorConfig, type HostMonitor, type HostSample } from '../host/index.ts';
import type { Clock, Logger } from '../kernel/index.ts';
import {
  createRaptorLog,
  type PerformanceSample,
  type RaptorLog,
  type RaptorLogOptions,
} from '../log/index.ts';
import type { Meter } from '../metrics/index.ts';

/** What a run works with. */
export interface RunParts {
  readonly clock: Clock;
  readonly log: Logger;
  readonly meter: Meter;
  readonly directory: string;
  readonly onSample: (sample: HostSample) => void;
}

/** What is there from one start to the next stop. */
export interface Run {
  readonly log: RaptorLog;
  readonly monitor: HostMonitor;
  /** Goes over to another configuration: the log at once, the monitor by a new one. */
  change(config: RaptorConfig): Promise<void>;
  stop(deadlineMs: number): Promise<void>;
}

/** The file that a configuration wants its log in, absolute. */
export function logFileOf(config: RaptorConfig, directory: string): string {
  const { file } = config.logging;
  return isAbsolute(file) ? file : join(directory, file);
}

/** Starts the log and the sampler. When it rejects, nothing runs. */
export async function startRun(config: RaptorConfig, parts: RunParts): Promise<Run> {
  const log = createRaptorLog(logOptions(config, parts.directory), { clock: parts.clock });
  await log.start();
  try {
    let monitor = monitorOf(config, parts, log);
    await monitor.start();
    log.online();
    return {
      log,
      get monitor() {
        return monitor;
      },
      async change(next) {
        log.configure(logOptions(next, parts.directory));
        const before = monitor;
        monitor = monitorOf(next, parts, log);
        await before.stop();
        await monitor.start();
      },
      async stop(deadlineMs) {
        await monitor.stop({ deadlineMs });
        log.offline();
        await log.stop({ deadlineMs });
      },
    };
  } catch (error) {
    await log.stop();
    throw error;
  }
}

function logOptions(config: RaptorConfig, directory: string): RaptorLogOptions {
  const { level, maxSizeMb, keepFiles } = config.logging;
  const everySample = config.features.enableDevFlags;
  return { file: logFileOf(config, directory), level, maxSizeMb, keepFiles, everySample };
}

function monitorOf(
  config: RaptorConfig,
  { clock, log, meter, onSample }: RunParts,
  into: RaptorLog,
): HostMonitor {
  const { enableCpu, enableMemory, enableDisk, enableNetwork, enableGpu, sampleRateMs } = config.performance;
  const gpu = enableGpu;
  const parts = {
    cpu: enableCpu,
    memory: enableMemory,
    disk: enableDisk,
    network: enableNetwork,
    gpu,
    sampleRateMs,
  };
  return createHostMonitor(parts, {
    clock,
    log,
    meter,
    onSample(sample) {
      into.perf(performanceOf(sample));
      onSample(sample);
    },
  });
}

function performanceOf({ cpu, memory, disk, network, gpus }: HostSample): PerformanceSample {
  const shares = gpus.flatMap(({ percent }) => (percent === undefined ? [] : [percent]));
  return {
    cpuPercent: cpu?.percent,
    memoryPercent: memory?.percent,
    gpuPercent:
      shares.length === 0 ? undefined : shares.reduce((sum, share) => sum + share, 0) / shares.length,
    diskBytesPerSecond: disk && disk.readBytesPerSecond + disk.writtenBytesPerSecond,
    networkBytesPerSecond: network && network.receivedBytesPerSecond + network.sentBytesPerSecond,
  };
}
