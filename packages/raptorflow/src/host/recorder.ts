import type { Counter, Gauge, Meter } from '../metrics/index.ts';
import { CpuMean } from './cpu-mean.ts';
import type { GpuFigures, HostSample } from './sample.ts';

type Gauges = Readonly<Record<GaugeName, Gauge>>;
type Counters = Readonly<Record<CounterName, Counter>>;
type GaugeName = keyof typeof gauges;
type CounterName = keyof typeof counters;

// Name → unit and description. The alert rules for the host name the first two.
const gauges = {
  system_cpu_percent: [
    'percent',
    'Busy share of the processors, or of the container’s limit, mean over 5 s.',
  ],
  system_memory_percent: ['percent', 'Share of memory, or of the container’s limit, that is in use.'],
  system_memory_used_bytes: ['bytes', 'Memory in use; caches that would be given up do not count.'],
  system_memory_available_bytes: ['bytes', 'Memory that can be had without taking it from anybody.'],
  system_swap_used_bytes: ['bytes', 'Swap in use.'],
  system_load_1m: ['processes', 'Processes that ran or waited to, mean over a minute.'],
  system_gpu_percent: ['percent', 'Share of the time in which the GPU computed.'],
  system_gpu_memory_used_bytes: ['bytes', 'Memory of the GPU in use.'],
  system_gpu_temperature_celsius: ['celsius', 'Temperature of the GPU.'],
  system_gpu_power_watts: ['watts', 'Power that the GPU draws.'],
  host_monitor_cpu_percent: ['percent', 'What the host monitor itself takes of one core.'],
} as const;

const counters = {
  system_disk_read_bytes: ['bytes', 'Bytes read from disks.'],
  system_disk_written_bytes: ['bytes', 'Bytes written to disks.'],
  system_network_received_bytes: ['bytes', 'Bytes received from other machines.'],
  system_network_sent_bytes: ['bytes', 'Bytes sent to other machines.'],
  host_monitor_cpu_seconds: ['s', 'Processor time that the host monitor itself took.'],
} as const;

/** Puts samples into metrics. What a sample lacks keeps its last value. The figures of the process are those of `createProcessMeters` and not recorded twice. */
export class Recorder {
  readonly #gauges: Gauges;
  readonly #counters: Counters;
  readonly #cpu = new CpuMean();
  #costMs = 0;

  constructor(meter: Meter) {
    const about = ([unit, description]: readonly [string, string]) =>
      ({ unit, description, category: 'system' }) as const;
    // All processes of a host see the same host: of several, one counts, and not their sum.
    this.#gauges = mapEntries(gauges, (name, text) => meter.gauge({ name, ...about(text), merge: 'max' }));
    this.#counters = mapEntries(counters, (name, text) => meter.counter({ name, ...about(text) }));
  }

  record({ cpu, memory, load, disk, network, elapsedMs, gpus }: HostSample): void {
    const to = this.#gauges;
    if (cpu) to.system_cpu_percent.set(this.#cpu.add(cpu.percent, elapsedMs));
    if (memory) {
      to.system_memory_percent.set(memory.percent);
      to.system_memory_used_bytes.set(memory.usedBytes);
      to.system_memory_available_bytes.set(memory.availableBytes);
      to.system_swap_used_bytes.set(memory.swapUsedBytes);
    }
    if (load) to.system_load_1m.set(load.oneMinute);
    const seconds = elapsedMs / 1_000;
    if (disk) {
      this.#counters.system_disk_read_bytes.add(disk.readBytesPerSecond * seconds);
      this.#counters.system_disk_written_bytes.add(disk.writtenBytesPerSecond * seconds);
    }
    if (network) {
      this.#counters.system_network_received_bytes.add(network.receivedBytesPerSecond * seconds);
      this.#counters.system_network_sent_bytes.add(network.sentBytesPerSecond * seconds);
    }
    for (const gpu of gpus) this.#recordGpu(gpu);
  }

  /** The cost so far, and over the last while. */
  recordCost(totalMs: number, percent: number): void {
    this.#counters.host_monitor_cpu_seconds.add((totalMs - this.#costMs) / 1_000);
    this.#costMs = totalMs;
    this.#gauges.host_monitor_cpu_percent.set(percent);
  }

  #recordGpu({ index, percent, memoryUsedBytes, temperatureCelsius, powerWatts }: GpuFigures): void {
    const tags = { gpu: String(index) };
    const set = (name: GaugeName, value: number | undefined): void => {
      if (value !== undefined) this.#gauges[name].with(tags).set(value);
    };
    set('system_gpu_percent', percent);
    set('system_gpu_memory_used_bytes', memoryUsedBytes);
    set('system_gpu_temperature_celsius', temperatureCelsius);
    set('system_gpu_power_watts', powerWatts);
  }
}

function mapEntries<Name extends string, From, To>(
  from: Readonly<Record<Name, From>>,
  make: (name: Name, value: From) => To,
): Readonly<Record<Name, To>> {
  const entries = Object.entries<From>(from).map(([name, value]) => [name, make(name as Name, value)]);
  return Object.fromEntries(entries) as Record<Name, To>;
}
