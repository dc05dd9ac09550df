/** Raptor Mini's facts in the words of the wire. */
import type { HostProcess as WireProcess, HostSample as WireSample, LogFrame } from '@raptorflow/contract';
import type { HostProcess, HostSample } from 'raptorflow/host';
import type { Followed } from 'raptorflow/log';

/** A sample as it is sent. */
export function sampleToWire(sample: HostSample): WireSample {
  const { cpu, memory, load, disk, network, process } = sample;
  return {
    timestamp: new Date(sample.at).toISOString(),
    elapsed_ms: sample.elapsedMs,
    ...(cpu && { cpu: { percent: cpu.percent, per_core_percent: [...cpu.perCore], cores: cpu.cores } }),
    ...(memory && {
      memory: {
        total_bytes: memory.totalBytes,
        used_bytes: memory.usedBytes,
        available_bytes: memory.availableBytes,
        percent: memory.percent,
        swap_total_bytes: memory.swapTotalBytes,
        swap_used_bytes: memory.swapUsedBytes,
      },
    }),
    ...(load && {
      load: {
        one_minute: load.oneMinute,
        five_minutes: load.fiveMinutes,
        fifteen_minutes: load.fifteenMinutes,
      },
    }),
    ...(disk && {
      disk: {
        read_bytes_per_second: disk.readBytesPerSecond,
        written_bytes_per_second: disk.writtenBytesPerSecond,
        reads_per_second: disk.readsPerSecond,
        writes_per_second: disk.writesPerSecond,
      },
    }),
    ...(network && {
      network: {
        received_bytes_per_second: network.receivedBytesPerSecond,
        sent_bytes_per_second: network.sentBytesPerSecond,
      },
    }),
    process: {
      cpu_percent: process.cpuPercent,
      resident_bytes: process.residentBytes,
      heap_used_bytes: process.heapUsedBytes,
      heap_total_bytes: process.heapTotalBytes,
      handles: process.handles,
      event_loop_delay_ms: process.eventLoopDelayMs,
      event_loop_utilization: process.eventLoopUtilization,
      gc_ms: process.gcMs,
      gc_count: process.gcCount,
    },
    gpus: sample.gpus.map((gpu) => ({
      index: gpu.index,
      uuid: gpu.uuid,
      name: gpu.name,
      percent: gpu.percent,
      memory_busy_percent: gpu.memoryBusyPercent,
      memory_used_bytes: gpu.memoryUsedBytes,
      memory_total_bytes: gpu.memoryTotalBytes,
      temperature_celsius: gpu.temperatureCelsius,
      power_watts: gpu.powerWatts,
      power_limit_watts: gpu.powerLimitWatts,
    })),
  };
}

/** A process as it is sent. */
export function processToWire(process: HostProcess): WireProcess {
  return {
    pid: process.pid,
    parent_pid: process.parentPid,
    name: process.name,
    cpu_percent: process.cpuPercent,
    resident_bytes: process.residentBytes,
    threads: process.threads,
    gpu_memory_bytes: process.gpuMemoryBytes,
  };
}

/** What a follower of the log is told, as a frame. */
export function followedToWire(followed: Followed): LogFrame {
  return followed.kind === 'line'
    ? { type: 'log.line', level: followed.level, text: followed.text }
    : { type: 'log.dropped', dropped: followed.dropped ?? 0 };
}
