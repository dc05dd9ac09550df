import { z } from 'zod';
import { parseOptions, silentLogger, systemClock, type Clock, type Logger } from '../kernel/index.ts';
import { silentMeter, type Meter } from '../metrics/index.ts';
import { chooseSource } from './choose-source.ts';
import { readGpuProcesses } from './gpu/gpu-processes.ts';
import { GpuStream } from './gpu/gpu-stream.ts';
import { mayHaveDriver } from './gpu/nvidia-driver.ts';
import { SamplingMonitor, type HostMonitor } from './monitor.ts';
import type { HostMonitorOptions } from './options.ts';
import { Recorder } from './recorder.ts';
import type { HostSample } from './sample.ts';

/** What a monitor works with; all optional. */
export interface HostMonitorDeps {
  readonly clock?: Clock;
  readonly log?: Logger;
  /** Gets the samples as metrics. Of the processes of one host one should record, since counters of several add up. */
  readonly meter?: Meter;
  /** Is handed every sample while the monitor runs. What it throws is counted among the failures and logged once. */
  readonly onSample?: (sample: HostSample) => void;
  /** What stands before `/proc` and `/sys`, as where the host's are mounted into a container; default nothing. */
  readonly root?: string;
  /** Path or name of nvidia-smi; default `nvidia-smi`, which on Linux is not even tried where its driver is not loaded. */
  readonly nvidiaSmi?: string;
}

const optionsSchema = z.strictObject({
  sampleRateMs: z.int().min(50).max(60_000).default(200),
  cpu: z.boolean().default(true),
  memory: z.boolean().default(true),
  disk: z.boolean().default(true),
  network: z.boolean().default(true),
  gpu: z.union([z.literal('auto'), z.boolean()]).default('auto'),
  ownCpuPercentMax: z.number().min(0.01).max(100).default(1),
});

/**
 * Watches processors, memory, disks, network and GPUs of the host, or of the container that it runs in, and its own process.
 * On Linux from `/proc` and `/sys` without a child process but nvidia-smi; on macOS and Windows once a second through the optional package
 * systeminformation; elsewhere, and without that package, through Node alone, which `status()` tells. Throws `invalid_options`.
 */
export function createHostMonitor(options: HostMonitorOptions = {}, deps: HostMonitorDeps = {}): HostMonitor {
  const resolved = parseOptions('createHostMonitor', optionsSchema, options);
  const { clock = systemClock, log = silentLogger, meter = silentMeter, root = '' } = deps;
  const command = deps.nvidiaSmi ?? 'nvidia-smi';
  const { cpu, memory, disk, network, gpu } = resolved;
  const parts = { cpu, memory, disk, network };
  const isNamed = gpu === true || deps.nvidiaSmi !== undefined;
  const isPossible = (): boolean => isNamed || mayHaveDriver(process.platform, root);
  return new SamplingMonitor(resolved, {
    clock,
    log,
    recorder: new Recorder(meter),
    choose: () => chooseSource(parts, { clock, root, platform: process.platform }),
    gpu:
      gpu === false
        ? undefined
        : new GpuStream({ clock, log, command, isPossible, isExpected: gpu === true }),
    gpuProcesses: () => readGpuProcesses(command),
    onSample: deps.onSample,
    threadCpuMs,
  });
}

// The clock of the thread and not of the process, whose other threads work at the same time.
function threadCpuMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1_000;
}
